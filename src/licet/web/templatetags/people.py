"""How roles, second factors and states of people and tokens look."""

from typing import Any

from django import forms, template
from django.utils.safestring import SafeString

from licet.web.people import words
from licet.web.templatetags.licet import mark

register = template.Library()


@register.filter
def role_title(name: str) -> Any:
    """The title of a role."""
    return words.role_title(name)


@register.filter
def permission_title(word: str) -> Any:
    """The title of a permission."""
    return words.PERMISSIONS.get(word, word)


@register.filter
def factor_title(kind: str) -> Any:
    """The title of a kind of second factor."""
    return words.FACTORS.get(kind, kind)


@register.simple_tag
def person_state(state: str) -> SafeString:
    """Active, invited or switched off, as a chip."""
    return mark(words.TONES.get(state, "unknown"), str(words.STATES.get(state, state)))


@register.simple_tag
def token_state(state: str) -> SafeString:
    """Where a token stands, as a chip."""
    return mark(words.TONES.get(state, "unknown"), str(words.TOKEN_STATES.get(state, state)))


@register.filter
def is_ticked(field: forms.BoundField) -> bool:
    """Whether a field is a list of boxes to tick."""
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple)


@register.filter
def is_switch(field: forms.BoundField) -> bool:
    """Whether a field is one box to tick."""
    return isinstance(field.field.widget, forms.CheckboxInput)
