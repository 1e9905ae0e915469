"""Fixtures that every part uses."""

import fcntl
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def shared():
    """The folder of shared cases and recordings; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the shared cases and recordings are not on this machine")
    return SHARED


# In CI the property tests draw the same examples each time, so that a run says something of the change alone.
# How long drawing takes says something of the machine, never of the code.
SLOW = [HealthCheck.too_slow]
settings.register_profile("here", deadline=None, suppress_health_check=SLOW)
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The embedded test database is laid down ready-made below, and goes with the data folder."""
    return not os.environ.get("DATABASE_URL")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory, django_db_blocker):
    """One worker runs the migrations, the others copy what they made: that takes seconds of each worker otherwise."""
    if os.environ.get("DATABASE_URL"):
        return
    from django.conf import settings as django_settings
    from django.test.utils import setup_databases

    name = Path(django_settings.DATABASES["default"]["TEST"]["NAME"])
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    made = shared / "migrated.sqlite3"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            name.unlink(missing_ok=True)
            with django_db_blocker.unblock():
                from django.db import connection

                held = setup_databases(verbosity=0, interactive=False)
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
                for one, old_name, _ in held:
                    one.settings_dict["NAME"] = old_name
            shutil.copyfile(name, made)
        else:
            name.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, name)


@pytest.fixture(scope="session")
def migrated(django_db_modify_db_settings, tmp_path_factory):
    """An embedded database with every migration and nothing else, to be copied; None where the tests run on PostgreSQL."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    return None if os.environ.get("DATABASE_URL") else shared / "migrated.sqlite3"


def pytest_sessionfinish():
    """The data folder that the tests' settings made goes with the run, not with the worker that has nothing left to do."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    folder = Path(os.environ.get("LICET_DATA", ""))
    if folder.name.startswith("licet-test-"):
        shutil.rmtree(folder, ignore_errors=True)
