"""SQLite in the data folder: one machine, nothing to install."""

from typing import Any

from licet.settings.base import *  # noqa: F403
from licet.settings.base import DATA

DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "licet.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # WAL lets readers go on while a sweep writes; NORMAL is safe with WAL short of a power cut in mid checkpoint.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
                "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA mmap_size=268435456;"
            ),
        },
    }
}
