"""The life of a licence after its purchase: replaced, transferred to another site, noted, tagged."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction

from licet.ledger import record as ledger
from licet.register.keys import rule_of, without_key
from licet.register.life_models import Note, Tag
from licet.register.models import Allocation, Licence, Order, Pool
from licet.register.record import must, note, said
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

_LONGEST_NOTE = 20_000
_MOST_TAGS = 30


@transaction.atomic
def supersede(actor: Actor, old: Licence, new: Licence, reason: str = "") -> None:
    """Say that a newer licence replaces an older one (an upgrade, a co-termed key). Raises :class:`NotPossible`."""
    must(actor, old.site)
    must(actor, new.site)
    if old.pk == new.pk:
        raise NotPossible("A licence cannot replace itself.")
    if new.supersedes_id is not None:
        raise NotPossible(f"Licence {new.pk} already replaces licence {new.supersedes_id}.")
    above, seen = old, {old.pk}
    while above.supersedes is not None and above.supersedes.pk not in seen:
        above = above.supersedes
        seen.add(above.pk)
        if above.pk == new.pk:
            raise NotPossible(f"Licence {old.pk} itself comes of licence {new.pk}.")
    before = said(new)
    new.supersedes = old
    new.save(update_fields=["supersedes"])
    note(actor, "register:licence:replaces", new, reason=reason, before=before, after=said(new))


@transaction.atomic
def transfer(
    actor: Actor, licence: Licence, site: Site, pool: Pool | None, *, reason: str, agreed: bool = False
) -> None:
    """Move a licence to another site. Raises :class:`NotPossible`.

    What its product allows decides: one that may not move is refused; where that is not known, or only a limited number of times,
    ``agreed`` must say that the vendor agrees. Places given by hand are released first.
    """
    must(actor, licence.site)
    must(actor, site)
    if not reason.strip():
        raise NotPossible("Say why it moves (reason).")
    if licence.returned_on is not None:
        raise NotPossible(f"It was returned on {licence.returned_on}.")
    if site.pk == licence.site_id and (pool.pk if pool else None) == licence.pool_id:
        raise NotPossible("It is there already.")
    if pool is not None and not pool.site.path.startswith(site.path):
        raise NotPossible(f"The pool {pool.name} is not at {site}.")
    why = transfer_question(licence)
    if why and not (agreed and not _never(licence)):
        raise NotPossible(why)
    if Allocation.objects.filter(grant__licence=licence).exists():
        raise NotPossible("Places of it are allocated by hand. Release them first.")
    before, old_site = said(licence) | {"site": licence.site_id, "pool": licence.pool_id}, licence.site_id
    # Where a second person had to agree to show its keys, he must at the new place too.
    licence.two_people = licence.two_people or rule_of(licence.site).two_people
    licence.site, licence.pool = site, pool
    licence.save(update_fields=["site", "pool", "two_people"])
    after = said(licence) | {"site": site.pk, "pool": licence.pool_id, "agreed": agreed}
    note(actor, "register:licence:received", licence, reason=reason, before=before, after=after)
    if old_site != site.pk:  # told at both sites, so that each one's record is whole
        ledger.append(
            actor=actor.label, action="register:licence:given", object_type="licence", object_id=licence.pk,
            site=old_site, reason=reason, before=before, after=after,
        )  # fmt: skip


def _never(licence: Licence) -> bool:
    return licence.product is not None and licence.product.transfer == "not_allowed"


def transfer_question(licence: Licence) -> str:
    """What stands between a licence and another site or host: "" nothing, else one sentence."""
    rule = licence.product.transfer if licence.product else "unknown"
    name = licence.product.name if licence.product else licence.title
    if rule == "not_allowed":
        return f"{name} does not allow a licence to be transferred."
    if rule == "limited":
        return f"{name} allows only a limited number of transfers. Ask the vendor, then say that he agrees."
    if rule == "unknown":
        return f"Whether {name} allows a transfer is not known. Ask the vendor, then say that he agrees."
    return ""


@transaction.atomic
def add_note(actor: Actor, thing: Licence | Order, text: str) -> Note:
    """Write a note about a licence or an order. What it says stays out of the record."""
    must(actor, thing.site)
    text = fitting("note", text, _LONGEST_NOTE)
    if not text:
        raise NotPossible("The note is empty.")
    without_key(note=text)
    about_licence = isinstance(thing, Licence)
    row = Note.objects.create(
        licence=thing if isinstance(thing, Licence) else None,
        order=None if isinstance(thing, Licence) else thing,
        text=text, by_id=actor.person, at=datetime.now(UTC),
    )  # fmt: skip
    ledger.append(
        actor=actor.label, action="register:note:added", object_type="licence" if about_licence else "order",
        object_id=thing.pk, site=thing.site_id, after={"note": row.pk, "characters": len(text)},
    )  # fmt: skip
    return row


@transaction.atomic
def set_tags(actor: Actor, licence: Licence, names: Iterable[str]) -> tuple[str, ...]:
    """Make the tags of a licence exactly these; returns them. Raises :class:`NotPossible`."""
    must(actor, licence.site)
    wanted = {name.strip().casefold() for name in names if name.strip()}
    if any(len(name) > 60 or "," in name for name in wanted) or len(wanted) > _MOST_TAGS:
        raise NotPossible(f"A tag has 60 characters at most and no comma, and a licence {_MOST_TAGS} tags.")
    known = set(licence.tags.values_list("name", flat=True))
    if known == wanted:
        return tuple(sorted(wanted))
    licence.tags.exclude(name__in=wanted).delete()
    Tag.objects.bulk_create([Tag(licence=licence, name=name) for name in sorted(wanted - known)])
    note(
        actor, "register:licence:tagged", licence, before={"tags": sorted(known)}, after={"tags": sorted(wanted)}
    )  # fmt: skip
    return tuple(sorted(wanted))
