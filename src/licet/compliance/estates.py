"""What the estate says of sites and all below them, for their forms. Each number is read once by site and added up the tree."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from licet.compliance import catalogue as catalogues
from licet.compliance.judging import facts_at, params_at
from licet.compliance.models import Result
from licet.compliance.purposes import numbers_by_site
from licet.estate.models import CloudAccount, Device, Installation
from licet.register.models import Product
from licet.sites.models import Site

CONTROLS: Final = ("RET-01", "ACC-01", "ACC-04", "NET-01", "NET-05", "VUL-01", "FLD-01", "FLD-02", "BIO-01")
_MOST_NAMED: Final = 20


@dataclass(slots=True)
class Estate:
    """A site and all below it.

    ``facts`` are its answers, ``states`` maps a control to its results, ``purposes`` a purpose to how many cameras have it; ``clouds_on``
    counts the devices with Hik-Connect on, off, and those that do not say (None); ``approved`` are controls of which a device may do
    what they ask to be off.
    """

    days: int
    facts: Mapping[str, bool | None]
    kinds: Counter[str] = field(default_factory=Counter)
    software: list[str] = field(default_factory=list)
    clouds: dict[str, None] = field(default_factory=dict)
    clouds_on: Counter[bool | None] = field(default_factory=Counter)
    states: dict[str, Counter[str]] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    purposes: Counter[str] = field(default_factory=Counter)
    cameras_in_use: int = 0

    def used(self, code: str) -> bool | None:
        """Whether what a control asks to be off is in use anywhere here: it fails, or is approved. None = it cannot be told of all."""
        states = self.states.get(code, Counter())
        if states["fail"] or code in self.approved:
            return True
        return None if states["unknown"] or states["manual"] or not states.total() else False

    @property
    def cloud(self) -> bool | None:
        """Whether a cloud service reaches anything here. None = it cannot be told of all."""
        if self.clouds or self.clouds_on[True]:
            return True
        return None if self.clouds_on[None] else False


def estates(sites: Sequence[Site], scope: Site | None) -> dict[str, Estate]:
    """Path of each of these sites, all at or below ``scope``, -> what is there and below. As many queries for one as for many."""
    found = catalogues.current()
    params, facts = params_at(sites, found), facts_at(sites, found)
    all_ = {one.path: Estate(int(params[one.path]["retention_max_days"]), facts[one.path]) for one in sites}
    for one, kind, ezviz, number in _each(all_, _by_site(Device, scope, "kind", "ezviz_enabled")):
        one.kinds[kind] += number
        one.clouds_on[ezviz] += number
    results = Result.objects.under(scope).filter(ended_at=None, control__in=CONTROLS).order_by()
    for one, code, result, number in _each(
        all_, results.values_list("site__path", "control", "result").annotate(n=Count("id"))
    ):
        one.states.setdefault(code, Counter())[result] += number
    allowed = results.filter(result="pass").filter(Q(reason="approved") | Q(params__approved=True))
    for one, code in _each(all_, allowed.values_list("site__path", "control").distinct()):
        one.approved.add(code)
    called = dict(Product.objects.values_list("code", "name"))
    installed = Installation.objects.under(scope).filter(retired_at=None).order_by("name", "id")
    for one, product, version in _each(all_, installed.values_list("site__path", "product", "version")):
        if len(one.software) < _MOST_NAMED:
            one.software.append(f"{called.get(product, product)} {version}".strip())
    for one, platform, _number in _each(all_, _by_site(CloudAccount, scope, "platform").order_by("platform")):
        one.clouds[called.get(platform, platform)] = None
    for one, purpose, number in _each(all_, numbers_by_site(scope)):
        one.cameras_in_use += number
        if purpose:
            one.purposes[purpose] += number
    return all_


def _by_site(model: Any, scope: Site | None, *columns: str) -> QuerySet[Any]:
    """(path of the site, the columns, how many) of what is in use."""
    rows = model.objects.under(scope).filter(retired_at=None).order_by()
    counted: QuerySet[Any] = rows.values_list("site__path", *columns).annotate(n=Count("id"))
    return counted


def _each(all_: Mapping[str, Estate], rows: Iterable[Any]) -> Iterator[Any]:
    """Each row with every site that it lies at or below, its path taken off."""
    above: dict[str, list[Estate]] = {}
    for path, *values in rows:
        if path not in above:
            above[path] = [all_[one] for one in paths_above(path) if one in all_]
        for one in above[path]:
            yield (one, *values)


def paths_above(path: str) -> list[str]:
    """The paths of a site and of those above it, the highest first."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]


def at_or_above(scope: Site | None) -> Q:
    """The sites below a scope, at it and above it, as a condition on ``site``."""
    return Q(site__path__startswith=scope.path) | Q(site__path__in=paths_above(scope.path)) if scope else Q()
