"""What is wrong with a feed file, as one sentence."""


class NotReadable(Exception):
    """A file that is no feed Licet can read. The text says what, where and how to mend it."""
