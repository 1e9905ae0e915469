"""PostgreSQL named by ``DATABASE_URL``: for more than one machine."""

import os

import dj_database_url

from licet.settings.base import *  # noqa: F403

DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60, conn_health_checks=True)}
