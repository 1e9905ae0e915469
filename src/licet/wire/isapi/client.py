"""One conversation with one device: what is asked in which order, and when nothing more may be asked."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from licet.wire.digest import Credential, Login, Verdict
from licet.wire.errors import DroppedError, NoConnectionError, PolicyError, UnreadableError, WireError
from licet.wire.facts import Asked, Channels, Clock, DeviceInfo, Fact, Inputs, Kind, Outcome, Reach, Report, Topic
from licet.wire.isapi.clock import with_drift
from licet.wire.isapi.kind import has_own_inputs, has_proxy_channels, kind_of
from licet.wire.isapi.outcome import Reading, read
from licet.wire.isapi.topics import DEFAULT_TOPICS, QUESTIONS, Question
from licet.wire.refusal import NOTHING, Refusal
from licet.wire.transport import Answer, Conversation, Endpoint, Line, Transport

__all__ = ["DEFAULT_TOPICS", "Login", "Target", "ask"]

_FIRST: Final = frozenset({Topic.ACTIVATION, Topic.DEVICE_INFO})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Target(Endpoint):
    """A device to ask, and the exceptions that a person has made for it.

    ``allow_basic_over_http`` lets the password go out readable, ``allow_basic_over_tls`` inside TLS only; ``fresh_challenges`` asks
    for a new nonce for every request. Topics ``known_not_offered`` are not asked again until the firmware changes.
    """

    allow_basic_over_http: bool = False
    allow_basic_over_tls: bool = False
    fresh_challenges: bool = False
    known_not_offered: frozenset[Topic] = frozenset()

    @property
    def allow_basic(self) -> bool:
        """Whether Basic may be used over this scheme."""
        return self.allow_basic_over_http or (self.allow_basic_over_tls and self.scheme == "https")


def utc_now() -> datetime:
    """The present instant, aware."""
    return datetime.now(UTC)


async def ask(
    target: Target,
    transport: Transport,
    login: Login | None,
    topics: Collection[Topic] = DEFAULT_TOPICS,
    now: Callable[[], datetime] = utc_now,
) -> Report:
    """Ask a device and report everything it said; never raises for anything a device or network does.

    Order: activation without a log-in; then deviceInfo with the one log-in; then the other ``topics`` over the same connection. A
    refusal, a lock or a missing activation ends the talk. A password refused before in this transport's life is not sent at all.
    """
    started, clock = now(), monotonic()
    async with transport.conversation(target) as conversation:
        talk = _Talk(target, conversation, login, transport.mark(login) if login else b"", now)
        wanted = [question for question in QUESTIONS.values() if question.topic in topics]
        await talk.run(wanted)
        return talk.report(started, monotonic() - clock, wanted)


class _Talk:
    """The state of one conversation."""

    def __init__(
        self, target: Target, conversation: Conversation, login: Login | None, mark: bytes, now: Callable[[], datetime]
    ) -> None:
        self.target = target
        self.conversation = conversation
        self.credential = Credential(login, allow_basic=target.allow_basic, fresh=target.fresh_challenges)
        self.facts: dict[Topic, Fact] = {}
        self.asked: dict[Topic, Asked] = {}
        self.reach = Reach.ANSWERED
        self.reason = ""
        self.detail = ""
        self._ended = False
        self._login = login
        self._mark = mark
        self._now = now
        self._silent = 0

    @property
    def line(self) -> Line:
        return self.conversation.line

    async def run(self, wanted: list[Question]) -> None:
        """The whole order of asking."""
        activation = QUESTIONS[Topic.ACTIVATION]
        if self._login is not None and not self._sensible(activation):
            pass
        elif not await self._put(activation, last=self._login is None):
            return
        if self._login is None:
            self._end(Reach.NO_CREDENTIAL, "", "no credential is stored for this device")
            return
        rest = [question for question in wanted if question.topic not in _FIRST]
        async with self.line.login_turn:
            if self._blocked() or not await self._put(QUESTIONS[Topic.DEVICE_INFO], last=not rest):
                return
        rest = [question for question in rest if self._sensible(question)]
        for question in rest:
            if self._blocked() or not await self._put(question, last=question is rest[-1]):
                return

    def _blocked(self) -> bool:
        """Whether an earlier conversation of this run, or the time, forbids to go on."""
        if seconds := self.line.locked_seconds():
            self._end_locked(seconds)
        elif self.line.refuses(self._mark):
            self._end(
                Reach.REFUSED, "", "the device refused this password before; it is not tried again until it is changed"
            )
        elif self.line.left_unanswered(self._mark) and not self.credential.accepted:
            self._end(Reach.UNREACHABLE, "no_answer", "the device left this log-in unanswered before; ask again later")
        elif self.conversation.overdue:
            reach = Reach.ANSWERED if self._info() else Reach.UNREACHABLE
            self._end(reach, "timeout", "the device answers too slowly; the rest was not asked")
        return self._ended

    def _sensible(self, question: Question) -> bool:
        """Whether the device can have the topic at all; a "no" is written down."""
        topic = question.topic
        if topic in self.target.known_not_offered:
            self._note(
                question, Outcome.NOT_OFFERED, "not offered at an earlier sweep; asked again after a firmware change"
            )
            return False
        info = self._info()
        if info is None:
            return True
        if topic in (Topic.CHANNELS, Topic.CHANNEL_STATUS) and not has_proxy_channels(info.kind):
            self._note(question, Outcome.NOT_ASKED, f"no cameras stand behind a device of the kind {info.kind}")
            return False
        if topic is Topic.INPUTS and not has_own_inputs(info.kind, info.device_type, info.model):
            self._note(
                question, Outcome.NOT_ASKED, f"a device of this kind ({info.kind}) has no video inputs of its own"
            )
            return False
        return True

    def _info(self) -> DeviceInfo | None:
        fact = self.facts.get(Topic.DEVICE_INFO)
        return fact.value if fact and isinstance(fact.value, DeviceInfo) else None

    async def _put(self, question: Question, *, last: bool) -> bool:
        """Ask one question and write down how it ended; False = the talk is over."""
        login_free = question.topic is Topic.ACTIVATION
        try:
            if login_free:
                answer, verdict = await self.conversation.get(question.path, last=last), Verdict.OPEN
            else:
                answer, verdict = await self._exchange(question.path, last=last)
        except WireError as error:
            self._failed(question, error)
            return self._goes_on(error.sentence)
        self._silent = 0
        if answer.status in _REDIRECTS:
            self._redirected(question, answer)
        elif login_free:
            self._activation(question, answer)
        elif verdict in (Verdict.OPEN, Verdict.ACCEPTED):
            self._read(question, answer)
        else:
            self._stopped(question, verdict)
        return self._goes_on(f"the device answers {answer.status} to the log-in; ask again later")

    def _goes_on(self, unanswered: str) -> bool:
        """Whether more may be asked: not after the end, and not after a log-in that was neither taken nor refused."""
        if self.credential.unanswered:
            self.line.remember_unanswered(self._mark)
            if not self._ended:
                self._end(Reach.UNREACHABLE, "no_answer", unanswered)
        return not self._ended

    async def _exchange(self, path: str, *, last: bool) -> tuple[Answer, Verdict]:
        """Drive the log-in's generator over the connection."""
        steps = self.credential.exchange("GET", path)
        authorization = next(steps)
        while True:
            answer = await self._get(path, authorization, last=last)
            try:
                authorization = steps.send(answer)
            except StopIteration as stop:
                verdict: Verdict = stop.value
                return answer, verdict

    async def _get(self, path: str, authorization: str | None, *, last: bool) -> Answer:
        """One request; repeated once when a kept connection was closed under it, unless it carried a password not yet accepted.

        Only a request with a log-in can be the last: the others are followed by one when the device asks for it.
        """
        last = last and authorization is not None
        try:
            return await self.conversation.get(path, authorization=authorization, last=last)
        except DroppedError:
            if authorization is not None and not self.credential.accepted:
                raise
            return await self.conversation.get(path, authorization=authorization, last=last)

    def _activation(self, question: Question, answer: Answer) -> None:
        if answer.status == 401:
            self._note(question, Outcome.NOT_OFFERED, "not offered without a log-in (401)", 401)
            return
        reading = read(question, answer)
        self._keep(question, answer, reading)
        activated = getattr(self.facts.get(Topic.ACTIVATION), "value", None)
        if reading.outcome is Outcome.NOT_ACTIVATED or (activated is not None and activated.activated is False):
            self._end(Reach.NOT_ACTIVATED, "", "the device has no administrator password yet; activate it")

    def _read(self, question: Question, answer: Answer) -> None:
        reading = read(question, answer)
        refusal = reading.refusal
        if refusal.locked or refusal.credential:
            self._stopped(question, self.credential.refuse(refusal), answer.status)
        elif reading.outcome is Outcome.NOT_ACTIVATED:
            self._stopped(question, self.credential.end(Verdict.NOT_ACTIVATED, refusal), answer.status)
        else:
            self._keep(question, answer, reading)
            if (
                question.topic is Topic.DEVICE_INFO
                and refusal == NOTHING
                and not (self.facts or self.credential.accepted)
            ):
                # It asked for no log-in, has no activation page and does not say what it is: any web server does that.
                self._end(
                    Reach.UNREACHABLE, "unreadable",
                    f"something answers there (HTTP {answer.status}), but not as a Hikvision device does",
                )  # fmt: skip

    def _keep(self, question: Question, answer: Answer, reading: Reading) -> None:
        at = self._now()
        if reading.parsed is not None:
            value = reading.parsed.value
            if isinstance(value, Clock):
                value = with_drift(value, at)
            notes = reading.notes + reading.parsed.notes
            self.facts[question.topic] = Fact(question.topic, value, f"isapi:{question.path}", at, notes)
        self.asked[question.topic] = Asked(
            question.topic, question.path, reading.outcome, at, answer.status, reading.detail
        )

    def _redirected(self, question: Question, answer: Answer) -> None:
        """Never followed: the talk ends, and the reader is told where the device points."""
        place = urlsplit(answer.location or "")
        where = f"{place.scheme or self.target.scheme}://{place.netloc}" if place.netloc else "another path"
        shown = "".join(letter for letter in where if letter.isprintable())[:100]
        detail = f"the device redirects to {shown}; redirects are not followed"
        self._note(question, Outcome.POLICY, detail, answer.status)
        same_host = not place.hostname or place.hostname == self.target.address.lower()
        if same_host and place.scheme == "https" and self.target.scheme == "http":
            self._end(Reach.POLICY, "redirects_to_https", f"{detail}; ask it over HTTPS on port {place.port or 443}")
        elif same_host:
            self.detail = self.detail or detail
        else:
            self._end(Reach.POLICY, "wrong_host", detail)

    def _stopped(self, question: Question, verdict: Verdict, status: int = 401) -> None:
        """The log-in ended without an answer to the question."""
        refusal = self.credential.refusal
        match verdict:
            case Verdict.LOCKED:
                self.line.lock(refusal.locked_seconds)
                if self.credential.judged:
                    self.line.remember_refusal(self._mark)
                self._note(question, Outcome.LOCKED, "locked by the device", status)
                self._end_locked(refusal.locked_seconds)
            case Verdict.REFUSED:
                self.line.remember_refusal(self._mark)
                self._note(question, Outcome.REFUSED, "the device refuses the user name or password", status)
                self._end(Reach.REFUSED, "", self._refused_sentence(refusal))
            case Verdict.NOT_ACTIVATED:
                self._note(question, Outcome.NOT_ACTIVATED, "no administrator password is set yet", status)
                self._end(Reach.NOT_ACTIVATED, "", "the device has no administrator password yet; activate it")
            case Verdict.BASIC_ONLY:
                over = "plain HTTP" if self.target.scheme == "http" else "HTTPS"
                self._note(question, Outcome.POLICY, f"offers only Basic over {over}", status)
                self._end(
                    Reach.POLICY,
                    "basic_only",
                    f"offers only Basic over {over}; use HTTPS, install newer firmware, or allow an exception for this device",
                )
            case _:
                self._note(question, Outcome.POLICY, "asks for a log-in of an unknown kind", status)
                self._end(
                    Reach.POLICY, "no_known_login", "the device asks for a log-in of a kind that is not known here"
                )

    def _refused_sentence(self, refusal: Refusal) -> str:
        left = f"; {refusal.tries_left} tries left before it locks" if refusal.tries_left is not None else ""
        if self.credential.accepted:
            return (
                f"the device took the password and refused it later in the same talk{left}; it was changed meanwhile, "
                "or the device wants a new challenge for every request"
            )
        return f"the device refuses the user name or password{left}; it is not tried again until it is changed"

    def _failed(self, question: Question, error: WireError) -> None:
        match error:
            case UnreadableError():
                self._note(question, Outcome.UNREADABLE, f"{question.path}: {error.sentence}")
            case PolicyError():
                self._note(question, Outcome.POLICY, error.sentence)
                self._end(Reach.POLICY, error.reason, error.sentence)
            case NoConnectionError():
                self._note(question, Outcome.UNREACHABLE, error.sentence)
                self._end(Reach.UNREACHABLE, error.reason, error.sentence)
            case _:
                self._note(question, Outcome.UNREACHABLE, error.sentence)
                self._silent += 1
                if self._silent > 1 or question.topic is Topic.DEVICE_INFO or self._login is None:
                    reach = Reach.ANSWERED if self.facts.keys() - {Topic.ACTIVATION} else Reach.UNREACHABLE
                    self._end(reach, error.reason, error.sentence)

    def _note(self, question: Question, outcome: Outcome, detail: str, status: int | None = None) -> None:
        self.asked[question.topic] = Asked(question.topic, question.path, outcome, self._now(), status, detail)

    def _end(self, reach: Reach, reason: str, detail: str) -> None:
        self._ended = True
        self.reach, self.reason, self.detail = reach, reason, detail

    def _end_locked(self, seconds: int | None) -> None:
        left = f", {seconds} s left" if seconds is not None else ""
        self._end(Reach.LOCKED_OUT, "", f"locked by the device{left}; nothing is tried before that time is over")

    def report(self, started: datetime, seconds: float, wanted: list[Question]) -> Report:
        """Everything, with every wanted topic accounted for."""
        self._settle_kind()
        for question in wanted:
            if question.topic not in self.asked:
                self._note(question, Outcome.NOT_ASKED, self.detail or "an earlier step ended the talk")
        credential = self.credential
        refusal = credential.refusal
        locked = refusal.locked_seconds
        if self.reach is Reach.LOCKED_OUT and locked is None:
            locked = self.line.locked_seconds() or None
        return Report(
            address=self.target.address,
            port=self.target.port,
            scheme=self.target.scheme,
            started_at=started,
            seconds=seconds,
            reach=self.reach,
            reason=self.reason,
            detail=self.detail,
            facts=tuple(self.facts.values()),
            asked=tuple(self.asked.values()),
            requests=self.conversation.requests,
            credential_tries=credential.judged,
            credentials_accepted=(
                None if not credential.judged else credential.ended not in (Verdict.REFUSED, Verdict.LOCKED)
            ),
            locked_seconds=locked,
            tries_left=refusal.tries_left,
            fingerprint=self.conversation.fingerprint,
        )

    def _settle_kind(self) -> None:
        """The kind once more, now that the channels are known (case C004)."""
        info = self._info()
        if info is None or info.kind not in (Kind.UNKNOWN, Kind.CAMERA, Kind.OTHER):
            return
        channels = self.facts.get(Topic.CHANNELS)
        inputs = self.facts.get(Topic.INPUTS)
        count = len(channels.value.channels) if channels and isinstance(channels.value, Channels) else 0
        count += len(inputs.value.inputs) if inputs and isinstance(inputs.value, Inputs) else 0
        kind, notes = kind_of(info.device_type, info.model, count)
        if kind is not info.kind:
            fact = self.facts[Topic.DEVICE_INFO]
            self.facts[Topic.DEVICE_INFO] = replace(fact, value=replace(info, kind=kind), notes=fact.notes + notes)
