"""What a collector says to its centre, and hears. Both sides sign; an answer that the pinned key did not sign counts for nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import msgspec

from licet.sweep.collector import code as codes
from licet.sweep.collector.folder import Enrolment, Folder
from licet.sweep.collector.keys import Keys, NotForUs, Public, new_seed
from licet.sweep.collector.line import LineDown, check_url, post
from licet.sweep.collector.listed import DeviceList
from licet.sweep.collector.memory import CLOCK, REQUEST, SEQUENCE, Memory
from licet.sweep.collector.message import Refused, digest_of, head_of, pack, unpack

PATH: Final = "/collector/v1/"
_IGNORED: Final = timedelta(seconds=1)  # a smaller difference is the line's own delay

T = TypeVar("T")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a new collector tells the centre: the one-time secret and its public keys, all as hexadecimal digits.

    ``proof`` is its signature of the three: it has the private key.
    """

    secret: str
    sign: str
    box: str
    proof: str
    version: str = ""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """The centre's answer. ``sign`` repeats the key that it took, so that the answer is to nobody else."""

    uid: str
    name: str
    site: str
    sign: str


class No(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal, signed by the centre."""

    code: str
    sentence: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre took of a report. ``left_out`` answers were not taken, for the reasons in ``why``; the others count."""

    number: int
    taken: int
    left_out: int = 0
    why: str = ""


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def corrected(memory: Memory) -> Callable[[], datetime]:
    """The clock of this machine, put right by what the last contact with the centre showed."""
    wrong = ahead(memory)
    return lambda: utc_now() - wrong


def ahead(memory: Memory) -> timedelta:
    """By how much this machine's clock was ahead of the centre's at their last contact."""
    found = timedelta(microseconds=memory.number(CLOCK))
    return found if abs(found) >= _IGNORED else timedelta()


def enrol(
    folder: Folder, url: str, text: str, version: str, *, authority: str = "", plain_http: bool = False
) -> Enrolment:
    """Enrol with the centre at ``url`` by a one-time code. Raises ``NotSet``, :class:`LineDown` and :class:`Refused`."""
    code = codes.read_code(text)
    url = check_url(url, plain_http=plain_http)
    seed = new_seed()
    keys = Keys(seed)
    sealed = _wish(code, keys, version)
    sent = utc_now()
    said = post(url, f"{PATH}enrol/", sealed, authority=authority)
    told = understood(_heard(folder.memory, sent, said, sealed, code.centre, "enrolled"), Enrolled)
    if told.sign != keys.public.sign.hex():
        raise Refused("foreign", "The centre's answer is to another collector. Try again with a new code.")
    enrolment = Enrolment(
        url=url, sign=code.centre.sign.hex(), box=code.centre.box.hex(), seed=folder.seal(seed.hex(), "seed"),
        uid=told.uid, name=told.name, site=told.site, authority=authority, plain_http=plain_http,
    )  # fmt: skip
    _begin_anew(folder, enrolment)
    return enrolment


def enrol_by_file(folder: Folder, text: str, version: str) -> bytes:
    """Enrol without a line: the file to be carried to the centre. The centre's device list, carried back, ends it. Raises :class:`Refused`."""
    code = codes.read_code(text)
    seed = new_seed()
    sealed = _wish(code, Keys(seed), version)
    sign, box = code.centre.sign.hex(), code.centre.box.hex()
    _begin_anew(folder, Enrolment(url="", sign=sign, box=box, seed=folder.seal(seed.hex(), "seed")))
    return sealed


def _begin_anew(folder: Folder, enrolment: Enrolment) -> None:
    """What was of an enrolment before is not of this one: its device list and its unsent reports, which were signed by other keys."""
    folder.enrol(enrolment)
    folder.forget()


def proven(secret: bytes, public: Public) -> bytes:
    """What a new collector signs."""
    return b"licet collector enrol\n" + secret + public.sign + public.box


def _wish(code: codes.Code, keys: Keys, version: str) -> bytes:
    """Sealed for the centre: whoever stands between learns nothing that he could enrol himself with."""
    public = keys.public
    proof = keys.sign(proven(code.secret, public))
    wish = Wish(
        secret=code.secret.hex(), sign=public.sign.hex(), box=public.box.hex(), proof=proof.hex(), version=version
    )
    return code.centre.seal(msgspec.json.encode(wish))


def ask(folder: Folder, enrolment: Enrolment, kind: str, answer: str, body: bytes, *, level: int = 6) -> bytes:
    """Send a signed request; the body of the centre's signed answer. Raises :class:`LineDown`, :class:`Refused` with the centre's words.

    A clock that is wrong is put right by the centre's answer, and the request is made once more.
    """
    keys, memory = folder.keys(enrolment), folder.memory
    for again in (True, False):
        now = corrected(memory)()
        number = memory.next(REQUEST, _micros(now))
        message = pack(keys, kind, enrolment.uid, number, now, body, level=level)
        sent = utc_now()
        said = post(enrolment.url, f"{PATH}{kind}/", message, authority=enrolment.authority)
        try:
            return _heard(memory, sent, said, message, enrolment.centre, answer)
        except Refused as error:
            if error.code != "clock" or not again:
                raise
    raise AssertionError("unreachable")


def fetch_devices(folder: Folder, enrolment: Enrolment) -> DeviceList:
    """The centre's device list, kept in the folder. Raises :class:`LineDown` and :class:`Refused`."""
    _, found = folder.keep_devices(ask(folder, enrolment, "ask-devices", "answer", b""))
    _follow(folder, enrolment, found)
    return found


def take_devices(folder: Folder, sealed: bytes) -> DeviceList:
    """A device list that was carried here in a file. Raises ``NotSet`` and :class:`Refused`."""
    enrolment = folder.enrolment()
    try:
        message = folder.keys(enrolment).open(sealed)
    except NotForUs:
        raise Refused(
            "foreign",
            "This file is not sealed for this collector. Take its own from the centre: licet collector devices NAME",
        ) from None
    _, found = folder.keep_devices(message)
    _follow(folder, enrolment, found)
    return found


def _follow(folder: Folder, enrolment: Enrolment, found: DeviceList) -> None:
    """Take over what the centre says of this collector; a folder restored from a backup goes on after the last report that is there."""
    if (enrolment.uid, enrolment.name, enrolment.site) != (found.collector, found.name, found.site):
        folder.enrol(msgspec.structs.replace(enrolment, uid=found.collector, name=found.name, site=found.site))
    if found.sequence > folder.memory.number(SEQUENCE):
        folder.memory.keep(SEQUENCE, found.sequence)


def _heard(memory: Memory, sent: datetime, said: bytes, request: bytes, centre: Public, kind: str) -> bytes:
    """The body of the centre's answer to this request; its time tells by how much the clock here is ahead."""
    try:
        refused = head_of(said).kind == "no"
        head, body = unpack(said, centre, "no" if refused else kind)
    except Refused as error:
        raise LineDown(f"What answers there is not the centre that this collector was enrolled with: {error}") from None
    if head.answers != digest_of(request):
        raise LineDown("What answers there repeats an old answer of the centre.")
    memory.keep(CLOCK, round((sent - head.at).total_seconds() * 1_000_000))
    if refused:
        no = understood(body, No)
        raise Refused(no.code, no.sentence)
    return body


def understood(body: bytes, kind: type[T]) -> T:
    """What the centre said, as far as it is known here. Raises :class:`Refused`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refused("too_new", "The centre's answer is not understood. Bring this collector up to date.") from None


def _micros(now: datetime) -> int:
    return max(0, int(now.timestamp() * 1_000_000))
