"""Titles of the words of accounts and campaigns."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from licet.access.flags import FLAGS
from licet.access.read import AccountRow, ItemRow

FLAG_TITLES: dict[str, Any] = {code: _(title) for code, (_bit, title, _remedy) in FLAGS.items()}
KINDS: dict[str, Any] = {"device": _("Device"), "installation": _("Software installation"), "cloud": _("Cloud account")}
APPROVALS: dict[str, Any] = {"yes": _("Yes"), "no": _("No"), "unsaid": _("Nobody has said")}
STATES: dict[str, Any] = {
    "open": _("To be decided"),
    "keep": _("Keep"),
    "remove": _("Remove"),
    "change": _("Change"),
    "to_do": _("Still to be done"),
}
ITEM_STATES: dict[str, Any] = STATES | {"removed": _("Removed"), "changed": _("Changed")}
STATE_TONES = {
    "open": "unknown", "keep": "authorized", "remove": "unlicensed", "change": "expiring", "removed": "not_required",
    "changed": "not_required",
}  # fmt: skip
_BAD = frozenset({"leaver", "not_approved", "shared_admin", "ended"})
_UNSAID = frozenset({"undecided", "never_reviewed"})


@dataclass(frozen=True, slots=True)
class Flag:
    """What is wrong, as a chip: tone, title, what to do."""

    tone: str
    title: Any
    remedy: Any


@dataclass(frozen=True, slots=True)
class Shown:
    """An account as a page draws it, with the campaign's decision where it is one of a campaign."""

    row: AccountRow
    kind: Any
    flags: tuple[Flag, ...]
    item: ItemRow | None = None
    state: Any = ""
    tone: str = ""


def shown(row: AccountRow) -> Shown:
    """An account with its words."""
    kinds = {1: KINDS["device"], 3: KINDS["installation"], 4: KINDS["cloud"]}
    return Shown(row, kinds.get(row.subject_type, ""), tuple(_flag(code) for code in row.flags))


def shown_item(item: ItemRow) -> Shown:
    """An account of a campaign with its words."""
    plain = shown(item.account)
    return Shown(plain.row, plain.kind, plain.flags, item, ITEM_STATES[item.state], STATE_TONES[item.state])


def _flag(code: str) -> Flag:
    tone = "unlicensed" if code in _BAD else "unknown" if code in _UNSAID else "expiring"
    return Flag(tone, FLAG_TITLES[code], _(FLAGS[code][2]))
