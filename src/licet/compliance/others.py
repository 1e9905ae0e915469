"""Measured controls that are not about devices: licences, pools, advisory feeds."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef

from licet.advisories.feed_age import stale_feeds
from licet.authorization.models import Position
from licet.compliance.controls import Catalogue, Control
from licet.compliance.measures import Judged
from licet.compliance.models import Kind
from licet.register.document_models import DocumentLink
from licet.register.models import Licence

if TYPE_CHECKING:
    from licet.compliance.judging import Place

LICENCE_MEASURES: Final = frozenset({"LIC-01", "LIC-02", "LIC-03", "LIC-04"})


def feeds_are_current(now: datetime) -> Judged:
    """Whether every feed of advisories that is expected is there and young enough (VUL-05)."""
    stale = stale_feeds(now)
    if stale:
        return Judged("fail", "feeds_stale", {"feeds": [str(one.kind) for one in stale][:10]})
    return Judged("pass", "holds", {})


def licences_and_pools(
    found: Catalogue, places: Mapping[int, "Place"]
) -> Iterator[tuple[Control, Kind, int, int, Judged]]:
    """LIC-01 and LIC-04 of each licence in use, LIC-02 and LIC-03 of each pool."""
    controls = {code: found.controls[code] for code in LICENCE_MEASURES if code in found.controls}
    documents = DocumentLink.objects.filter(about=DocumentLink.About.LICENCE, object_id=OuterRef("pk"))
    rows = Licence.objects.filter(site__in=places, returned_on=None, successors=None).annotate(
        documented=Exists(documents)
    )
    for row in rows.select_related("product").iterator(chunk_size=2000):
        place = places[row.site_id]
        if "LIC-01" in controls:
            yield controls["LIC-01"], Kind.LICENCE, row.pk, row.site_id, _valid(row, place)
        if "LIC-04" in controls:
            yield controls["LIC-04"], Kind.LICENCE, row.pk, row.site_id, _filed(row)
    by_pool: dict[int, list[Position]] = {}
    for position in Position.objects.filter(site__in=places).iterator(chunk_size=2000):
        by_pool.setdefault(position.pool_id, []).append(position)
    for pool, positions in by_pool.items():
        site = positions[0].site_id
        if "LIC-02" in controls:
            yield controls["LIC-02"], Kind.POOL, pool, site, _not_over(positions)
        if "LIC-03" in controls:
            least = int(places[site].setting.params["licence_use_min_percent"])
            yield controls["LIC-03"], Kind.POOL, pool, site, _used(positions, least)


def _valid(row: Licence, place: "Place") -> Judged:
    if row.expires_on is not None:
        right = row.expires_on >= place.setting.day
        return Judged(
            "pass" if right else "fail", "holds" if right else "expired", {"until": row.expires_on.isoformat()}
        )
    if row.term == Licence.Term.PERPETUAL:
        return Judged("pass", "perpetual", {})
    return Judged("unknown", "term_unknown", {})


def _filed(row: Licence) -> Judged:
    missing = [
        name
        for name, there in (
            ("documents", getattr(row, "documented", False)),
            ("product", row.product_id),
            ("term", row.expires_on or row.term == Licence.Term.PERPETUAL),
        )
        if not there
    ]
    return Judged("fail", "not_on_file", {"missing": missing}) if missing else Judged("pass", "holds", {})


def _not_over(positions: list[Position]) -> Judged:
    over = {one.metric: one.over for one in positions if one.over}
    if over:
        return Judged("fail", "over", {"metrics": over})
    if any(one.usage == "unknown" for one in positions):
        return Judged("unknown", "trial_size_not_stated", {})
    return Judged("pass", "holds", {})


def _used(positions: list[Position], least: int) -> Judged:
    counted = [(one.metric, one.demanded, one.entitled) for one in positions if one.entitled]
    little = {metric: 100 * used // of for metric, used, of in counted if 100 * used < least * of}
    if little:
        return Judged("fail", "little_used", {"percent": little, "least": least})
    return Judged("pass", "holds", {}) if counted else Judged("unknown", "nothing_counted", {})
