"""Where one can go: the sections of the rail and the pages of each, as data. A page shows itself to whom its permission is given somewhere."""

from dataclasses import dataclass, field
from functools import cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a section: ``name`` is its address's name, ``below`` are further path beginnings that belong to it."""

    title: str | Promise
    name: str
    permission: str = "view"
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the rail."""

    title: str | Promise
    icon: str
    places: tuple[Place, ...]


SECTIONS = (
    Section(_("Overview"), "squares-2x2", (Place(_("Overview"), "overview"),)),
    Section(
        _("Estate"),
        "video-camera",
        (
            Place(_("Devices"), "estate"),
            Place(_("Credentials"), "credentials"),
            Place(_("Software"), "installations"),
            Place(_("Cloud"), "cloud"),
            Place(_("Access"), "access"),
            Place(_("Jobs"), "jobs"),
            Place(_("Collectors"), "collectors"),
            Place(_("Sites"), "sites"),
        ),
    ),
    Section(
        _("Licences"),
        "key",
        (
            Place(_("Licences"), "licences"),
            Place(_("Pools"), "pools"),
            Place(_("Orders"), "orders"),
            Place(_("Keys"), "keys"),
            Place(_("Documents"), "documents"),
            Place(_("Renewals"), "renewals"),
            Place(_("What if"), "what-if"),
            Place(_("Imports"), "imports", "edit_register"),
        ),
    ),
    Section(_("Authorizations"), "check-badge", (Place(_("Authorizations"), "authorizations"),)),
    Section(
        _("Audits"),
        "clipboard-document-check",
        (
            Place(_("Audits"), "audits"),
            Place(_("Findings"), "findings"),
            Place(_("Waivers"), "waivers"),
            Place(_("Rules"), "audit-rules"),
        ),
    ),
    Section(
        _("Compliance"),
        "scale",
        (
            Place(_("Compliance"), "compliance"),
            Place(_("Results"), "compliance-results"),
            Place(_("Controls"), "compliance-controls"),
            Place(_("Waivers"), "compliance-waivers"),
            Place(_("Questions"), "compliance-questions"),
            Place(_("Limits"), "compliance-limits"),
            Place(_("Named makers"), "compliance-named"),
            Place(_("Purposes"), "compliance-purposes"),
            Place(_("Requests"), "compliance-requests"),
            Place(_("Timeline"), "compliance-timeline"),
        ),
    ),
    Section(
        _("Updates"),
        "arrow-path",
        (
            Place(_("Updates"), "updates"),
            Place(_("What to do"), "update-plans"),
            Place(_("Advisories"), "advisories"),
            Place(_("Affected devices"), "exposures"),
            Place(_("Behind recorders"), "behind-recorders"),
            Place(_("Not covered"), "uncovered"),
            Place(_("Firmware"), "firmware"),
            Place(_("End of support"), "support-dates"),
            Place(_("Statements"), "vex-statements"),
        ),
    ),
    Section(_("Doctor"), "lifebuoy", (Place(_("Doctor"), "doctor"),)),
    Section(
        _("Settings"),
        "cog-6-tooth",
        (
            Place(_("People"), "people", "administer"),
            Place(_("Notifications"), "alerts"),
            Place(_("Record"), "record", "ledger"),
        ),
    ),
)

NAMES = frozenset(place.name for section in SECTIONS for place in section.places)


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the rail or of a section's pages."""

    title: str | Promise
    icon: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """The rail, and the pages of the section that is open (none where there is one page only)."""

    rail: list[Entry] = field(default_factory=list)
    pages: list[Entry] = field(default_factory=list)


@cache
def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _lies_in(path: str, place: Place) -> int:
    """How much of the path the place covers; 0 = it is elsewhere. The longest cover is where one is."""
    beginnings = [_address(place.name) or "", *place.below]
    return max(
        (len(one) for one in beginnings if one and (path == one or (one != "/" and path.startswith(one)))), default=0
    )


def navigation(path: str, actor: Actor) -> Navigation:
    """The links for this reader at this place."""
    found = Navigation()
    here = max(
        ((_lies_in(path, place), section, place) for section in SECTIONS for place in section.places),
        key=lambda one: one[0],
    )
    for section in SECTIONS:
        open_here = here[0] > 0 and here[1] is section
        places = [place for place in section.places if actor.may_anywhere(place.permission) and _address(place.name)]
        if not places:
            continue
        found.rail.append(Entry(section.title, section.icon, _address(places[0].name) or "", open_here))
        if open_here and len(places) > 1:
            found.pages.extend(Entry(place.title, "", _address(place.name) or "", here[2] is place) for place in places)
    return found
