"""Collectors are added, enrolled and revoked. One function = one transaction = one entry in the record."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec
from django.db import IntegrityError, transaction

from licet.ledger import record as ledger
from licet.sites import tally
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep.centre.keys import centre_keys
from licet.sweep.collector import code as codes
from licet.sweep.collector.centre import Enrolled, Wish, proven
from licet.sweep.collector.keys import NotForUs, Public, is_sealed
from licet.sweep.collector.message import Refused
from licet.sweep.collector_models import Collector
from licet.vault import record as vault

HOURS: Final = 1
MOST_HOURS: Final = 72
SILENT: Final = timedelta(days=1)  # without a word for so long is said
_REMEMBERED: Final = 400 * 86_400  # seconds
_LARGEST_WISH: Final = 4096


@transaction.atomic
def add_collector(actor: Actor, site: Site, name: str, now: datetime, *, hours: int = HOURS) -> tuple[Collector, str]:
    """Add a collector for a site and those below it; it and its one-time code, which is shown this once and ends after ``hours``.

    Raises :class:`NotPossible`: no permission, a name that is taken, a site that has one already.
    """
    name = name.strip()
    _may(actor, site)
    if not name or len(name) > 120:
        raise NotPossible("A collector needs a name of at most 120 characters, as “North depot”.")
    if Collector.objects.filter(site=site, name=name).exists():
        raise NotPossible(
            f"There is already a collector {name!r} here. For a new code of it: licet collector code {name!r}"
        )
    if other := Collector.objects.filter(site=site, revoked_at=None).first():
        raise NotPossible(f"{site.full_name} has the collector {other.name!r} already. Revoke it first.")
    row = Collector.objects.create(site=site, name=name, uid=uuid4().hex, created_at=now)
    text = _give_code(row, now, hours)
    _write(actor.label, row, "added", {"name": name, "hours": hours})
    return row, text


@transaction.atomic
def new_code(actor: Actor, row: Collector, now: datetime, *, hours: int = HOURS) -> str:
    """A new one-time code: for one that was not used in time, a collector that lost its folder, or one that was revoked.

    Until it is used everything stays as it is. Raises :class:`NotPossible`.
    """
    _may(actor, row.site)
    others = Collector.objects.filter(site=row.site, revoked_at=None).exclude(pk=row.pk)
    if row.revoked_at is not None and (other := others.first()):
        raise NotPossible(f"{row.site.full_name} has the collector {other.name!r} now. Revoke that one first.")
    text = _give_code(row, now, hours)
    _write(actor.label, row, "code_made", {"hours": hours})
    return text


@transaction.atomic
def revoke_collector(actor: Actor, row: Collector, now: datetime) -> None:
    """From now on nothing is taken from it and nothing told to it. Doing it twice changes nothing. Raises :class:`NotPossible`."""
    _may(actor, row.site)
    if Collector.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=now, code="", code_until=None):
        _write(actor.label, row, "revoked")
    row.refresh_from_db()


def note_silent(now: datetime) -> None:
    """An entry of each collector that has not been heard of for a day; one for each time."""
    rows = Collector.objects.filter(revoked_at=None, seen_at__lte=now - SILENT).exclude(sign="")
    silent = {f"collector:{row.pk}:silent:{row.seen_at}": row for row in rows}
    for mark, number in tally.numbers(silent).items():
        if number:
            continue
        with transaction.atomic():
            if tally.add(mark, _REMEMBERED) == 1:
                _write("system", silent[mark], "silent")


@transaction.atomic
def enrol(sealed: bytes, way: str, now: datetime, actor: Actor | None = None) -> tuple[Collector, bytes]:
    """Take a new collector's keys in exchange for its one-time code: the collector, and the body of the answer.

    ``way`` is by which way the wish came: line or file; ``actor`` is who brought the file. Raises :class:`Refused`, without a word on
    whether such a code ever was, and :class:`NotPossible` where the actor may not take in reports there.
    """
    wish, public = _wish(sealed)
    secret = bytes.fromhex(wish.secret)
    rows = Collector.objects.filter(code=codes.digest(secret), code_until__gt=now)
    row = rows.select_related("site").first()
    if row is not None and actor is not None and not actor.may("sweep", row.site.path):
        raise NotPossible("You may not take in reports of this collector.")
    # The first to take the code's row has it; a second at the same moment finds it gone.
    try:
        taken = row is not None and rows.filter(pk=row.pk).update(
            code="", code_until=None, sign=wish.sign, box=wish.box, enrolled_at=now, revoked_at=None, request=0,
            seen_at=now, version=wish.version[:64],
        )  # fmt: skip
    except IntegrityError:
        raise Refused("no_code", "The site has another collector by now. Revoke that one first.") from None
    if row is None or not taken:
        raise Refused(
            "no_code", "This code is unknown, was used, or has run out. Make a new one: licet collector code NAME"
        )
    _write(
        actor.label if actor else f"collector:{row.pk}",
        row,
        "enrolled",
        {"fingerprint": public.fingerprint, "way": way},
    )
    row.refresh_from_db()
    told = Enrolled(uid=row.uid, name=row.name, site=row.site.full_name, sign=wish.sign)
    return row, msgspec.json.encode(told)


def _wish(sealed: bytes) -> tuple[Wish, Public]:
    no_wish = Refused(
        "unreadable",
        "This is no wish to be enrolled with this installation. Make a new code here: licet collector code NAME",
    )
    if len(sealed) > _LARGEST_WISH or not is_sealed(sealed):
        raise no_wish
    try:
        wish = msgspec.json.decode(centre_keys().open(sealed), type=Wish)
        public = Public(bytes.fromhex(wish.sign), bytes.fromhex(wish.box))
        proof, secret = bytes.fromhex(wish.proof), bytes.fromhex(wish.secret)
        public.seal(b"")  # a key for which nothing can be sealed is none
    except (NotForUs, msgspec.DecodeError, ValueError, RecursionError):
        raise no_wish from None
    if not public.verifies(proof, proven(secret, public)):
        raise Refused(
            "forged",
            "The signature is not that of the key that is to be enrolled. Enrol again with a new code: licet collector code NAME",
        )
    return wish, public


def _give_code(row: Collector, now: datetime, hours: int) -> str:
    if not 1 <= hours <= MOST_HOURS:
        raise NotPossible(f"A code ends after 1 to {MOST_HOURS} hours.")
    try:
        code = codes.new_code(centre_keys().public)
    except vault.CannotOpen as error:
        raise NotPossible(vault.why(error)) from None
    row.code, row.code_until = codes.digest(code.secret), now + timedelta(hours=hours)
    row.save(update_fields=["code", "code_until"])
    return code.text()


def _may(actor: Actor, site: Site) -> None:
    if not actor.may("administer", site.path):
        raise NotPossible("You may not set up collectors here.")


def _write(actor: str, row: Collector, verb: str, after: dict[str, object] | None = None) -> None:
    ledger.append(
        actor=actor, action=f"sweep:collector:{verb}", object_type="collector", object_id=row.pk, site=row.site_id,
        after=after,
    )  # fmt: skip
