"""What an import run made and changed, so that it can be taken back."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from django.db import models

from licet.estate.models import Device, Fact
from licet.register.import_models import ImportChange, ImportRun
from licet.register.models import Allocation, Licence, Order, Pool
from licet.sites import bulk
from licet.sites.models import Site

# In the order in which they are taken back: what rests on others first.
THINGS: Final[Mapping[str, type[models.Model]]] = {
    "allocation": Allocation,
    "fact": Fact,
    "licence": Licence,
    "device": Device,
    "order": Order,
    "pool": Pool,
    "site": Site,
}
_NAMES: Final = {model: name for name, model in THINGS.items()}


class Changes:
    """Collects what a run does, and writes it down batch by batch. Without a run nothing is kept."""

    def __init__(self, run: ImportRun | None = None) -> None:
        self._run = run
        self._rows: list[tuple[int, str, int, Any, str]] = []
        self._earlier: dict[str, set[int]] = defaultdict(set)
        self._corrected: dict[str, set[int]] = defaultdict(set)
        if run is not None and run.done:
            # The run was broken off and is being completed: what it made then still counts as made by it.
            rows = run.changes.values_list("thing", "object_id", "before")
            for thing, pk, before in rows.iterator(chunk_size=5000):
                (self._earlier if before is None else self._corrected)[thing].add(pk)

    def made(self, row: models.Model) -> None:
        """Note a row that is new."""
        self._note(row, None)

    def made_of(self, model: type[models.Model], values: Sequence[Any]) -> None:
        """Note a row that is new, given by the values of all its fields, the id first."""
        if self._run is not None:
            self._rows.append((self._run.pk, _NAMES[model], values[0], None, _digest(values)))

    def changed(self, row: models.Model, before: Mapping[str, Any]) -> None:
        """Note a row that was changed already; ``before`` are the old values of the fields that differ."""
        self._note(row, {name: _plain(value) for name, value in before.items()})

    def made_before(self, thing: str, pk: int) -> bool:
        """Whether an earlier part of the same run made the row."""
        return pk in self._earlier[thing]

    def corrected_before(self, thing: str, pk: int) -> bool:
        """Whether an earlier part of the same run changed the row."""
        return pk in self._corrected[thing]

    def write(self) -> None:
        """Keep what was noted since the last time; inside the transaction of the batch."""
        bulk.insert(ImportChange, ["run_id", "thing", "object_id", "before", "digest"], self._rows)
        self._rows.clear()

    def _note(self, row: models.Model, before: Any) -> None:
        if self._run is not None:
            self._rows.append((self._run.pk, _NAMES[type(row)], row.pk, before, digest(row)))


def digest(row: models.Model) -> str:
    """A fingerprint of all fields of a row, the same before it is written and after it is read."""
    return _digest([getattr(row, field.attname) for field in row._meta.concrete_fields])  # noqa: SLF001 - Django's own name for it


def _digest(values: Sequence[Any]) -> str:
    texts = [value if value.__class__ is str else _TEXTS.get(value.__class__, str)(value) for value in values]
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def blank(model: type[models.Model]) -> dict[str, Any]:
    """The values of a new row of which nothing is known, by column name."""
    found = {}
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's own name for it
        by_database = getattr(field.db_default, "value", field.db_default)
        found[field.attname] = field.get_default() if field.has_default() or not field.has_db_default() else by_database
    return found


def restored(model: type[models.Model], before: Mapping[str, Any]) -> dict[str, Any]:
    """Old values as the fields take them."""
    fields = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001
    return {name: fields[name].to_python(value) for name, value in before.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | str) else value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


_TEXTS: Final[Mapping[type, Callable[[Any], str]]] = {
    type(None): lambda _value: "\x00",
    datetime: lambda value: value.astimezone(UTC).isoformat(),
    date: date.isoformat,
    Decimal: lambda value: f"{value:.2f}",
    dict: _json,
    list: _json,
}
