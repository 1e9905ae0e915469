"""What messages and pages say of a subject, of an event, and of why something was not told."""

from typing import Any

from licet.alerts.events import KINDS
from licet.authorization import words as decided
from licet.authorization.rights import title_of

NOT_SENT: dict[str, str] = {
    "no_rule": "No rule tells anybody of this here.",
    "not_allowed": "The rule names somebody who may not see this site.",
    "no_address": "No e-mail address is known for this person, who enters it under “Your account”.",
    "no_mail_server": "No mail server is set. An administrator does that on the page “Mail server”, or by: licet alerts mail",
    "channel_off": "The channel is switched off.",
    "channel_failing": "It is in the outbox; the channel is failing and tried again.",
    "acknowledged": "It was acknowledged.",
    "snoozed": "It is snoozed.",
    "quiet_hours": "It waits for the end of the quiet hours.",
    "waits_for_digest": "It waits for the next digest.",
    "already_sent": "This step was sent.",
    "queued": "It is in the outbox.",
    "dead": "It could not be delivered and waits in the outbox to be sent again.",
    "not_yet": "Its first step is still to come.",
    "due_now": "It is told at the next tick.",
    "resolved": "Nothing is open: it was renewed, returned, replaced or has no such day.",
}


def days(left: int) -> str:
    """How far a day is, in words."""
    if left == 0:
        return "today"
    if left == 1:
        return "tomorrow"
    if left > 1:
        return f"in {left} days"
    return "yesterday" if left == -1 else f"{-left} days ago"


def step(code: str) -> str:
    """A step in words."""
    side, _dash, number = code.partition("-")
    return f"{number} {'day' if number == '1' else 'days'} {side}"


def dated(code: str, title: str, day: str, left: int) -> str:
    """The sentence of a subject with a day."""
    if code == "licence.ends":
        return f"{title}: {'its last day is' if left >= 0 else 'it ended on'} {day} ({days(left)})"
    if code == "licence.maintenance_ends":
        return f"{title}: maintenance {'ends on' if left >= 0 else 'ended on'} {day} ({days(left)}); the right to use stays"
    if code == "licence.notice":
        within = (
            f"decide within {left} {'day' if left == 1 else 'days'}"
            if left > 0
            else "decide today"
            if left == 0
            else "the day to decide has passed"
        )
        return f"{title}: {within} ({day})"
    if code == "request.due":
        return f"Request {title}: the answer {'is due on' if left >= 0 else 'was due on'} {day} ({days(left)})"
    return f"{title}: the renewal {'is due on' if left >= 0 else 'was due on'} {day} ({days(left)})"


def late(number: int, passed: str) -> str:
    """What is said where a step comes later than it should."""
    text = f"this notice was due {number} {'day' if number == 1 else 'days'} earlier" if number else ""
    steps = [step.split("-")[1] for step in passed.split(",") if step]
    if steps:
        text += f"{'; ' if text else ''}the {'notice' if len(steps) == 1 else 'notices'} of {', '.join(steps)} days before could not be sent"
    return text


def happened(code: str, count: int, data: dict[str, Any], subject: str) -> str:
    """The sentence of an event; ``subject`` is the first thing it is about, "" where there is none."""
    if code.startswith(("authorization.", "device.")) and "right" in data:
        status = decided.STATUS_WORDS.get(code.split(".")[1], "")
        more = f" and {count - 1} more" if count > 1 else ""
        became = f" became {status.lower()}" if status and code.startswith("authorization.") else ""
        why = decided.sentence(data.get("reason", ""), {}) if code.startswith("device.") else ""
        return f"{subject or 'a member'}{more}: {title_of(data['right'])}{became}{f'. {why}' if why else ''}".rstrip(
            "."
        )
    if code == "sweep.failures":
        parts = [f"{data[name]} {name.replace('_', ' ')}" for name in _FAILED if data.get(name)]
        return f"Of {data.get('asked', 0)} devices asked: {', '.join(parts)}"
    if code == "sign_in.refused":
        return f"{data.get('tries', 1)} failed sign-ins ({data.get('object', '')})"
    if code == "record.broken":
        return f"The record does not verify: {data.get('why', '')}"
    if code == "alerts.channel_failing":
        return f"{data.get('channel', '')} has been failing: {data.get('why', '')}"
    return f"{KINDS[code].title} ({data.get('object', '')}, entry {data.get('entry', '')} of the record)"


_FAILED = ("unreachable", "refused", "locked_out", "not_activated", "policy")
