"""The index has no model; Django tells only parts that have this module of the beginning and end of migrations."""
