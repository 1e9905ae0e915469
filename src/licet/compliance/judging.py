"""Judging a site subtree: one result a control and subject, kept as periods by set statements. Only differences are written."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count

from licet.authorization.models import Position
from licet.compliance import catalogue as catalogues
from licet.compliance.applying import decide, either, of_country
from licet.compliance.attested import Attested, attestations, attested
from licet.compliance.controls import SEVERITIES, Catalogue, Control
from licet.compliance.gathering import devices, exposed_software
from licet.compliance.measures import MEASURES, Judged, Seen, Setting, features, judge
from licet.compliance.models import Answer, Kind, Limit, Run, Tally
from licet.compliance.others import LICENCE_MEASURES, feeds_are_current, licences_and_pools
from licet.compliance.partly import MISSING
from licet.compliance.policy import inherited
from licet.dates import day_in
from licet.estate.models import Device, Installation
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

Progress = Callable[[int, int], None]
_AT_ONCE: Final = 5000
_DEVICES_AT_ONCE: Final = 1000  # about 40 results each
_LARGE: Final = 2000  # devices of a site that is not judged whole after a few of them were asked
_JSON: Final = json.JSONEncoder(sort_keys=True)
Decided = dict[tuple[Any, ...], Judged | None]
Row = tuple[str, int, int, int, int, str, str, str, str]


@dataclass(slots=True)
class Place:
    """A site while it is judged: its setting, what is known of what applies, and what its devices say of features."""

    site: Site
    setting: Setting
    facts: dict[str, bool | None]
    features: dict[str, bool | None] = field(default_factory=dict)  # True where one has it, None where one may
    devices: int = 0

    def take(self, said: Mapping[str, bool | None]) -> None:
        """One device more, with what it says of features."""
        self.devices += 1
        for name, value in said.items():
            self.features[name] = either([self.features.get(name, False), value])


def judge_sites(actor: Actor, *, site: Site | None = None, now: datetime, progress: Progress | None = None) -> Run:
    """Judge every control for a site subtree (everything for None) and keep what changed. Raises :class:`NotPossible`.

    It costs the server time and writes, so it needs ``review`` there; what follows a permitted change by itself is :func:`rejudge`.
    """
    if not actor.may("review", site.path if site else ""):
        raise NotPossible("You may not judge this.")
    return rejudge(site, now, progress)


def judge_allowed(actor: Actor, site: Site | None, now: datetime) -> int:
    """Judge a site subtree, for None all that the actor may have judged; how many results changed. As :func:`judge_sites`."""
    prefixes = actor.prefixes("review")
    whole = site is not None or prefixes is None
    sites = [site] if whole else list(Site.objects.filter(path__in=prefixes or ()))
    return sum(judge_sites(actor, site=one, now=now).changes for one in sites)


def rejudge(site: Site | None, now: datetime, progress: Progress | None = None) -> Run:
    """Judge a site subtree after something in it was changed by somebody who may. Not to be asked for by anybody directly."""
    found = catalogues.current()
    places = _places(Site.objects.under(site), found, now)
    where = (
        _Where()
        if site is None
        else _Where("AND site_id IN (SELECT id FROM sites_site WHERE path LIKE %s)", (f"{site.path}%",))
    )
    changes = _judge(found, places, where, now, progress)
    with transaction.atomic():
        counts: dict[str, int] = defaultdict(int)
        for result, number in Tally.objects.under(site).values_list("result", "number"):
            counts[result] += number
        return Run.objects.create(site=site, at=now, catalogue=found.version, counts=dict(counts), changes=changes)


def follow(now: datetime, since: datetime, devices: Sequence[int] = (), *, sites: Collection[int] = ()) -> int:
    """Judge these sites anew, those where these devices are, and those of which a pool was counted since; returns how many results changed.

    Nothing before the first judging. A site is judged whole, because what applies to it follows from all of its devices; of a
    very large one of which few were asked only those are, and what is of the site itself waits for the next whole judging.
    """
    if not Run.objects.exists():
        return 0
    asked = _places_of(devices)
    touched = {
        *sites,
        *asked,
        *Position.objects.filter(computed_at__gte=since).order_by().values_list("site_id", flat=True),
    }
    sizes = dict(
        Device.objects.filter(retired_at=None, site__in=asked)
        .order_by()
        .values_list("site_id")
        .annotate(number=Count("id"))
    )
    large = {pk for pk in asked if sizes.get(pk, 0) > _LARGE and len(asked[pk]) < sizes[pk] / 2}
    changes, found = 0, catalogues.current()
    for some in bulk.chunks(sorted(touched - large)):
        places = _places(Site.objects.filter(pk__in=some), found, now)
        where = _Where(f"AND site_id IN ({', '.join(str(int(pk)) for pk in some)})")
        changes += _judge(found, places, where, now, None)
    for pk in sorted(large):
        places = _places(Site.objects.filter(pk=pk), found, now)
        changes += _judge_devices(found, places, now, None, sorted(asked[pk]))
        with transaction.atomic():
            _tally(_Where(f"AND site_id = {int(pk)}"))
    return changes


def _places_of(devices: Sequence[int]) -> dict[int, set[int]]:
    """Site -> those of the devices that it has."""
    found: dict[int, set[int]] = defaultdict(set)
    for some in bulk.chunks(devices):
        for site, pk in Device.objects.filter(pk__in=some).order_by().values_list("site_id", "id"):
            found[site].add(pk)
    return found


@dataclass(frozen=True, slots=True)
class _Where:
    """Which results are judged, as a condition; "" = all. ``subjects``: the condition names them, wherever they stand."""

    sql: str = ""
    values: tuple[Any, ...] = ()
    subjects: bool = False


def _judge(found: Catalogue, places: dict[int, Place], where: _Where, now: datetime, progress: Progress | None) -> int:
    """Judge devices batch by batch, each a transaction of its own, so that memory and locks stay small; then what is of sites."""
    changes = _judge_devices(found, places, now, progress)
    with transaction.atomic():
        changes += _keep(
            _Where(f"{where.sql} AND kind <> {int(Kind.DEVICE)}", where.values), now, _rows(found, places, now)
        )
        _forget_gone(where, now)
        _tally(where)
    return changes


def _judge_devices(
    found: Catalogue,
    places: dict[int, Place],
    now: datetime,
    progress: Progress | None,
    only: Sequence[int] | None = None,
) -> int:
    changes = 0
    for ids, rows in _of_devices(found, places, now, progress, only):
        listed = ", ".join(str(int(pk)) for pk in ids)
        with transaction.atomic():
            changes += _keep(
                _Where(f"AND kind = {int(Kind.DEVICE)} AND subject IN ({listed})", subjects=True), now, iter(rows)
            )
    return changes


def facts_at(sites: Iterable[Site], found: Catalogue) -> dict[str, dict[str, bool | None]]:
    """Site path -> what is answered there, or follows from its country; the nearest answer decides. An open question is None."""
    listed = list(sites)
    given = {
        (path or "", name): value
        for path, name, value in Answer.objects.filter(superseded_at=None).values_list("site__path", "name", "value")
    }
    answers = inherited([one.path for one in listed], given)
    vms = Installation.objects.filter(retired_at=None).exists()
    return {
        one.path: {
            **{name: None for name, word in found.facts.items() if word.scope != "any"},
            "feature.vms": vms,
            **of_country(one.country),
            **{name: value for name, value in answers[one.path].items() if value is not None},
        }
        for one in listed
    }  # fmt: skip


def params_at(sites: Iterable[Site], found: Catalogue) -> dict[str, dict[str, Any]]:
    """Site path -> its parameters: the catalogue's defaults and what is given above or at the site."""
    defaults = {name: one.default for name, one in found.parameters.items()}
    given = {
        (path or "", name): value
        for path, name, value in Limit.objects.values_list("site__path", "name", "value")
        if name in defaults
    }
    return {path: {**defaults, **values} for path, values in inherited([one.path for one in sites], given).items()}


