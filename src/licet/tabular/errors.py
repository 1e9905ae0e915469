"""The errors of this part."""


class NotReadable(Exception):
    """A file that cannot be taken as a table: one sentence that says what is wrong, where, and how to mend it."""


class NoHeadings(NotReadable):
    """No row of it has known headings: a person has to say which row has them, or what they mean."""
