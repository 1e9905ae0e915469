"""Who a pseudonym in the chain stands for. The names stand beside the chain, so that they can age out and it stays whole."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from licet.ledger.chain import pseudonym, reason_digest
from licet.ledger.models import Entry, Name, Reason

# What the program writes in its own name; these are nobody's and stay readable in the chain.
OWN_LABELS = frozenset({"system", "sweep", "import", "demo"})
REMOVED = "somebody (name removed)"
_FIRST, _LENGTH = 14, 34  # of a pseudonym drawn at random, and of one that is a digest
BOUND_AT_ONCE = 500


def in_chain(label: str, person: int | None = None) -> str:
    """What the chain holds for an actor: the label of a part of the program as it is, a pseudonym for everybody else.

    Call it with the writers' lock held, so that nobody is given two.
    """
    if label in OWN_LABELS or not label:
        return label
    known = Name.objects.filter(label=label[:200]).values_list("pseudonym", "person").first()
    if known is None:
        salt = secrets.token_hex(16)
        made = pseudonym(salt, label[:200])
        Name.objects.create(pseudonym=made, salt=salt, label=label[:200], person=person)
        return made
    if person is not None and known[1] is None:
        Name.objects.filter(pseudonym=known[0]).update(person=person)
    return str(known[0])


def is_unbound(actor: str) -> bool:
    """Whether this is a pseudonym of which the chain does not hold the name's digest yet."""
    return len(actor) == _FIRST and is_pseudonym(actor) and Name.objects.filter(pseudonym=actor, salt="").exists()


def bind() -> Iterable[dict[str, str]]:
    """Salt the names of pseudonyms that were drawn at random; the digest of each by pseudonym, for entries that hold them."""
    rows = list(Name.objects.filter(salt="").exclude(label=None).order_by("pseudonym"))
    for at in range(0, len(rows), BOUND_AT_ONCE):
        digests = {}
        for row in rows[at : at + BOUND_AT_ONCE]:
            row.salt = secrets.token_hex(16)
            digests[row.pseudonym] = reason_digest(row.salt, row.label or "")
        Name.objects.bulk_update(rows[at : at + BOUND_AT_ONCE], ["salt"])
        yield digests


def fits(actor: str, salt: str, label: str, bound: str | None) -> bool:
    """Whether a name is the one that the chain speaks of. ``bound`` is the digest that an entry holds of it, if any."""
    if len(actor) == _LENGTH:
        return pseudonym(salt, label) == actor
    return bound == reason_digest(salt, label) if salt or bound else True


def shown(actors: Iterable[str]) -> dict[str, str]:
    """What people are shown for each actor of the chain; one query."""
    wanted = set(actors)
    known = dict(
        Name.objects.filter(pseudonym__in=[one for one in wanted if is_pseudonym(one)]).values_list(
            "pseudonym", "label"
        )
    )
    return {one: (known.get(one) or REMOVED) if is_pseudonym(one) else one for one in wanted}


def is_pseudonym(actor: str) -> bool:
    """Whether the chain holds a pseudonym here and not a label. Entries of version 1 held names."""
    return actor.startswith("p:") and len(actor) in (_FIRST, _LENGTH)


def actors_called(text: str) -> list[str]:
    """The actors as the chain holds them whose label is, or contains, this text; the text itself for labels in the chain."""
    return [*Name.objects.filter(label__icontains=text).values_list("pseudonym", flat=True)[:200], text]


def everybody() -> list[tuple[str, str]]:
    """(actor as in the chain, what is shown) of all who ever acted and are not forgotten, by name."""
    people = list(Name.objects.exclude(label=None).order_by("label").values_list("pseudonym", "label")[:500])
    return [(str(one), str(label)) for one, label in people] + [(one, one) for one in sorted(OWN_LABELS)]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What forgetting a name does. ``entries`` were written by him; ``reasons`` are those typed by him; ``tokens`` acted for him."""

    pseudonym: str
    label: str
    entries: int
    reasons: int
    tokens: tuple["Forgetting", ...] = ()


def forgetting(text: str) -> Forgetting | None:
    """What would happen to the name that is called this (a user name, a label or a pseudonym); None where there is none."""
    row = Name.objects.filter(label=text).first() or Name.objects.filter(pseudonym=text).exclude(label=None).first()
    if row is None:
        return None
    tokens = Name.objects.filter(label__startswith=f"{row.label} (token ").order_by("label")
    return _forgetting(row, tuple(_forgetting(one) for one in tokens))


def _forgetting(row: Name, tokens: tuple[Forgetting, ...] = ()) -> Forgetting:
    written = Entry.objects.filter(actor=row.pseudonym)
    reasons = Reason.objects.filter(seq__in=written.exclude(reason_digest="").values("seq")).count()
    return Forgetting(row.pseudonym, row.label or "", written.count(), reasons, tokens)


def remove(found: Forgetting, now: datetime, *, with_reasons: bool) -> None:
    """Empty the label, and the reasons he typed where that is asked. The chain does not change."""
    Name.objects.filter(pseudonym=found.pseudonym).update(label=None, salt="", person=None, forgotten_at=now)
    if with_reasons:
        written = Entry.objects.filter(actor=found.pseudonym).exclude(reason_digest="")
        Reason.objects.filter(seq__in=written.values("seq")).delete()
