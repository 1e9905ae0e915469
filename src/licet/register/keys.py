"""What faces ask about licence keys: lists, one key, whether a key is known. Never a key itself; that is :mod:`licet.register.keys_reveal`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Final

from django.db.models import Q, QuerySet

from licet.register.intake.keytext import clean_text, comparable, runs
from licet.register.keys_check import Finding, Looked, look
from licet.register.keys_pattern import Shape, shape
from licet.register.models import KeyMark, KeyPattern, KeyRule, Licence, LicenceKey, Product
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault.record import fingerprint

STATES: Final = tuple(LicenceKey.State.values)
MOST_RUNS: Final = 50_000
HIDDEN: Final = "[licence key]"  # what stands in the place of a key in a text that leaves the house
SORTS: Final = ("id", "state", "expires_on", "changed_at")


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys and in what order. Empty = no condition."""

    text: str = ""
    states: tuple[str, ...] = ()
    licence: int | None = None
    site: Site | None = None
    sort: str = "id"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key in a list: what it is for and how it stands."""

    id: int
    licence_id: int
    licence: str
    product: str
    site_id: int
    site: str
    quantity: int | None
    state: str
    host: str
    expires_on: date | None
    kept_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """How keys are shown at a site, from its own rule and those above it."""

    two_people: bool = False
    request_hours: int = 24
    notice_to: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A key that was looked at and looked up. ``duplicate_of`` is the licence that has it, where the asker may see that one."""

    looked: Looked
    duplicate_of: int | None
    findings: tuple[Finding, ...]


