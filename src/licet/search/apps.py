from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, pre_migrate

from licet.search.index import put_up, take_down


class SearchConfig(AppConfig):
    name = "licet.search"
    verbose_name = "Search"

    def ready(self) -> None:
        """Keep the index through migrations: its triggers give way to them and stand again, with a new filling, after them."""
        pre_migrate.connect(_before, sender=self)
        post_migrate.connect(_after, sender=self)


def _before(using: str, plan: list[Any], **_others: Any) -> None:
    if plan:
        take_down(connections[using])


def _after(using: str, **_others: Any) -> None:
    # Half way through the migrations the columns that are indexed are not all there.
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        put_up(connections[using])
