"""How steps, events and states of messages look."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from licet.alerts import words as alert_words
from licet.alerts.dated import RENEWAL, read_key
from licet.alerts.events import KINDS
from licet.web.alerts import words
from licet.web.templatetags.licet import mark

register = template.Library()


@register.filter
def step(code: str) -> str:
    """A step in words."""
    return alert_words.step(code)


@register.filter
def event_title(code: str) -> str:
    """The title of an event."""
    return KINDS[code].title if code in KINDS else code


@register.simple_tag
def message_state(state: str) -> SafeString:
    """Where a message stands, as a chip."""
    return mark(words.TONES.get(state, "unknown"), str(words.STATES.get(state, state)))


@register.simple_tag
def subject_address(key: str) -> str:
    """Where it is explained how it stands with a subject."""
    found: Any = read_key(key)
    if found is None:
        return reverse("alert-days")
    code, pk, _day = found
    return reverse("renewal" if code == RENEWAL else "alert-explain", args=[pk])
