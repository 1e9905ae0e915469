"""The text of a support request, filled in from a diagnosis. Pure; it is masked with the rest of the bundle."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from licet.doctor.diagnosis import Diagnosis, Outcome

_MARK: Final = {Outcome.OK: "ok", Outcome.PROBLEM: "PROBLEM", Outcome.NOTE: "note", Outcome.SKIPPED: "not tried"}


def request_text(
    looks: Sequence[Diagnosis],
    device: Mapping[str, Any],
    server: Mapping[str, Any],
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
) -> str:
    """What to paste into the vendor's form. Gaps that only a person can fill are marked with ____."""
    first = looks[0]
    lines = [
        f"Subject: {first.verdict.title} ({first.target})",
        f"Date: {now:%Y-%m-%d %H:%M} UTC",
        "",
        "What does not work, since when, how often: ____",
        "",
        "What we found",
        f"  {first.verdict.title} (cause: {first.verdict.cause}, confidence: {first.verdict.confidence})",
        *([f"  {first.verdict.detail}"] if first.verdict.detail else []),
        "",
        *_pairs("Device", device),
        *_pairs("Server", server),
    ]
    for number, look in enumerate(looks, 1):
        lines += [f"Looked at from place {number}: {look.vantage}, {look.at:%Y-%m-%d %H:%M} UTC"]
        lines += [f"  {_MARK[one.outcome]:9} {one.title}: {one.detail}" for one in look.steps]
        lines += [""]
    if len(looks) < 2:
        lines += [
            "Looked at from a second place: ____ (licet doctor TARGET --format json > second.json there, then --vantage-file)",
            "",
        ]
    kinds = ", ".join(sorted({str(one.get("kind", "")) for one in documents} - {""}))
    lines += [
        f"Documents we can send: {kinds or '____ (invoice, label photo, licence certificate)'}",
        "Firewall or packet log of the time above: ____",
        "Proxy or firewall on the way (maker, model): ____",
        "",
        "The attached bundle holds the same as data. Its manifest says what was masked; we give the full serial number on request.",
        "",
    ]
    return "\n".join(lines)


def _pairs(title: str, values: Mapping[str, Any]) -> Iterable[str]:
    told = [
        (name, value)
        for name, value in values.items()
        if value not in ("", None, [], {}) and not isinstance(value, dict | list)
    ]
    if not told:
        return []
    return [title, *(f"  {name.replace('_', ' ')}: {_said(value)}" for name, value in told), ""]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