def _places(sites: Iterable[Site], found: Catalogue, now: datetime) -> dict[int, Place]:
    listed = list(sites)
    facts, params = facts_at(listed, found), params_at(listed, found)
    return {
        one.pk: Place(one, Setting(now, day_in(one.time_zone, now), params[one.path]), facts[one.path])
        for one in listed
    }


def _of_devices(
    found: Catalogue,
    places: dict[int, Place],
    now: datetime,
    progress: Progress | None,
    only: Sequence[int] | None = None,
) -> Iterator[tuple[list[int], list[Row]]]:
    """The devices in use, or only these, with their results, some at a time; the places learn what their devices say of features."""
    measured = [one for one in found.controls.values() if one.code in MEASURES]
    params = {pk: place.setting.params for pk, place in places.items()}
    # What follows from the site alone is decided once a site, and what follows from the same facts once for all devices.
    outside: dict[tuple[int, str], bool] = {}
    decided: Decided = {}
    ids: list[int] = []
    rows: list[Row] = []
    for done, (pk, site, seen) in enumerate(devices(list(places), params, now, only), 1):
        place = places[site]
        said = features(seen)
        place.take(said)
        facts = {**place.facts, **said}
        ids.append(pk)
        for control in measured:
            if (site, control.code) not in outside:
                outside[site, control.code] = _outside(control, place)
            if not outside[site, control.code]:
                judged = _of_device(control, seen, facts, place.setting, decided)
                rows.append(_row(control, Kind.DEVICE, pk, site, judged))
        if len(ids) >= _DEVICES_AT_ONCE:
            yield ids, rows
            ids, rows = [], []
        if progress is not None and done % 1000 == 0:
            progress(done, done)
    if ids:
        yield ids, rows


