"""What is wrong with an account. Pure.

The rules rest on the duties that regimes name for accounts: default and shared administrators, least privilege, a review at least every
six months, and accounts of those who have left (compliance.md, PCI DSS 7.2.4, 8.2.1, 8.2.2, 8.2.6; cases of shared passwords E02).
"""

from dataclasses import dataclass
from datetime import date

FACTORY = frozenset({"admin", "administrator", "root"})

# code -> (bit, title, what to do)
FLAGS: dict[str, tuple[int, str, str]] = {
    "leaver": (1, "Owner has left", "Remove the account, or give it to somebody who is here."),
    "not_approved": (2, "Not approved", "Find out whose it is and why, then approve or remove it."),
    "undecided": (4, "Nobody has said", "State owner and purpose, and approve or remove it."),
    "shared_admin": (
        8,
        "Shared administrator",
        "Give each device its own password, or each person an account of his own.",
    ),
    "product_admin": (16, "Licet signs in as administrator", "Make an account with reading rights for Licet."),
    "many_admins": (
        32,
        "More administrators than allowed",
        "Lower the rights of those who need less, or raise the limit.",
    ),
    "installer": (64, "Installer without an end", "State until when the installer needs it."),
    "ended": (128, "Past its end", "Its time is over: remove it, or state a new end."),
    "never_reviewed": (256, "Never reviewed", "Review it in a campaign."),
    "overdue": (512, "Review overdue", "Review it in a campaign."),
}


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one account on a day.

    ``shares`` is the number of devices that Licet opens with the same stored password by this
    account's name; 0 = Licet does not sign in with it. ``admins`` counts the administrators beside it, itself included.
    """

    name: str
    admin: bool
    approved: bool | None
    installer: bool
    ends_on: date | None
    reviewed: bool
    due_on: date | None
    left: bool
    shares: int
    admins: int
    max_admins: int


def of(state: State, today: date) -> frozenset[str]:
    """The codes that hold for an account."""
    factory = state.name.casefold() in FACTORY
    found = {
        "leaver": state.left,
        "not_approved": state.approved is False,
        "undecided": state.approved is None,
        "shared_admin": factory and state.shares > 1,
        "product_admin": state.shares > 0 and (factory or state.admin),
        "many_admins": state.admin and state.admins > state.max_admins,
        "installer": state.installer and state.ends_on is None,
        "ended": state.ends_on is not None and state.ends_on < today,
        "never_reviewed": not state.reviewed,
        "overdue": state.due_on is not None and state.due_on < today,
    }
    return frozenset(code for code, holds in found.items() if holds)


def bits(codes: frozenset[str]) -> int:
    """The codes as one number."""
    return sum(FLAGS[code][0] for code in codes)


def codes(number: int) -> list[str]:
    """The codes in a number, worst first."""
    return [code for code, (bit, _, _) in FLAGS.items() if number & bit]


def is_admin(level: str, name: str) -> bool:
    """Whether a level of rights is that of an administrator; a factory name without a level counts as one."""
    said = level.casefold()
    return "admin" in said or "owner" in said or (not said and name.casefold() in FACTORY)
