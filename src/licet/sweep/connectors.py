"""Asks the servers and cloud accounts that have a connection, one after the other, and folds what they list into the estate.

The talk runs in a thread of its own and hands over page by page; the database stays with the caller. What was refused is not tried
again before a person changes it, and after failures there is a growing pause (see ``estate.back_off``).
"""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from licet.authorization import reconcile
from licet.dates import day_in
from licet.estate import cloud_lists, connection_record, server_lists
from licet.estate.back_off import Standing, may_ask
from licet.estate.models import CloudAccount, Installation
from licet.estate.service_models import Connection
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep import talks
from licet.sweep.one_at_a_time import alone
from licet.sweep.talks import Came, Left, Piece
from licet.vault import record as vault
from licet.vault.record import CannotOpen
from licet.wire.trouble import REMEDIES, State, Trouble

log = logging.getLogger(__name__)

INSTALLATIONS: Final = "installations"
CLOUD: Final = "cloud"
# A person who has just mended one of these need not wait for the pause to end; what counts calls or tries does wait.
_MENDED_HERE: Final = frozenset(
    {State.UNREACHABLE, State.UNREADABLE, State.CLOCK, State.NO_PERMISSION, State.OTHER_REGION}
)
_WAITING = 4  # pages that may wait to be folded: bounds the memory


@dataclass(frozen=True, slots=True)
class Answered:
    """How one connection ended. ``skipped`` = it was not asked, and ``sentence`` says why."""

    name: str
    kind: str
    state: str
    sentence: str = ""
    remedy: str = ""
    devices: int = 0
    added: int = 0
    removed: int = 0
    skipped: bool = False
    simulated: bool = False


@dataclass(slots=True)
class Result:
    """What a run over connections did."""

    answers: list[Answered] = field(default_factory=list)

    @property
    def troubled(self) -> list[Answered]:
        """Those that did not answer in full."""
        return [one for one in self.answers if one.state != State.OK]