def _rows(found: Catalogue, places: dict[int, Place], now: datetime) -> Iterator[Row]:
    yield from _of_sites(found, places, now)
    yield from _of_software(found, places, now)
    for control, kind, pk, site, judged in licences_and_pools(found, places):
        yield _row(control, kind, pk, site, judged)


def _outside(control: Control, place: Place) -> bool:
    """Whether the site alone rules a control out, whatever its devices say."""
    open_features = {name: None for name in control.applies.words if name.startswith("feature.")}
    return decide(control.applies, {**place.facts, **open_features}).applies is False


def _of_device(
    control: Control, seen: Seen, facts: Mapping[str, bool | None], setting: Setting, decided: Decided
) -> Judged:
    key = (control.code, setting.day, *[facts.get(word) for word in control.applies.words])
    if key not in decided:
        decided[key] = _before_measuring(control, facts, setting)
    return decided[key] or judge(control.code, seen, setting)


def _before_measuring(control: Control, facts: Mapping[str, bool | None], setting: Setting) -> Judged | None:
    """What follows without looking at the device; None where it has to be measured."""
    decision = decide(control.applies, facts)
    if decision.applies is False:
        return Judged("not_applicable", "not_in_scope", {"because": dict(decision.because)})
    if decision.applies is None:
        return _open([word for word, _value in decision.because])
    if control.valid_from and setting.day < control.valid_from:
        return Judged("informational", "not_yet", {"from": control.valid_from.isoformat()})
    return None


def _open(words: list[str]) -> Judged:
    """Whether it applies is open: by a question of the site, or by something of the device that nothing tells."""
    asked = [word for word in words if not word.startswith("feature.")]
    if asked:
        return Judged("unknown", "open_question", {"open": asked})
    return Judged("unknown", "feature_unknown", {"open": [word.removeprefix("feature.") for word in words]})


def _of_sites(found: Catalogue, places: Mapping[int, Place], now: datetime) -> Iterator[Row]:
    """The results that are about a site: attested controls, what nothing measures, and what the site rules out."""
    held = attestations([place.site for place in places.values()])
    stale = feeds_are_current(now)
    software = set(Installation.objects.filter(retired_at=None, site__in=places).values_list("site_id", flat=True))
    for pk, place in places.items():
        if not place.devices and pk not in software:
            continue
        facts = {**place.facts}
        for name in found.facts:
            if name.startswith("feature.") and name != "feature.vms":
                facts[name] = place.features.get(name, False)
        for control in found.controls.values():
            if control.code in LICENCE_MEASURES or control.code == "VUL-04":
                continue
            if control.code in MEASURES and not _outside(control, place):
                continue
            judged = _of_site(control, facts, place, held)
            if control.code == "VUL-05" and judged.result != "not_applicable":
                judged = stale
            yield _row(control, Kind.SITE, pk, pk, judged)


def _of_site(control: Control, facts: Mapping[str, bool | None], place: Place, held: "Attested") -> Judged:
    decision = decide(control.applies, facts)
    if decision.applies is False:
        return Judged("not_applicable", "not_in_scope", {"because": dict(decision.because)})
    if control.valid_from and place.setting.day < control.valid_from:
        return Judged("informational", "not_yet", {"from": control.valid_from.isoformat()})
    if control.evidence == "attested":
        # An attestation stands on its own; without one, an open question is named first.
        judged = attested(control, facts, held.of(control.code, place.site.path), place.setting.day)
        if judged.result == "pass" or decision.applies:
            return judged
    if decision.applies is None:
        return _open([word for word, _value in decision.because])
    if control.code in MISSING:
        return Judged("manual", "datum_missing", {"missing": MISSING[control.code]})
    return Judged("manual", "not_read", {"data": list(control.data)})


def _of_software(found: Catalogue, places: Mapping[int, Place], now: datetime) -> Iterator[Row]:
    control = found.controls.get("VUL-04")
    if control is None:
        return
    rows = dict(Installation.objects.filter(retired_at=None, site__in=places).values_list("id", "site_id"))
    exposed = exposed_software(list(rows), {pk: places[site].setting.params for pk, site in rows.items()}, now)
    versions = dict(Installation.objects.filter(pk__in=rows).values_list("id", "version"))
    for pk, site in rows.items():
        bad, unsure = exposed.get(pk, {}).get("overdue_affected", []), exposed.get(pk, {}).get("overdue_unsure", [])
        if bad:
            judged = Judged("fail", "overdue", {"advisories": bad[:5], "number": len(bad)})
        elif unsure or not versions[pk]:
            judged = Judged("unknown", "cannot_tell", {"advisories": unsure[:5], "number": len(unsure)})
        else:
            judged = Judged("pass", "holds", {"version": versions[pk]})
        yield _row(control, Kind.INSTALLATION, pk, site, judged)


