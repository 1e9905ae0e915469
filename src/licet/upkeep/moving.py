"""Moving an installation's data to another database: from SQLite to PostgreSQL, or back."""

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from licet.ledger.chain import Verdict
from licet.ledger.read import verify
from licet.sites.record import NotPossible
from licet.sites.schema import steps
from licet.upkeep.beside import beside, bring_up_to_date, in_its_place, one_instant
from licet.upkeep.copying import Progress, copy_all, is_unused, row_counts


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied: rows by table, and what checking the record said before and after alike."""

    rows: dict[str, int]
    verdict: Verdict


def move(address: str, progress: Progress | None = None) -> Moved:
    """Copy every row of the database in use to the one of an address, whole or not at all.

    Nobody writes to the database in use meanwhile. Raises :class:`NotPossible` where the target holds data already, or the copy is not
    what was copied.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if steps(own):
        raise NotPossible("The database in use is not up to date. Run: licet migrate")
    with beside(address) as target:
        if not is_unused(target):
            raise NotPossible("The target holds data already. Name an empty database; nothing was changed.")
        bring_up_to_date(target)
        with one_instant(own, hold=True), transaction.atomic(using=target.alias):
            copy_all(own, target, progress)
            before, after = verify(), _verdict(target)
            if before != after:
                raise NotPossible(f"The record reads otherwise after copying: {after.why or after}. Nothing was kept.")
            return Moved(row_counts(target), after)


def _verdict(target: BaseDatabaseWrapper) -> Verdict:
    with in_its_place(target):
        return verify()
