"""The schema of an empty database, made at once from the models as they are now instead of through every migration since the first."""

from typing import cast

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython
from django.db.migrations.state import StateApps
from django.db.models import Model


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database holds no table yet."""
    return not connection.introspection.table_names()


def lay_down(connection: BaseDatabaseWrapper) -> None:
    """Make every table, run what migrations do beside tables (triggers, first rows), and record each migration as done.

    Going through the migrations ends in the same schema and rows (``tests/test_migrations.py`` compares them) but
    takes Django a quarter of a minute, since it renders the state of all models anew with each operation.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    executor.recorder.ensure_schema()
    with connection.schema_editor(atomic=True) as editor:
        for model in _made():
            editor.create_model(model)
        editor.deferred_sql, late = [], editor.deferred_sql
        for statement in late:
            editor.execute(statement)
        for migration, _backwards in plan:
            for operation in migration.operations:
                if isinstance(operation, RunPython):
                    operation.code(cast("StateApps", apps), editor)
            executor.recorder.record_applied(migration.app_label, migration.name)


def _made() -> list[type[Model]]:
    # Tables between two models are made with the model that names them.
    described = ((model, model._meta) for model in apps.get_models())  # noqa: SLF001 - Django's documented way to a model's table
    return [model for model, meta in described if meta.managed and not meta.proxy]
