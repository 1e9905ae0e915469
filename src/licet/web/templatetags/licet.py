"""How values look on every page: status chips, times, dates, numbers, codes."""

import re
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licet.authorization.rights import title_of
from licet.sites.paging import Counted
from licet.web.base import charts, words

register = template.Library()
_DATED = re.compile(r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+\d\d:\d\d|Z))?)(?![\w-])")
DASH = mark_safe('<span class="none" aria-hidden="true">–</span>')


@register.simple_tag
def status(code: str, note: str = "") -> SafeString:
    """A status as word, shape and colour; ``note`` is its reason, shown on hover and focus of what it stands in."""
    return _chip(code, words.title(words.STATUSES, code), note)


@register.simple_tag
def reach(code: str, reason: str = "") -> SafeString:
    """How the last asking of a device ended."""
    return _chip(words.REACH_TONES.get(code, "unknown"), words.title(words.REACHES, code), words.plain(reason))


@register.simple_tag
def licence_state(code: str) -> SafeString:
    """Where a licence stands in its term."""
    return _chip(words.LICENCE_TONES.get(code, "unknown"), words.title(words.LICENCE_STATES, code))


@register.simple_tag
def mark(tone: str, text: str) -> SafeString:
    """Any other word in a status' shape and colour."""
    return _chip(tone, text)


def _chip(tone: str, text: Any, note: str = "") -> SafeString:
    extra = format_html(' title="{}"', note) if note else ""
    return format_html(
        '<span class="chip s-{}"{}><svg class="shape" aria-hidden="true"><use href="{}#{}"/></svg>{}</span>',
        tone,
        extra,
        static("base/status.svg"),
        tone,
        text,
    )


@register.filter
def called(code: Any, kind: str) -> Any:
    """The title of a code of one word list, for example ``{{ row.kind|called:"DEVICE_KINDS" }}``."""
    return words.title(getattr(words, kind), code if code is not None else "")


@register.filter
def right(code: str) -> str:
    """The title of a right."""
    return title_of(code)


@register.filter
def metric(code: str) -> str:
    """A metric in plain words."""
    return words.plain(code)


@register.filter
def number(value: Any) -> str:
    """A number with its thousands apart; a count that stopped at its cap says so."""
    if isinstance(value, Counted):
        return f"{intcomma(value.number)}{'+' if value.capped else ''}"
    return intcomma(value) if value is not None else ""


@register.filter
def unlimited(value: int | None) -> str:
    """A quantity, where None means without limit."""
    return _("unlimited") if value is None else intcomma(value)


@register.filter
def day(value: date | None) -> SafeString:
    """A calendar day, the same to everybody; a dash where there is none."""
    if value is None:
        return DASH
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "j M Y"))


@register.filter
def deed(action: str) -> str:
    """An action of the record in words: "register:licences:added" -> "Licences added"."""
    return action.partition(":")[2].replace(":", " ").replace("_", " ").capitalize() or action


@register.filter
def moment(value: datetime | None) -> SafeString:
    """An instant with its zone: the reader's own where it is set, else UTC, which the page's script makes local."""
    if value is None:
        return DASH
    return _time(value, _absolute(value), "")


@register.filter
def ago(value: datetime | None) -> SafeString:
    """How long ago something was, with the instant on hover."""
    if value is None:
        return DASH
    now = timezone.now()
    text = (
        _("just now")
        if (now - value).total_seconds() < 60
        else _("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    )
    return _time(value, text, _absolute(value))


def _absolute(value: datetime) -> str:
    local = timezone.localtime(value)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname() or ''}"


def _time(value: datetime, text: str, title: str) -> SafeString:
    kind = "" if timezone.get_current_timezone_name() != "UTC" else mark_safe(" data-local")
    extra = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<time datetime="{}"{}{}>{}</time>', value.astimezone(UTC).isoformat(timespec="seconds"), kind, extra, text
    )


@register.filter
def instant_text(value: str) -> SafeString:
    """An instant given as ISO text, as facts and the record carry it; other text as it is."""
    try:
        return day(date.fromisoformat(value)) if len(value) == 10 else moment(datetime.fromisoformat(value))
    except (ValueError, TypeError):
        return format_html("{}", value)


@register.filter
def told(text: str) -> SafeString:
    """A sentence whose days and instants are shown as everywhere else."""
    parts = _DATED.split(text)
    return format_html_join(
        "", "{}", ((instant_text(part) if place % 2 else part,) for place, part in enumerate(parts))
    )


@register.filter
def place(full_name: str) -> str:
    """The last level of a site's full name; the whole is in the title beside it."""
    return full_name.rsplit(" / ", 1)[-1]


@register.filter
def days_left(value: int | None) -> str:
    """Days to a last day, in words."""
    if value is None:
        return ""
    if value < 0:
        return ngettext("%(n)s day ago", "%(n)s days ago", -value) % {"n": intcomma(-value)}
    if value == 0:
        return _("today")
    return ngettext("in %(n)s day", "in %(n)s days", value) % {"n": intcomma(value)}


@register.filter
def fact(value: Any) -> SafeString:
    """A fact's JSON value as a list of names and values; what was not said is left out."""
    if not isinstance(value, dict):
        return _plain(value)
    said = [(key, part) for key, part in value.items() if part not in (None, "", [], {})]
    if not said:
        return format_html('<span class="muted">{}</span>', _("nothing said"))
    return format_html(
        '<dl class="pairs">{}</dl>',
        format_html_join(
            "", "<div><dt>{}</dt><dd>{}</dd></div>", ((words.plain(key), _plain(part)) for key, part in said)
        ),
    )


def _plain(value: Any) -> SafeString:
    if isinstance(value, bool):
        return format_html("{}", _("yes") if value else _("no"))
    if isinstance(value, list):
        if all(isinstance(part, (str, int)) for part in value):
            return format_html("{}", ", ".join(str(part) for part in value[:20]))
        return format_html("{}", ngettext("%(n)s entry", "%(n)s entries", len(value)) % {"n": len(value)})
    if isinstance(value, dict):
        true = [words.plain(key) for key, part in value.items() if part is True]
        text = ", ".join(true[:12]) + (" …" if len(true) > 12 else "")
        return format_html("{}", text or ngettext("%(n)s entry", "%(n)s entries", len(value)) % {"n": len(value)})
    return format_html("{}", value)


@register.simple_tag
def capacity(demanded: int, entitled: int | None) -> SafeString:
    """A pool's bar: used, free, over."""
    return charts.capacity(demanded, entitled)
