from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterModelOptions,
    CreateModel,
    Migration,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
    RunPython,
    RunSQL,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, pre_migrate

from licet.search.index import put_up, take_down
from licet.search.sources import SOURCES

_HARMLESS = (
    AddConstraint,
    AddField,
    AddIndex,
    AlterModelOptions,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)


class SearchConfig(AppConfig):
    name = "licet.search"
    verbose_name = "Search"

    def ready(self) -> None:
        """Keep the index through migrations: its triggers give way to them and stand again after them."""
        pre_migrate.connect(_before, sender=self)
        post_migrate.connect(_after, sender=self)


def _before(using: str, plan: list[Any], **_others: Any) -> None:
    if plan:
        take_down(connections[using], keep=not any(_may_change_words(migration) for migration, _backwards in plan))


def _may_change_words(migration: Migration) -> bool:
    """Whether what is indexed may be otherwise after a migration: it runs code, or changes columns of an indexed part."""
    indexed = migration.app_label in {source.table.partition("_")[0] for source in SOURCES}
    return any(
        isinstance(operation, RunPython | RunSQL) or (indexed and not isinstance(operation, _HARMLESS))
        for operation in migration.operations
    )


def _after(using: str, **_others: Any) -> None:
    # Half way through the migrations the columns that are indexed are not all there.
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        put_up(connections[using])
