from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections

from licet.sites.first_schema import is_empty, lay_down


class Command(MigrateCommand):
    """Django's command; an empty database gets its whole schema at once."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay down the schema where there is none, then go on as Django does."""
        connection = connections[options["database"]]
        whole = not options["app_label"] and not options["plan"] and not options["check_unapplied"]
        if whole and is_empty(connection):
            lay_down(connection)
        super().handle(*args, **options)
