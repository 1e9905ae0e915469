"""PostgreSQL named by ``DATABASE_URL``: for more than one machine."""

import os
from typing import Any

import dj_database_url

from licet.settings.base import *  # noqa: F403

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60, conn_health_checks=True)
}
# A server that is down is told soon, not after the two minutes of TCP.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
