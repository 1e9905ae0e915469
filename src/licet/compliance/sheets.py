"""Forms of a site, prefilled from the estate: record of processing (GDPR Art. 30(1)), impact assessment (Art. 35(7)), sign.

What the estate says is offered; what somebody wrote stays. The record of processing and the assessment remain the owner's statement.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from licet.compliance import catalogue as catalogues
from licet.compliance.controls import RESULTS
from licet.compliance.estates import Estate, at_or_above, estates, paths_above
from licet.compliance.judging import facts_at
from licet.compliance.models import Worksheet
from licet.compliance.signs import Sign, law_of, sign
from licet.compliance.words import RESULT_TITLES
from licet.estate.models import Device
from licet.sites.models import Site
from licet.sites.paging import Asked, Counted, Page, counted, page
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: its name, title, and the rule that asks for it."""

    name: str
    title: str
    cite: str = ""
    asked: bool = True  # whether the form is unfinished without it
    choice: bool = False  # whether it is yes or no


PROCESSING: Final = (
    Field("controller", "Controller, representative, data protection officer", "Art. 30(1)(a)"),
    Field("purposes", "Purposes", "Art. 30(1)(b)"),
    Field("subjects", "Whom it is about", "Art. 30(1)(c)"),
    Field("categories", "Categories of data", "Art. 30(1)(c)"),
    Field("recipients", "Recipients", "Art. 30(1)(d)"),
    Field("transfers", "Transfers to third countries and their safeguards", "Art. 30(1)(e)"),
    Field("time_limits", "Time limits for erasure", "Art. 30(1)(f)"),
    Field("security", "Security measures", "Art. 30(1)(g), 32(1)"),
)
IMPACT: Final = (
    Field("description", "What is done, where, why, and with what", "Art. 35(7)(a)"),
    Field("necessity", "Why it is needed, what lesser means were looked at", "Art. 35(7)(b)"),
    Field("risks", "Risks to people", "Art. 35(7)(c)"),
    Field("measures", "Measures against each risk", "Art. 35(7)(d)"),
    Field("dpo_advice", "Advice of the data protection officer", "Art. 35(2)"),
    Field("views", "Views of those who are filmed", "Art. 35(9)"),
    Field("outcome", "Outcome, date, next review; prior consultation where risk stays high", "Art. 35(11), 36"),
)
SIGN: Final = tuple(
    Field(name, title, asked=name not in {"basis", "officer"}, choice=name in {"sound", "biometrics", "cloud"})
    for name, title in (
        ("controller", "Controller (name and address)"),
        ("purpose", "Purpose"),
        ("basis", "Legal basis"),
        ("contact", "Contact (whom to ask: telephone, e-mail or address)"),
        ("officer", "Data protection officer"),
        ("more", "Address of the full notice"),
        ("days", "Days that recordings are kept"),
        ("sound", "Sound is recorded"),
        ("biometrics", "Faces are compared"),
        ("cloud", "Recordings can be reached through a cloud service"),
    )
)
_MOST_PURPOSES: Final = 20
STATES: Final = ("kept", "open")
FORMS: Final[dict[str, tuple[Field, ...]]] = {"processing": PROCESSING, "impact": IMPACT, "sign": SIGN}


def sheet(site: Site, form: str) -> tuple[dict[str, str], Worksheet | None]:
    """The fields as last kept, else as a site above or the estate offers them; and the version (None = nobody kept one)."""
    return sheets([site], form, site)[site.path]


def sheets(sites: Sequence[Site], form: str, scope: Site | None) -> dict[str, tuple[dict[str, str], Worksheet | None]]:
    """Path of each of these sites, all at or below ``scope``, -> its form. As many queries for one as for many."""
    below = Site.objects.filter(path__startswith=scope.path).values("pk") if scope else None
    rows = _newest(form) if below is None else _newest(form).filter(site__in=below)
    kept = {row.site_id: row for row in rows}
    prefilled = _offered_at(sites, form, scope)
    found: dict[str, tuple[dict[str, str], Worksheet | None]] = {}
    for site in sites:
        row = kept.get(site.pk)
        written = {name: text for name, text in row.fields.items() if text} if row else {}
        found[site.path] = {**prefilled[site.path], **written}, row
    return found


