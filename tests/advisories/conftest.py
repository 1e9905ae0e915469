import pytest

from licet.advisories.update import load_shipped


@pytest.fixture
def shipped(db, now):
    """The shipped advisories in the database."""
    return load_shipped(now)