def keys(actor: Actor, wanted: KeyFilter) -> Page[KeyRow]:
    """One page of the keys in scope."""
    sort = wanted.sort if wanted.sort in SORTS else "id"
    found = page(_matching(actor, wanted), sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    whole = {key.pk: key for key in _whole(LicenceKey.objects.filter(pk__in=[row.pk for row in found.rows]))}
    return Page(tuple(_row(whole[row.pk]) for row in found.rows), found.before, found.after)


def every_key(actor: Actor, wanted: KeyFilter) -> Iterator[KeyRow]:
    """All keys that match, in order of their ids."""
    for key in _whole(_matching(actor, wanted)).order_by("id").iterator(chunk_size=500):
        yield _row(key)


def count(actor: Actor, wanted: KeyFilter) -> Counted:
    """How many match."""
    return counted(_matching(actor, wanted))


def key(actor: Actor, pk: int) -> KeyRow | None:
    """One key; None where it does not exist or is out of scope."""
    found = find_key(actor, pk)
    return _row(found) if found else None


def find_key(actor: Actor, pk: int, permission: str = "view") -> LicenceKey | None:
    """The key with this number where the actor holds the permission at its licence's site."""
    rows = LicenceKey.objects.filter(licence__in=Licence.objects.visible_to(actor, permission))
    return _whole(rows).filter(pk=pk).first()


def only_marked(licence: int) -> int:
    """How many keys of a licence are known by their fingerprint alone, from imports before keys were sealed."""
    return KeyMark.objects.filter(licence=licence, key=None).count()


def rule_of(site: Site) -> Rule:
    """The rule at a site. Four eyes hold as soon as one site above asks for them; the other two are those of the nearest."""
    ids = [int(part) for part in site.path.strip("/").split("/")]
    rules = {row.site_id: row for row in KeyRule.objects.filter(site__in=ids)}
    ordered = [rules[pk] for pk in reversed(ids) if pk in rules]
    return Rule(
        two_people=any(row.two_people for row in ordered),
        request_hours=ordered[0].request_hours if ordered else 24,
        notice_to=next((row.notice_to for row in ordered if row.notice_to), ""),
    )


def own_rule(site: Site) -> Rule:
    """The rule that is set at the site itself, or the ordinary one."""
    row = KeyRule.objects.filter(site=site).first()
    return Rule(row.two_people, row.request_hours, row.notice_to) if row else Rule()


def check_key(actor: Actor, text: str, *, product: str = "", licence: Licence | None = None) -> Checked:
    """Look at a key and look it up. Raises :class:`licet.register.keys_check.NotAKey`."""
    code = product or (licence.product.code if licence and licence.product else "")
    looked = look(text, shape_of(code))
    duplicate_of, extra = _known(actor, looked, licence)
    return Checked(looked, duplicate_of, (*extra, *looked.findings))


def _known(actor: Actor, looked: Looked, licence: Licence | None) -> tuple[int | None, list[Finding]]:
    rows = KeyMark.objects.filter(fingerprint=fingerprint(looked.comparable)).select_related("licence__site")
    others = [row.licence for row in rows[:20] if licence is None or row.licence_id != licence.pk]
    seen = next((row for row in others if actor.may("view", row.site.path)), None)
    if seen is not None:
        return seen.pk, [Finding("duplicate", None, f"this key is already kept for licence {seen.pk}")]
    if others:
        said = "this key is already kept for a licence that you may not see; ask your administrator"
        return None, [Finding("duplicate", None, said)]
    return None, []


def shape_of(product: str) -> Shape | None:
    """The shape of a product's keys where one is set."""
    row = KeyPattern.objects.filter(product__code=product).first() if product else None
    return shape(row.pattern) if row else None


def patterns() -> list[tuple[str, str, str]]:
    """All patterns that are set: product code, product name, pattern."""
    rows = KeyPattern.objects.select_related("product").order_by("product__name")
    return [(row.product.code, row.product.name, row.pattern) for row in rows]


def products() -> list[tuple[str, str]]:
    """The products of the catalogue: code and name."""
    return list(Product.objects.values_list("code", "name"))


def shapes() -> dict[str, Shape]:
    """All shapes that are set, by product code."""
    return {row.product.code: shape(row.pattern) for row in KeyPattern.objects.select_related("product")}


def holds_key(text: str) -> bool:
    """Whether a text that is not meant to hold one (a reason, a host, a note) holds a key that the vault has."""
    return bool(holding_keys([text]))


def holding_keys(texts: Iterable[str]) -> frozenset[str]:
    """Those of the texts that hold a key that the vault has.

    Raises :class:`NotPossible` where more than :data:`MOST_RUNS` words would have to be looked at: no text that people write has so many.
    """
    marks: dict[str, set[str]] = {}
    left = MOST_RUNS
    for text in set(texts):
        found = list(islice(runs(text), left + 1))
        left -= len(found)
        if left < 0:
            raise NotPossible(
                "The texts hold too many words that could be licence keys to look at each. Write them shorter, or in parts."
            )
        marks[text] = {_mark(run) for run in set(found)}
    known: set[str] = set()
    for some in bulk.chunks(sorted(frozenset[str]().union(*marks.values()))):
        known.update(KeyMark.objects.filter(fingerprint__in=some).values_list("fingerprint", flat=True))
    return frozenset(text for text, found in marks.items() if found & known)


def without_key(**texts: str) -> None:
    """Refuse texts that are read by more people than keys are and hold one. Raises :class:`NotPossible`, naming the text."""
    holding = holding_keys(texts.values())
    for name, text in texts.items():
        if text in holding:
            raise NotPossible(key_in(name))


def key_in(name: str) -> str:
    """Why a text of this name is refused."""
    return f"The {name.replace('_', ' ')} holds a licence key. Write it without."


def key_hider() -> Callable[[str], str]:
    """A function that puts :data:`HIDDEN` in the place of every key in a text. It knows the keys that the vault has now."""
    known = frozenset(KeyMark.objects.values_list("fingerprint", flat=True))

    def hide(text: str) -> str:
        for run in sorted({run for run in runs(text) if _mark(run) in known}, key=len, reverse=True):
            text = text.replace(run, HIDDEN)
        return text

    return lru_cache(maxsize=65_536)(hide)


def _mark(run: str) -> str:
    return fingerprint(comparable(clean_text(run)))


def _matching(actor: Actor, wanted: KeyFilter) -> "QuerySet[LicenceKey]":
    rows = LicenceKey.objects.filter(licence__in=Licence.objects.visible_to(actor).under(wanted.site))
    if wanted.licence is not None:
        rows = rows.filter(licence=wanted.licence)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    text = wanted.text.strip()[:100]
    if text:
        rows = rows.filter(
            Q(licence__title__icontains=text) | Q(host__icontains=text) | Q(licence__order__number__icontains=text)
        )
    return rows


def _whole(rows: "QuerySet[LicenceKey]") -> "QuerySet[LicenceKey]":
    return rows.select_related("licence__site", "licence__product", "secret__wrapping_key")


def _row(row: LicenceKey) -> KeyRow:
    licence = row.licence
    return KeyRow(
        id=row.pk,
        licence_id=licence.pk,
        licence=licence.title,
        product=licence.product.name if licence.product else "",
        site_id=licence.site_id,
        site=licence.site.full_name,
        quantity=row.quantity,
        state=row.state,
        host=row.host,
        expires_on=row.expires_on,
        kept_at=row.created_at,
        changed_at=row.changed_at,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """That a key was shown. ``by`` is what to call the person."""

    at: datetime
    by: str


def shown(key: LicenceKey, most: int = 10) -> list[Shown]:
    """The latest times at which a key was shown, newest first."""
    rows = key.notices.select_related("seen_by").order_by("-pk")[:most]
    return [Shown(row.at, str(row.seen_by) if row.seen_by else "the owner of the data folder") for row in rows]


def rules(actor: Actor) -> list[tuple[Site, Rule]]:
    """The rules that are set at the sites which the actor administers."""
    rows = KeyRule.objects.filter(site__in=Site.objects.visible_to(actor, "administer")).select_related("site")
    return [
        (row.site, Rule(row.two_people, row.request_hours, row.notice_to)) for row in rows.order_by("site__full_name")
    ]
