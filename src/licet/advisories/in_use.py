"""Which firmware and software runs in the estate, compared inside its line only."""

from dataclasses import dataclass
from datetime import date

from licet.advisories import family
from licet.advisories.judging import Release
from licet.advisories.models import Support
from licet.advisories.read import releases_in_use
from licet.advisories.support import of_release
from licet.advisories.version import build_kind, of_parts, stand
from licet.sites.models import Site
from licet.sites.scope import Actor
from licet.wire.firmware import Order


@dataclass(frozen=True, slots=True)
class LineRow:
    """One model in one version: how many run it, which line it is of, and the newest of that line seen in the estate for this model."""

    kind: str
    model: str
    version: str
    build: date | None
    line: str
    number: int
    newest: str
    newest_build: date | None
    behind: bool | None  # None = cannot be compared
    build_kind: str
    support: Support | None


def firmware(actor: Actor, site: Site | None = None, text: str = "") -> list[LineRow]:
    """Every model and version in use in scope, compared within its line and model only."""
    releases = [
        (one, n)
        for one, n in releases_in_use(actor, site)
        if text.lower() in f"{one.model} {one.product} {one.version}".lower()
    ]
    supports = list(Support.objects.all())
    by_line: dict[tuple[str, str, tuple[int, ...]], list[Release]] = {}
    read = {}
    for one, _n in releases:
        version = read[one] = of_parts(one.version, one.build)
        if version is not None and version.numbers:
            by_line.setdefault(_train(one, version.line), []).append(one)
    found = []
    for one, number in releases:
        version = read[one]
        line = version.line if version else ()
        peers = by_line.get(_train(one, line), []) if version and version.numbers else []
        newer, unsure = None, False
        for other in peers:
            mine, theirs = read[newer or one], read[other]
            if mine is None or theirs is None:
                continue
            standing = stand(theirs, mine, one_train=bool(one.product)).order
            newer = other if standing is Order.NEWER else newer
            unsure = unsure or standing is Order.CANNOT_TELL
        behind = True if newer is not None else None if unsure or not line else False
        best = newer or one
        found.append(
            LineRow(
                one.kind, one.model or one.product, one.version, one.build, ".".join(map(str, line)), number, best.version, best.build,
                behind, str(build_kind(one.version)) if one.product.startswith("hikcentral") else "",
                of_release(supports, product=family.of_product(one.product) if one.product else "", model=one.model, version=one.version),
            )
        )  # fmt: skip
    return sorted(found, key=lambda row: (row.model, row.line, row.version, row.build or date.min))


def _train(release: Release, line: tuple[int, ...]) -> tuple[str, str, tuple[int, ...]]:
    """What may be compared with each other: a line of one model; of software every version."""
    return release.product, release.model, () if release.product else line