def offered(site: Site, form: str) -> dict[str, str]:
    """What the estate and the sites above say of the fields."""
    return _offered_at([site], form, site)[site.path]


def said(site: Site, form: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What somebody says in a form that he was shown: what is only offered stays an offer, which follows the estate and the sites above."""
    prefilled = offered(site, form)
    return {name: text for name, text in fields.items() if text.strip() != prefilled.get(name, "").strip()}


def _offered_at(sites: Sequence[Site], form: str, scope: Site | None) -> dict[str, dict[str, str]]:
    stated, found = _controllers(form, scope), estates(sites, scope)
    return {one.path: {**_offered(one, found[one.path], form), **_above(one, stated)} for one in sites}


def missing(form: str, fields: Mapping[str, str]) -> list[Field]:
    """What a form still lacks: nobody wrote it, and nothing in the estate says it."""
    return [one for one in FORMS[form] if one.asked and not fields.get(one.name, "").strip()]


def _controllers(form: str, scope: Site | None) -> dict[tuple[str, bool], str]:
    """(Path of a site, whether it was stated for this form) -> who answers for the processing there and below, as last stated."""
    said = Worksheet.objects.filter(at_or_above(scope), fields__has_key="controller").order_by("version")
    rows = said.values_list("site__path", "form", KeyTextTransform("controller", "fields"))
    return {(path, of == form): text.strip() for path, of, text in rows if (text or "").strip()}


def _above(site: Site, stated: Mapping[tuple[str, bool], str]) -> dict[str, str]:
    """What the nearest site says, that was stated for this form before what was for another."""
    for path in reversed(paths_above(site.path)):
        for same in (True, False):
            if (path, same) in stated:
                return {"controller": stated[path, same]}
    return {}


def drawn(site: Site, language: str) -> Sign:
    """The sign of a site in one language, with the rights of the law that holds there."""
    facts = facts_at([site], catalogues.current())[site.path]
    return sign(language, sheet(site, "sign")[0], law_of(facts))


def versions(site: Site, form: str) -> list[Worksheet]:
    """Every version that was kept, newest first."""
    return list(Worksheet.objects.filter(site=site, form=form).select_related("person").order_by("-version")[:50])


def _offered(site: Site, here: Estate, form: str) -> dict[str, str]:
    stated, without = here.purposes.most_common(_MOST_PURPOSES), here.cameras_in_use - here.purposes.total()
    purposes = "; ".join(f"{purpose} ({_cameras(number)})" for purpose, number in stated)
    things = f"{here.kinds['camera']} cameras and {here.kinds['recorder']} recorders at {site.full_name}"
    software = f"; software: {', '.join(here.software)}" if here.software else ""
    clouds = f"Cloud services: {', '.join(here.clouds)}." if here.clouds else ""
    if form == "processing":
        return {
            "controller": "", "purposes": purposes + (f"; of {_cameras(without)} it is not on record" if purposes and without else ""),
            "subjects": _subjects(here.facts), "categories": f"{_categories(here)} ({things}{software}).",
            "recipients": clouds, "transfers": _transfers(here.facts.get("role.transfer_third_country")),
            "time_limits": f"Policy: at most {here.days} days{_measured(here, 'RET-01')}.",
            "security": " ".join(
                f"{title}{_measured(here, code)}."
                for code, title in (("ACC-01", "Own passwords"), ("NET-01", "HTTPS"), ("VUL-01", "No known exploited hole"), ("ACC-04", "Login lock"))
            ),
        }  # fmt: skip
    if form == "impact":
        return {
            "description": f"{things}{software}. {clouds}".strip(), "necessity": "", "risks": "",
            "measures": " ".join(
                f"{title}{_measured(here, code)}."
                for code, title in (("RET-01", "Retention limit set"), ("FLD-01", "Privacy masks"), ("FLD-02", "Sound off"), ("NET-05", "Cloud off unless approved"))
            ),
            "dpo_advice": "", "views": "", "outcome": "",
        }  # fmt: skip
    return {
        **{field.name: "" for field in SIGN}, "purpose": "; ".join(purpose for purpose, _number in stated[:3]), "days": str(here.days), "sound": _yes_or_no(here.used("FLD-02")),
        "biometrics": _yes_or_no(here.used("BIO-01")), "cloud": _yes_or_no(here.cloud),
    }  # fmt: skip


def _yes_or_no(value: bool | None) -> str:
    """What cannot be told is left open: a sign that says nothing of sound says that there is none."""
    return "" if value is None else "yes" if value else "no"


def _subjects(facts: Mapping[str, bool | None]) -> str:
    """Whom the cameras film, as far as the questions were answered."""
    who = ["people who enter the filmed areas"]
    if facts.get("site.workplace"):
        who.append("employees at work")
    if facts.get("site.public_area"):
        who.append("passers-by where the public may go")
    return f"{'; '.join(who).capitalize()}."


def _categories(here: Estate) -> str:
    told = {"sound": here.used("FLD-02"), "face templates": here.used("BIO-01")}
    found = ["video images", *(name for name, value in told.items() if value)]
    open_ = [name for name, value in told.items() if value is None]
    return ", ".join(found).capitalize() + (f"; not known: {', '.join(open_)}" if open_ else "")


def _cameras(number: int) -> str:
    return "1 camera" if number == 1 else f"{number} cameras"


def _transfers(outside: bool | None) -> str:
    return (
        {True: "Footage or metadata can be reached from outside: name country, tool and measures.", False: "None."}.get(
            outside, ""
        )
        if outside is not None
        else ""
    )


def _measured(here: Estate, code: str) -> str:
    states = here.states.get(code, Counter())
    of = sum(n for name, n in states.items() if name != "not_applicable")
    # What is not met is told apart: ten that cannot be told are not ten that fall short.
    rest = [name for name in RESULTS if name not in {"pass", "not_applicable"} and states[name]]
    apart = "".join(f", {RESULT_TITLES[name].lower()} on {states[name]}" for name in rest)
    return f" ({code}: met on {states['pass']} of {of}{apart})" if of else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFilter(Asked):
    """Which sites' forms; ``states``: filled in by somebody (kept), or only prefilled (open)."""

    form: str
    states: tuple[str, ...] = ()
    sort: str = "full_name"


def listed(actor: Actor, wanted: SheetFilter) -> tuple[Page[Site], dict[int, Worksheet]]:
    """A page of the sites in scope; and the newest version of each site of the page that has one."""
    rows = _matching(actor, wanted)
    found = page(rows, "full_name", descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return found, {row.site_id: row for row in _newest(wanted.form).filter(site__in=found.rows)}


def sheet_facets(actor: Actor, wanted: SheetFilter) -> tuple[Counted, dict[str, Counted]]:
    """How many sites match; how many of each state there are, with the other filters as they are."""
    states = {state: counted(_matching(actor, replace(wanted, states=(state,)))) for state in STATES}
    return counted(_matching(actor, wanted)), states


def _matching(actor: Actor, wanted: SheetFilter) -> QuerySet[Site]:
    rows = Site.objects.visible_to(actor).under(wanted.site)
    if text := wanted.text.strip()[:100]:
        rows = rows.filter(full_name__icontains=text)
    if len(wanted.states) == 1:
        kept = Exists(Worksheet.objects.filter(site=OuterRef("pk"), form=wanted.form))
        rows = rows.filter(kept if wanted.states[0] == "kept" else ~kept)
    return rows


def _newest(form: str) -> QuerySet[Worksheet]:
    newest = Worksheet.objects.filter(site=OuterRef("site"), form=form).order_by("-version").values("version")[:1]
    return Worksheet.objects.filter(form=form, version=Subquery(newest)).select_related("person")


def filled(actor: Actor, wanted: SheetFilter) -> list[dict[str, Any]]:
    """The form of every site that matches and has devices or was filled in, for an export."""
    used = Q(pk__in=Device.objects.filter(retired_at=None).values("site"))
    used |= Q(pk__in=Worksheet.objects.filter(form=wanted.form).values("site"))
    rows = list(_matching(actor, wanted).filter(used))
    forms = sheets(rows, wanted.form, wanted.site)
    found = []
    for site in rows:
        fields, kept = forms[site.path]
        found.append(
            {
                "site": site.full_name,
                **fields,
                "missing": "; ".join(one.title for one in missing(wanted.form, fields)),
                "version": kept.version if kept else 0,
                "kept_at": kept.made_at if kept else None,
            }
        )
    return found
