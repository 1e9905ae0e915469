"""Activation and sign-in: one conversation with at most one try, and none where a refusal or a lock is remembered (invariant 1)."""

from typing import Final

from licet.doctor.diagnosis import Confidence
from licet.doctor.look import DEVICE, Look
from licet.doctor.step import Seen, Step, fine, left_out, note, problem
from licet.wire.facts import Outcome, Reach, Report, Topic
from licet.wire.isapi.client import Target, ask
from licet.wire.transport import Limits, Transport

_TOPICS: Final = frozenset(
    {
        Topic.ACTIVATION,
        Topic.DEVICE_INFO,
        Topic.TIME,
        Topic.EZVIZ,
        Topic.ISUP,
        Topic.USER_CHECK,
        Topic.STORAGE,
        Topic.LOGIN_LOCK,
    }
)
_POLICY: Final = {
    "address_not_asked": "address_not_asked",
    "tls_outdated": "tls_outdated",
    "certificate_changed": "certificate_changed",
    "plain_http_on_tls_port": "tls_not_spoken",
}
_REMEMBERED: Final = frozenset({"password_refused_before", "device_locked"})


async def _run(look: Look) -> Seen | None:
    place = look.place
    if place is None or not look.addresses:
        return left_out("no address of it is known")
    target = Target(
        look.addresses[0],
        place.port,
        "https" if place.tls else "http",
        look.fingerprint or None,
        look.legacy_tls,
        look.allow_basic,
    )
    limits = Limits(
        connect_seconds=look.patience.connect, answer_seconds=look.patience.answer, talk_seconds=look.patience.step - 5
    )
    async with Transport(concurrency=1, limits=limits) as transport:
        look.report = report = await ask(target, transport, look.login, _TOPICS)
    return judge(report, look.no_login, look.remembered)


def judge(report: Report, no_login: str, remembered: str) -> Seen:
    """What the conversation says of activation and sign-in."""
    match report.reach:
        case Reach.ANSWERED:
            busy = report.facts and any(one.outcome is Outcome.REFUSED for one in report.asked)
            return (
                note("signed in, but later questions were refused", "session_limit")
                if busy
                else fine("activated; the one sign-in was accepted")
            )
        case Reach.NOT_ACTIVATED:
            return problem("not_activated", "the device says that no administrator password has been set")
        case Reach.REFUSED:
            left = f"; {report.tries_left} tries are left" if report.tries_left is not None else ""
            return problem("password_refused", f"the device refused the stored password (one try{left})")
        case Reach.LOCKED_OUT:
            left = (
                f"for another {report.locked_seconds // 60 + 1} minutes"
                if report.locked_seconds
                else "for a time it does not tell"
            )
            return problem("device_locked", f"the device is locked {left}")
        case Reach.POLICY:
            return problem(_POLICY.get(report.reason, "sign_in_not_allowed"), report.detail or report.reason)
        case Reach.NO_CREDENTIAL:
            if remembered in _REMEMBERED:
                return problem(remembered, no_login)
            if _unreadable(report):
                return problem("device_unreadable", "what answers there is not a Hikvision device's activation page")
            if _no_page(report):
                return problem(
                    "device_unreadable", "what answers there has no activation page: it is no Hikvision device, or older than about 2015",
                    confidence=Confidence.LOW, stops=False,
                )  # fmt: skip
            return left_out(f"reached; no sign-in was tried: {no_login or 'no credential is stored for it'}")
        case _:
            return problem("http_silent" if report.reason != "unreadable" else "device_unreadable", report.detail)


def _unreadable(report: Report) -> bool:
    return any(one.topic is Topic.ACTIVATION and one.outcome is Outcome.UNREADABLE for one in report.asked)


def _no_page(report: Report) -> bool:
    """Whether the activation page is missing altogether; one that asks for a log-in is there."""
    return any(
        one.topic is Topic.ACTIVATION and one.outcome is Outcome.NOT_OFFERED and one.status not in {None, 401}
        for one in report.asked
    )


STEP = Step("sign_in", "Activation and sign-in", 70, frozenset({DEVICE}), _run)
