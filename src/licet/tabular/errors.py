"""The one error of this part."""


class NotReadable(Exception):
    """A file that cannot be taken as a table: one sentence that says what is wrong, where, and how to mend it."""
