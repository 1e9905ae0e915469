"""Asks the devices of the list with the site's own passwords, by the same rules as a sweep of the centre: a refused one is not tried again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from licet.estate.current import as_held, columns, learnt, not_offered
from licet.estate.lockout import SignIn, is_risky, is_unanswered, may_try
from licet.sweep.asking import CONCURRENCY, Question, reports
from licet.sweep.collector.folder import Folder, Stored
from licet.sweep.collector.listed import Listed
from licet.wire.digest import Login
from licet.wire.facts import Outcome, Reach, Report, Topic
from licet.wire.isapi.client import Target

_CHUNK: Final = 500


@dataclass(slots=True)
class Asker:
    """One round of asking. ``waiting`` devices were left alone: a run that was killed may just have tried a password there."""

    folder: Folder
    now: Callable[[], datetime]
    waiting: int = 0
    without: int = 0
    _logins: dict[str, tuple[Login, str]] = field(default_factory=dict)
    _states: dict[int, tuple[str, SignIn]] = field(default_factory=dict)
    _held: dict[int, Reach] = field(default_factory=dict)
    _ahead: dict[str, SignIn] = field(default_factory=dict)

    def answers(
        self, devices: Sequence[Listed], *, concurrency: int = CONCURRENCY, cancelled: Callable[[], bool]
    ) -> Iterator[tuple[int, Report]]:
        """What each device answered, dated by the centre's clock."""
        asked = reports(
            self._questions(devices), concurrency=concurrency, per_site=concurrency, cancelled=cancelled, now=self.now
        )
        for device, report in asked:
            yield device, as_held(report, self._held.pop(device, None))

    def finish(self) -> None:
        """Take back the tries that were said ahead and that a cancelled run never made: every one that was made is remembered by now."""
        self.folder.memory.remember({place: replace(state, tried_at=None) for place, state in self._ahead.items()})

    def remember(self, answered: Mapping[int, Report]) -> None:
        """Keep what the answers say of the passwords. To be called before they are counted as done."""
        told = {}
        for device, report in answered.items():
            place, state = self._states.pop(device)
            told[place] = learnt(state, report, columns(report))
            self._ahead.pop(place, None)
        self.folder.memory.remember(told)

    def _questions(self, devices: Sequence[Listed]) -> Iterator[Question]:
        credentials = self.folder.credentials()
        for start in range(0, len(devices), _CHUNK):
            chunk = devices[start : start + _CHUNK]
            chosen = {device.id: _chosen(device, credentials) for device in chunk}
            marks = {_place(device): self._login(chosen[device.id], credentials)[1] for device in chunk}
            states = self.folder.memory.sign_ins(marks)
            now = self.now()
            self._write_ahead(states, now)
            for device in chunk:
                state = states[_place(device)]
                if is_unanswered(state, now):
                    self.waiting += 1
                    continue
                yield self._question(device, state, now, chosen[device.id], credentials)

    def _question(
        self, device: Listed, state: SignIn, now: datetime, name: str, credentials: Mapping[str, Stored]
    ) -> Question:
        allowed = may_try(state, now).allowed
        if not state.mark:
            self.without += 1
        elif not allowed:
            locked = state.locked_until is not None and now < state.locked_until
            self._held[device.id] = Reach.LOCKED_OUT if locked else Reach.REFUSED
        # What is not tried is not judged: the answer says nothing of that password.
        self._states[device.id] = (_place(device), state if allowed else replace(state, mark=""))
        target = Target(
            device.address, device.port, device.scheme, device.fingerprint or None, device.legacy_tls,
            # Both sides must have said it: the centre alone cannot have a password sent readable.
            allow_basic_over_http=device.allow_basic and name in credentials and credentials[name].allow_basic,
            known_not_offered=not_offered({topic: Outcome.NOT_OFFERED for topic in device.not_offered if topic in _TOPICS}),
        )  # fmt: skip
        return Question(device.id, device.site, target, self._login(name, credentials)[0] if allowed else None)

    def _write_ahead(self, states: Mapping[str, SignIn], now: datetime) -> None:
        """Say that a password is tried which the device never accepted, before it is: a killed run does not try it anew."""
        risky = {place: state for place, state in states.items() if is_risky(state) and may_try(state, now).allowed}
        self._ahead.update(risky)
        self.folder.memory.remember({place: replace(state, tried_at=now) for place, state in risky.items()})

    def _login(self, name: str, credentials: Mapping[str, Stored]) -> tuple[Login | None, str]:
        if not name:
            return None, ""
        if name not in self._logins:
            login = self.folder.login(name, credentials[name])
            self._logins[name] = login, self.folder.mark(login)
        return self._logins[name]


_TOPICS: Final = frozenset(str(topic) for topic in Topic)


def _place(device: Listed) -> str:
    return f"{device.address.lower()}:{device.port}"


def _chosen(device: Listed, credentials: Mapping[str, Stored]) -> str:
    """The name of the credential for a device: the site's own word for its address, else the list's, else the only one there is."""
    for name, stored in credentials.items():
        if device.address in stored.places:
            return name
    if device.credential in credentials:
        return device.credential
    return next(iter(credentials)) if len(credentials) == 1 else ""
