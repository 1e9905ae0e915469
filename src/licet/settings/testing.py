"""The tests' settings: a data folder of their own, PostgreSQL where ``DATABASE_URL`` says so, quick password hashing."""

import os
import tempfile

from licet.wire.places import LOOPBACK, SETTING

os.environ.setdefault("LICET_DATA", tempfile.mkdtemp(prefix="licet-test-"))
os.environ.setdefault(SETTING, LOOPBACK)

from licet.settings.base import *  # noqa: F403
from licet.settings.base import DATA

if os.environ.get("DATABASE_URL"):
    from licet.settings.server import *  # noqa: F403
else:
    from licet.settings.embedded import DATABASES

    DATABASES["default"]["TEST"] = {"NAME": DATA / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.sqlite3"}

# Argon2 is tuned to be slow; tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