def _row(control: Control, kind: Kind, subject: int, site: int, judged: Judged) -> Row:
    return (
        control.code, SEVERITIES.index(control.severity), int(kind), subject, site, judged.result, judged.reason,
        _JSON.encode(dict(judged.params)) if judged.params else "{}", _JSON.encode(list(judged.evidence)) if judged.evidence else "[]",
    )  # fmt: skip


_COLUMNS = (
    "control text, rank integer, kind integer, subject bigint, site_id bigint, result text, reason text, params text, evidence text,"
    " PRIMARY KEY (kind, subject, control)"
)
_SAME = "j.kind = compliance_result.kind AND j.subject = compliance_result.subject AND j.control = compliance_result.control"
_CLOSE = """
UPDATE compliance_result SET ended_at = %s WHERE ended_at IS NULL {here}
  AND NOT EXISTS (SELECT 1 FROM licet_judged j WHERE {same} AND j.result = compliance_result.result AND j.reason = compliance_result.reason)
"""
# Each looks up the open result of what was judged; the other way round every open result of the estate would be read for each batch.
_OPEN_OF = """
FROM licet_judged j CROSS JOIN compliance_result r
WHERE r.ended_at IS NULL AND r.kind = j.kind AND r.subject = j.subject AND r.control = j.control
"""
# A subject that moved to another site was judged there: its older period ends too.
_MOVED = """
UPDATE compliance_result SET ended_at = %s WHERE id IN (SELECT r.id {open_of} AND (j.result <> r.result OR j.reason <> r.reason))
"""
_FRESHEN = """
UPDATE compliance_result SET rank = j.rank, site_id = j.site_id, params = j.params{json}, evidence = j.evidence{json}
FROM licet_judged j WHERE {same} AND compliance_result.id IN (
  SELECT r.id {open_of} AND (r.params{text} <> j.params{json}{text} OR r.evidence{text} <> j.evidence{json}{text}
                             OR r.site_id <> j.site_id OR r.rank <> j.rank))
"""
_OPEN = """
INSERT INTO compliance_result (control, rank, kind, subject, site_id, result, reason, params, evidence, began_at)
SELECT j.control, j.rank, j.kind, j.subject, j.site_id, j.result, j.reason, j.params{json}, j.evidence{json}, %s FROM licet_judged j
WHERE NOT EXISTS (SELECT 1 FROM compliance_result r WHERE r.ended_at IS NULL AND r.kind = j.kind AND r.subject = j.subject
                  AND r.control = j.control)
ON CONFLICT DO NOTHING
"""
# Of a device that is no longer in use or stands elsewhere now.
_GONE = """
UPDATE compliance_result SET ended_at = %s WHERE ended_at IS NULL AND kind = 1 {here}
  AND NOT EXISTS (SELECT 1 FROM estate_device d WHERE d.id = compliance_result.subject AND d.retired_at IS NULL
                  AND d.site_id = compliance_result.site_id)
"""


def _keep(where: _Where, now: datetime, rows: Iterator[Row]) -> int:
    """Close what no longer holds, open what is new, bring figures up to date. Returns how many periods began."""
    postgresql = connection.vendor == "postgresql"
    forms = {
        "json": "::jsonb" if postgresql else "",
        "text": "::text" if postgresql else "",
        "here": where.sql,
        "same": _SAME,
        "open_of": _OPEN_OF,
    }
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS licet_judged")
        cursor.execute(f"CREATE TEMPORARY TABLE licet_judged ({_COLUMNS})")
        while batch := list(islice(rows, _AT_ONCE)):
            cursor.executemany("INSERT INTO licet_judged VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", batch)
        cursor.execute(_CLOSE.format(**forms), [at, *where.values])
        if where.sql and not where.subjects:
            cursor.execute(_MOVED.format(**forms), [at])
        cursor.execute(_FRESHEN.format(**forms))
        cursor.execute(_OPEN.format(**forms), [at])
        begun = int(cursor.rowcount)
        cursor.execute("DROP TABLE licet_judged")
    return begun


def _forget_gone(where: _Where, now: datetime) -> None:
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_GONE.format(here=where.sql), [at, *where.values])


_COUNT = """
INSERT INTO compliance_tally (site_id, control, result, number)
SELECT site_id, control, result, COUNT(*) FROM compliance_result WHERE ended_at IS NULL {here} GROUP BY site_id, control, result
"""


_FORGET = "DELETE FROM compliance_tally WHERE site_id IS NOT NULL {here}"


def _tally(where: _Where) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET.format(here=where.sql), where.values)
        cursor.execute(_COUNT.format(here=where.sql), where.values)
