"""How a database stands to this Licet: what is still to be applied to it, and what a newer Licet has applied."""

from functools import cache

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from licet.sites.record import NotPossible


def steps(database: BaseDatabaseWrapper) -> int:
    """How many migrations of this Licet are still to be applied. Raises ``DatabaseError`` where the database does not answer."""
    executor = MigrationExecutor(database)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def newer(database: BaseDatabaseWrapper) -> list[str]:
    """Migrations that were applied and that this Licet does not know: a newer one wrote the database. Raises ``DatabaseError``.

    Of Licet's own parts alone: libraries put several of their migrations into one now and then.
    """
    own = {config.label for config in apps.get_app_configs() if config.name.startswith("licet.")}
    applied = MigrationRecorder(database).applied_migrations()
    return sorted(".".join(one) for one in applied if one[0] in own and one not in known())


def check_encoding(database: BaseDatabaseWrapper) -> None:
    """Raise :class:`NotPossible` where a database cannot hold every letter: PostgreSQL lets one be made without Unicode."""
    if database.vendor != "postgresql":
        return
    with database.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        encoding = str(cursor.fetchone()[0])
    if encoding != "UTF8":
        raise NotPossible(
            f"The database is kept in {encoding}; Licet needs UTF8. Make an empty one: createdb --encoding UTF8 --template template0 NAME"
        )


@cache
def known() -> frozenset[tuple[str, str]]:
    """Every migration (part, name) of this Licet, and those that were put into one."""
    disk = MigrationLoader(None).disk_migrations
    return frozenset(disk) | {(part, name) for migration in disk.values() for part, name in migration.replaces}