def ask_connections(
    actor: Actor,
    *,
    site: Site | None = None,
    below: bool = True,
    only: str = "",
    connection: int | None = None,
    by_hand: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Result:
    """Ask every connection in scope whose turn it is: ``only`` installations or cloud accounts, or just one connection.

    ``below`` false = those of the site alone, not of the sites below it. ``by_hand`` = a person wants it now: the pause after a
    failure that people mend is not waited for; what was refused still is not tried again.

    Raises :class:`NotPossible` where another sweep is running, or the vault does not open a secret.
    """
    result = Result()
    rows = wanted(actor, site, only)
    if not below:
        rows = rows.filter(Q(installation__site=site) | Q(account__site=site))
    if connection is not None:
        rows = rows.filter(pk=connection)
    turn = list(rows.order_by("pk"))
    with alone({row.site.pk for row in turn}):
        for row in turn:
            if cancelled():
                break
            result.answers.append(_ask(row, clock, by_hand=by_hand))
    return result


def wanted(actor: Actor, site: Site | None, only: str = "") -> "QuerySet[Connection]":
    """The connections in scope that a sweep of a site subtree asks."""
    rows = Connection.objects.visible_to(actor, "sweep").under(site)
    rows = rows.filter(installation__retired_at=None, account__retired_at=None)
    if only == INSTALLATIONS:
        rows = rows.filter(installation__isnull=False)
    elif only == CLOUD:
        rows = rows.filter(account__isnull=False)
    return rows.select_related("installation__site", "account__site", "key", "secret", "session")


def _ask(row: Connection, clock: Callable[[], datetime], *, by_hand: bool) -> Answered:
    name = str(row.installation or row.account)
    now = clock()
    pause = None if by_hand and row.state in _MENDED_HERE else row.not_before
    permit = may_ask(Standing(row.mark, row.refused_mark, row.failures, pause), now)
    if not permit.allowed:
        remedy = REMEDIES.get(State(row.state), "") if row.state else ""
        return Answered(name, row.kind, row.state, permit.why, remedy, skipped=True, simulated=row.simulated)
    start = _start(row)
    pieces = _Pieces(lambda: talks.talk(start))
    pieces.start()
    try:
        if row.installation is not None:
            return _installation(row, row.installation, pieces, clock)
        assert row.account is not None  # noqa: S101 - the table holds one of the two
        return _account(row, row.account, pieces, now)
    finally:
        pieces.stop()


def _start(row: Connection) -> talks.Start:
    try:
        key, secret = vault.use(row.key), vault.use(row.secret)
        session = vault.use(row.session) if row.session else ""
    except CannotOpen:
        raise NotPossible(
            "The vault's key does not open the stored secrets. Restore vault.key (or LICET_KEY) from its backup."
        ) from None
    return talks.Start(
        kind=row.kind, address=row.address, port=row.port, scheme=row.scheme, fingerprint=row.fingerprint, key=key,
        secret=secret, session=session, terminal=row.terminal, today=_today(row),
    )  # fmt: skip


def _today(row: Connection) -> date:
    return day_in(row.site.time_zone, datetime.now(UTC))


def _installation(
    row: Connection, installation: Installation, pieces: "_Pieces", clock: Callable[[], datetime]
) -> Answered:
    """Fold a server's lists; each list that came to its end counts as whole on its own."""
    now = clock()
    source = f"hikcentral:{row.address}"[:80]
    run = server_lists.begin(installation)
    left = Left()
    for piece in pieces:
        if isinstance(piece, Left):
            left = piece
        elif piece.version:
            Installation.objects.filter(pk=installation.pk).update(version=piece.version[:60])
        elif piece.points:
            server_lists.fold_points(installation, run, piece.kind, piece.points)
        elif piece.devices:
            server_lists.fold_devices(installation, run, piece.devices, piece.regions, now)
    listing = server_lists.finish(installation, run, whole=left.whole, adopt=row.adopt, now=clock(), source=source)
    _judge(clock(), installation, listing.touched)
    trouble = left.trouble
    connection_record.settle(row, now=clock(), fingerprint=left.fingerprint, **_settled(trouble))
    return _answer(row, trouble, listing.devices, listing.added, listing.removed)


def _judge(now: datetime, installation: Installation, touched: tuple[int, ...]) -> None:
    from licet.register.record import pool_for  # noqa: PLC0415 - the pool is made where there is none yet

    pool_for(installation)
    with transaction.atomic():
        reconcile.changed(now, installations=[installation.pk], actor="sweep")
    if touched:
        reconcile.judge_devices(list(touched), now)


def _account(row: Connection, account: CloudAccount, pieces: "_Pieces", now: datetime) -> Answered:
    source = f"{row.kind}:{'simulated' if row.simulated else 'cloud'}"
    left = Left()
    for piece in pieces:
        if isinstance(piece, Left):
            left = piece
            continue
        if piece.listed:
            cloud_lists.fold_devices(account, piece.listed, source=source, now=now)
        if piece.plans:
            cloud_lists.fold_plans(account, piece.plans, source=source, now=now)
    devices = removed = 0
    if left.trouble is None:
        listing = cloud_lists.finish(account, left.shares, source=source, now=now)
        devices, removed = listing.devices, listing.removed
        reconcile.judge_devices(list(listing.touched), now)
    connection_record.settle(row, now=now, session=left.session or None, **_settled(left.trouble))
    return _answer(row, left.trouble, devices, 0, removed)


def _settled(trouble: Trouble | None) -> dict[str, Any]:
    if trouble is None:
        return {"state": str(State.OK)}
    return {
        "state": str(trouble.state), "sentence": trouble.sentence, "code": trouble.code, "needs_person": trouble.needs_person,
    }  # fmt: skip


def _answer(row: Connection, trouble: Trouble | None, devices: int, added: int, removed: int) -> Answered:
    name = str(row.installation or row.account)
    if trouble is None:
        return Answered(name, row.kind, str(State.OK), "", "", devices, added, removed, simulated=row.simulated)
    log.warning("%s could not be read whole: %s", name, trouble.sentence)
    return Answered(
        name, row.kind, str(trouble.state), trouble.sentence, trouble.remedy, devices, added, removed,
        simulated=row.simulated,
    )  # fmt: skip


class _Pieces(threading.Thread):
    """The event loop's thread: what the talk hands over waits in a short queue."""

    def __init__(self, talk: Callable[[], AsyncIterator[Piece]]) -> None:
        super().__init__(name="connector", daemon=True)
        self._talk = talk
        self._queue: queue.Queue[Piece | BaseException | None] = queue.Queue(maxsize=_WAITING)
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Came | Left]:
        while (piece := self._queue.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self._put(error)
        self._put(None)

    def stop(self) -> None:
        """End the thread, whether everything was taken or not."""
        self._stopped.set()
        while self.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue

    async def _work(self) -> None:
        async for piece in self._talk():
            if self._stopped.is_set():
                return
            await asyncio.get_running_loop().run_in_executor(None, self._put, piece)

    def _put(self, piece: Piece | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(piece, timeout=0.1)
            except queue.Full:
                continue
            return
