"""Forms of a site, prefilled from the estate: record of processing (GDPR Art. 30(1)), impact assessment (Art. 35(7)), sign.

What the estate says is offered; what somebody wrote stays. The record of processing and the assessment remain the owner's statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from licet.compliance import catalogue as catalogues
from licet.compliance.judging import facts_at, params_at
from licet.compliance.models import Result, Worksheet
from licet.compliance.purposes import in_use
from licet.estate.models import CloudAccount, Device, Installation
from licet.sites.models import Site
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: its name, title, and the rule that asks for it."""

    name: str
    title: str
    cite: str = ""
    asked: bool = True  # whether the form is unfinished without it


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
    Field(name, title, asked=name in {"controller", "purpose", "contact", "more", "days"})
    for name, title in (
        ("controller", "Controller (name and address)"),
        ("purpose", "Purpose"),
        ("basis", "Legal basis"),
        ("contact", "Contact"),
        ("officer", "Data protection officer"),
        ("more", "Address of the full notice"),
        ("days", "Days that recordings are kept"),
        ("sound", "Sound is recorded (yes or no)"),
        ("biometrics", "Faces are compared (yes or no)"),
        ("cloud", "Reached through a cloud service (yes or no)"),
    )
)
_MOST_PURPOSES: Final = 20
FORMS: Final[dict[str, tuple[Field, ...]]] = {"processing": PROCESSING, "impact": IMPACT, "sign": SIGN}


def sheet(site: Site, form: str) -> tuple[dict[str, str], Worksheet | None]:
    """The fields as last kept, else as a site above or the estate offers them; and the version (None = nobody kept one)."""
    kept = Worksheet.objects.filter(site=site, form=form).select_related("person").order_by("-version").first()
    written = {name: text for name, text in kept.fields.items() if text} if kept else {}
    return {**offered(site, form), **written}, kept


def offered(site: Site, form: str) -> dict[str, str]:
    """What the estate and the sites above say of the fields."""
    return {**_offered(site, form), **_above(site, form)}


def missing(form: str, fields: Mapping[str, str]) -> list[Field]:
    """What a form still lacks: nobody wrote it, and nothing in the estate says it."""
    return [one for one in FORMS[form] if one.asked and not fields.get(one.name, "").strip()]


def _above(site: Site, form: str) -> dict[str, str]:
    """What holds for a whole subtree and was stated at this site for another form, or at a site above: who answers for it."""
    paths = [
        "/" + "/".join(parts) + "/"
        for n in range(1, site.path.count("/"))
        if (parts := site.path.strip("/").split("/")[:n])
    ]
    rows = Worksheet.objects.filter(site__path__in=paths, fields__has_key="controller").select_related("site")
    # The nearest site last, the same form last, the newest last: each takes the place of the one before.
    ordered = sorted(rows.order_by("version"), key=lambda row: (len(row.site.path), row.form == form, row.version))
    found: dict[str, str] = {}
    for row in ordered:
        if text := row.fields.get("controller", "").strip():
            found["controller"] = text
    return found


def versions(site: Site, form: str) -> list[Worksheet]:
    """Every version that was kept, newest first."""
    return list(Worksheet.objects.filter(site=site, form=form).select_related("person").order_by("-version")[:50])


@dataclass(frozen=True, slots=True)
class Estate:
    """What the estate says of a site subtree for a form. ``states`` maps a control to its results."""

    cameras: int
    recorders: int
    software: tuple[str, ...]
    clouds: tuple[str, ...]
    days: int
    sound: bool
    faces: bool
    cloud: bool
    outside: bool | None
    states: Mapping[str, Mapping[str, int]]


def estate(site: Site) -> Estate:
    """Count what is there."""
    found = catalogues.current()
    devices = Device.objects.under(site).filter(retired_at=None)
    kinds = dict(devices.order_by().values_list("kind").annotate(n=Count("id")))
    states: dict[str, dict[str, int]] = {}
    rows = Result.objects.under(site).filter(ended_at=None).order_by()
    for code, result, number in rows.values_list("control", "result").annotate(n=Count("id")):
        states.setdefault(code, {})[result] = number
    return Estate(
        kinds.get("camera", 0), kinds.get("recorder", 0),
        tuple(f"{one.product} {one.version}".strip() for one in Installation.objects.under(site).filter(retired_at=None)[:20]),
        tuple(CloudAccount.objects.under(site).filter(retired_at=None).values_list("platform", flat=True).distinct()[:10]),
        int(params_at([site], found)[site.path]["retention_max_days"]), bool(states.get("FLD-02", {}).get("fail")),
        bool(states.get("BIO-01", {}).get("fail")), devices.filter(ezviz_enabled=True).exists(),
        facts_at([site], found)[site.path].get("role.transfer_third_country"), states,
    )  # fmt: skip


def _offered(site: Site, form: str) -> dict[str, str]:
    here = estate(site)
    stated, without = in_use(site)
    purposes = "; ".join(f"{purpose} ({_cameras(number)})" for purpose, number in list(stated.items())[:_MOST_PURPOSES])
    things = f"{here.cameras} cameras and {here.recorders} recorders at {site.full_name}"
    software = f"; software: {', '.join(here.software)}" if here.software else ""
    clouds = f"Cloud services: {', '.join(here.clouds)}." if here.clouds else ""
    if form == "processing":
        return {
            "controller": "", "purposes": purposes + (f"; of {_cameras(without)} it is not on record" if purposes and without else ""),
            "subjects": "People who enter the filmed areas.",
            "categories": "Video images" + (", sound" if here.sound else "") + (", face templates" if here.faces else "") + f" ({things}{software}).",
            "recipients": clouds, "transfers": _transfers(here.outside),
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
        **{field.name: "" for field in SIGN}, "purpose": "; ".join(list(stated)[:3]), "days": str(here.days), "sound": "yes" if here.sound else "no",
        "biometrics": "yes" if here.faces else "no", "cloud": "yes" if here.cloud else "no",
    }  # fmt: skip


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
    states = here.states.get(code, {})
    met, of = states.get("pass", 0), sum(n for name, n in states.items() if name != "not_applicable")
    return f" ({code}: met on {met} of {of})" if of else ""


def filled(actor: Actor, form: str, scope: Site | None = None) -> list[dict[str, Any]]:
    """The form of every site in scope that has devices, for an export."""
    sites = Site.objects.visible_to(actor).under(scope)
    rows = sites.filter(pk__in=Device.objects.filter(retired_at=None).values("site"))
    found = []
    for site in rows[:2000]:
        fields, kept = sheet(site, form)
        found.append(
            {
                "site": site.full_name,
                **fields,
                "missing": "; ".join(one.title for one in missing(form, fields)),
                "version": kept.version if kept else 0,
                "kept_at": kept.made_at if kept else None,
            }
        )
    return found
