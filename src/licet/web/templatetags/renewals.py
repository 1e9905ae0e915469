"""How states of renewals and amounts of money look."""

from decimal import Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from licet.renewals.usage import Money
from licet.web.renewals import words
from licet.web.templatetags.licet import DASH, mark

register = template.Library()


@register.simple_tag
def renewal_state(state: str) -> SafeString:
    """How far a renewal is, as a chip."""
    return mark(words.TONES.get(state, "unknown"), str(words.STATES.get(state, state)))


@register.filter
def money(amount: Decimal) -> str:
    """An amount with its thousands apart and its cents."""
    whole, _point, cents = f"{amount:.2f}".partition(".")
    return f"{intcomma(int(whole))}.{cents}"


@register.simple_tag
def cost(found: Money) -> SafeString:
    """Amounts by currency, a line each, and how much has no price."""
    lines = [f"{money(amount)} {currency}" for currency, amount in found.amounts]
    if found.unknown:
        lines.append(
            ngettext("%(n)s without price", "%(n)s without price", found.unknown) % {"n": intcomma(found.unknown)}
        )
    if not lines:
        return DASH
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
