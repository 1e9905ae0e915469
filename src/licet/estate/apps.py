from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from licet.estate.inside import put_up


class EstateConfig(AppConfig):
    name = "licet.estate"
    verbose_name = "Estate"

    def ready(self) -> None:
        """After each migration make the indexes that the database can have by now and has not."""
        post_migrate.connect(_after, sender=self)


def _after(using: str, **_others: Any) -> None:
    put_up(connections[using])
