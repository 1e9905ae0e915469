"""What many licences can be changed in that lies beside them: the pool, which is checked, and what other parts of Licet keep of a licence."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from licet.register.models import Licence, Pool
from licet.sites.models import Person
from licet.sites.record import NotPossible
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Part:
    """A value that another table holds of licences.

    ``read`` gives it by licence, and leaves out those that cannot have it, which are refused with ``lacking``. ``write`` sets values by
    licence. ``check`` gives the reasons by licence why the value cannot be theirs.
    """

    read: Callable[[Collection[int]], dict[int, Any]]
    write: Callable[[Mapping[int, Any]], None]
    check: Callable[[Sequence[Licence], Any], Mapping[int, str]]
    lacking: str


PARTS: Final[dict[str, Part]] = {}  # filled when the program begins, by the parts of Licet that keep the values


def held(names: Collection[str], ids: Collection[int]) -> dict[str, dict[int, Any]]:
    """What licences have of parts now, by part and licence."""
    return {name: PARTS[name].read(ids) for name in names if name in PARTS}


def refusals(actor: Actor, rows: Sequence[Licence], changes: Mapping[str, Any]) -> dict[int, str]:
    """Why licences cannot have the pool, or the value of a part, that is asked for. Raises :class:`NotPossible` for no such pool."""
    found: dict[int, str] = {}
    for name in changes.keys() & PARTS.keys():
        found |= PARTS[name].check(rows, changes[name])
    if changes.get("pool_id") is None:
        return found
    pool = Pool.objects.visible_to(actor).select_related("site").filter(pk=changes["pool_id"]).first()
    if pool is None:
        raise NotPossible("There is no such pool.")
    for row in rows:
        if row.site_wide:
            found[row.pk] = "It is for the whole site and serves every pool there."
        elif not pool.site.path.startswith(row.site.path):
            found[row.pk] = f"The pool {pool.name} is at another site; transfer the licence first."
    return found


def names(changes: Mapping[str, Any], differs: Sequence[tuple[str, Any, Any]] = ()) -> dict[tuple[str, Any], str]:
    """The names of pools and people that changes speak of, by field and number. Two queries."""
    told = [*changes.items(), *((name, was) for name, was, _now in differs)]
    pools = {value for name, value in told if name == "pool_id" and value}
    people = {value for name, value in told if name == "renewal_owner" and value}
    found = {("pool_id", row.pk): row.name for row in Pool.objects.filter(pk__in=pools)}
    return found | {("renewal_owner", row.pk): str(row) for row in Person.objects.filter(pk__in=people)}
