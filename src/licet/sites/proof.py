"""Whether somebody is who he says, where no session knows it."""

from licet.sites.models import Person


def is_password_of(person: int, password: str) -> bool:
    """Whether this is the password of an active person. One who signs in elsewhere alone has none."""
    row = Person.objects.filter(pk=person, is_active=True).first()
    return row is not None and row.has_usable_password() and row.check_password(password)
