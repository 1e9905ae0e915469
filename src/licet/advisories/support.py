"""Until when products, models and firmware lines are sold and supported: entered or imported, each with its source."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import transaction

from licet.advisories.family import SOFTWARE
from licet.advisories.feeds import json_text as js
from licet.advisories.feeds.found import Refused
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.feeds.rows import csv_rows, heading_of, text_lines
from licet.advisories.models import Support
from licet.advisories.pattern import Fit, Fitting, fits
from licet.advisories.version import read_limit
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

COLUMNS: Final = ("product", "model_pattern", "line", "end_of_sale", "end_of_support", "source", "url", "stated")
MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dates:
    """One statement of support dates. ``line`` "" = every version of it; of software a release, "2.6" or "2.6.1"."""

    product: str
    model_pattern: str
    line: str
    end_of_sale: date | None
    end_of_support: date | None
    source: str
    url: str
    stated: date


@dataclass(slots=True)
class Imported:
    """What an import of support dates did, or would do."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


def read_support(data: bytes) -> tuple[list[Dates], list[Refused]]:
    """The dates in a CSV with the columns :data:`COLUMNS`. Raises :class:`NotReadable` where the headings are others."""
    if len(data) > MAX_BYTES:
        raise NotReadable(f"The file has more than {MAX_BYTES >> 20} MB, the most that is read. Divide it.")
    lines = text_lines(data)
    delimiter, names = heading_of(lines)
    if not names >= {"model_pattern", "end_of_support"} and not names >= {"product", "end_of_support"}:
        raise NotReadable(f"The headings are not those of support dates: {', '.join(COLUMNS)}.")
    found, refused = [], []
    for line, row in csv_rows(lines, delimiter):
        read = _dates({name.lower(): value for name, value in row.items()})
        if isinstance(read, str):
            refused.append(Refused(f"line {line}", read))
        else:
            found.append(read)
    return found, refused


def _dates(row: dict[str, str]) -> Dates | str:
    values = {name: js.text(row.get(name, ""), 500) for name in COLUMNS}
    days: dict[str, date | None] = {}
    for name in ("end_of_sale", "end_of_support", "stated"):
        days[name] = js.day(values[name])
        if values[name] and days[name] is None:
            return f"{name}: “{values[name][:40]}” is no date (2028-12-31)"
    stated = days["stated"]
    if stated is None:
        return "stated: empty; say on which day the source said so"
    return check(
        Dates(
            values["product"].lower(), values["model_pattern"], values["line"], days["end_of_sale"], days["end_of_support"],
            values["source"], values["url"], stated,
        )
    )  # fmt: skip


def check(dates: Dates) -> Dates | str:
    """The dates, or what is wrong with them."""
    if not dates.product and not dates.model_pattern:
        return "neither product nor model_pattern is filled"
    if dates.product and dates.product not in SOFTWARE:
        return f"product: “{dates.product}” is none of {', '.join(sorted(SOFTWARE))}; for devices leave it empty"
    if dates.end_of_sale is None and dates.end_of_support is None:
        return "neither end_of_sale nor end_of_support is filled"
    if dates.line and (limit := read_limit(dates.line)) is not None and not limit.numbers:
        return f"line: “{dates.line}” is no line (5.5)"
    if not dates.source:
        return "source: empty; say who states these dates"
    if dates.url and not dates.url.startswith(("https://", "http://")):
        return f"url: “{dates.url[:60]}” is no web address"
    return dates


def may_enter(actor: Actor) -> bool:
    """Whether somebody may say what holds for every site."""
    return actor.may("edit_register", "")


@transaction.atomic
def enter(actor: Actor, rows: Iterable[Dates], *, now: datetime, dry_run: bool = False) -> Imported:
    """Keep support dates; the same product, model and line again replaces what was said. Raises :class:`NotPossible`."""
    if not may_enter(actor):
        raise NotPossible("support dates hold for every site: they need the permission to edit the register everywhere")
    done = Imported()
    known = {(row.product, row.model_pattern, row.line): row for row in Support.objects.all()}
    changed = []
    for dates in rows:
        done.rows += 1
        key = (dates.product, dates.model_pattern, dates.line)
        old = known.get(key)
        values = {
            "end_of_sale": dates.end_of_sale, "end_of_support": dates.end_of_support, "source": dates.source[:300],
            "url": dates.url, "stated_on": dates.stated,
        }  # fmt: skip
        if old is not None and all(getattr(old, name) == value for name, value in values.items()):
            done.unchanged += 1
            continue
        done.created += old is None
        done.updated += old is not None
        row = old or Support(product=dates.product, model_pattern=dates.model_pattern[:120], line=dates.line[:40])
        for name, value in values.items():
            setattr(row, name, value)
        row.entered_at = now
        known[key] = row
        if row not in changed:
            changed.append(row)
    if dry_run or not changed:
        return done
    for row in changed:
        row.save()
    ledger.append(
        actor=actor.label, action="advisories:support:entered", object_type="support", object_id=len(changed),
        after={"created": done.created, "updated": done.updated, "of": [str(row) for row in changed][:100]},
    )  # fmt: skip
    return done


@transaction.atomic
def remove(actor: Actor, pk: int) -> None:
    """Take support dates out again. Raises :class:`NotPossible`."""
    if not may_enter(actor):
        raise NotPossible("support dates hold for every site: they need the permission to edit the register everywhere")
    row = Support.objects.filter(pk=pk).first()
    if row is None:
        raise NotPossible(f"there are no support dates {pk}")
    ledger.append(
        actor=actor.label, action="advisories:support:removed", object_type="support", object_id=pk, before={"of": str(row)}
    )  # fmt: skip
    row.delete()


def of_release(rows: Iterable[Support], *, product: str, model: str, version: str) -> Support | None:
    """The dates that hold for a model or product in a version: the most special row that fits."""
    limit = read_limit(version) if version else None
    numbers = limit.numbers if limit else ()
    best: tuple[tuple[int, int, int], Support] | None = None
    for row in rows:
        if row.product != product or (not product and not model):
            continue
        fitting = fits(model, row.model_pattern) if row.model_pattern else Fitting(Fit.FULL)
        if fitting.fit is not Fit.FULL:
            continue
        line = read_limit(row.line) if row.line else None
        if line is not None and numbers[: len(line.numbers)] != line.numbers:
            continue
        worth = (fitting.literal, len(line.numbers) if line else 0, row.pk)
        if best is None or worth > best[0]:
            best = (worth, row)
    return best[1] if best else None


@dataclass(frozen=True, slots=True)
class SupportRow:
    """Support dates in a list."""

    id: int
    product: str
    model_pattern: str
    line: str
    end_of_sale: date | None
    end_of_support: date | None
    source: str
    url: str
    stated: date


def all_dates() -> list[SupportRow]:
    """All support dates, the first to end first."""
    return [
        SupportRow(
            row.pk, row.product, row.model_pattern, row.line, row.end_of_sale, row.end_of_support, row.source, row.url, row.stated_on
        )
        for row in Support.objects.all()
    ]  # fmt: skip
