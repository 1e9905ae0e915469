"""Plays recordings of real devices on loopback: ISAPI with Digest, SADP, and a whole demo estate.

Nothing here leaves 127.0.0.0/8, and nothing here needs Django. A path that was never recorded is refused as the family of the
device refuses it (isapi.md 3); answers that no recording of a family holds come from ``recordings/generic.json`` and say so there.
"""
