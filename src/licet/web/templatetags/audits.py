"""How severities and states of audits look."""

from django import template
from django.utils.safestring import SafeString

from licet.web.audits import words
from licet.web.templatetags.licet import mark

register = template.Library()


@register.simple_tag
def severity(code: str) -> SafeString:
    """A severity as word, shape and colour."""
    return mark(words.SEVERITY_TONES.get(code, "unknown"), words.SEVERITIES.get(code, code))


@register.simple_tag
def run_state(code: str) -> SafeString:
    """How a run stands."""
    return mark(*words.RUN_STATES.get(code, ("unknown", code)))


@register.simple_tag
def waiver_state(code: str) -> SafeString:
    """How a waiver stands."""
    return mark(*words.WAIVER_STATES.get(code, ("unknown", code)))


@register.filter
def severity_title(code: str) -> object:
    """The word for a severity."""
    return words.SEVERITIES.get(code, code)
