"""How answers, severities and reasons of advisories look, and a device's own part of them."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from licet.advisories import read, words
from licet.web.templatetags.licet import mark

register = template.Library()
TONES = {
    "affected": "unlicensed",
    "possibly_affected": "expiring",
    "cannot_tell": "unknown",
    "not_affected": "authorized",
    "no_rule": "not_required",
}
STATES = {"done": "authorized", "updated_still_asked": "grace", "open": "expiring"}
STATE_WORDS = {"done": "Done", "updated_still_asked": "Updated, still asked for", "open": "Open"}


@register.simple_tag
def answer(code: str) -> SafeString:
    """An answer as word, shape and colour."""
    return mark(TONES.get(code, "unknown"), str(words.ANSWERS.get(code, code)))


@register.simple_tag
def severity(code: str, score: float | None = None) -> SafeString:
    """A severity with its score; the two worst stand out by weight and colour, and always by their word."""
    text = f"{words.SEVERITIES.get(code, code)}{f' {score:.1f}' if score is not None else ''}"
    if code in {"critical", "high"}:
        return format_html('<strong class="bad nowrap">{}</strong>', text)
    return format_html('<span class="nowrap">{}</span>', text)


@register.simple_tag
def exploited() -> SafeString:
    """That a vulnerability is in the catalogue of known exploited ones."""
    return mark("over_capacity", _("Known exploited"))


@register.simple_tag
def plan_state(code: str) -> SafeString:
    """Where an item of a plan stands."""
    return mark(STATES.get(code, "unknown"), _(STATE_WORDS.get(code, code)))


@register.filter
def reason(code: str) -> str:
    """Why an answer was given."""
    return str(words.REASONS.get(code, code.replace("_", " ")))


@register.filter
def named(code: str, kind: str) -> Any:
    """The title of a code in one word list of the advisories, for example ``{{ kind|named:"FEEDS" }}``."""
    return getattr(words, kind).get(code, code)


@register.filter
def share(value: float | None) -> str:
    """A chance as a percentage."""
    return "" if value is None else f"{value * 100:.1f} %"


@register.inclusion_tag("updates/of_device.html", takes_context=True)
def updates_of(context: dict[str, Any], pk: int) -> dict[str, Any]:
    """The part "Firmware and known vulnerabilities" of a device's page."""
    return {"found": read.of_device(context["request"].actor, pk), "request": context["request"]}
