"""The doctor's first page, a look that shows each step as it ends (a streamed page: no script is needed), and looks that were made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from licet.doctor.diagnosis import Diagnosis, Result
from licet.doctor.hosts import BadHosts
from licet.doctor.look import KEY, Look
from licet.doctor.read import run_numbered, runs
from licet.doctor.record import diagnosed
from licet.doctor.targets import Wish, look_at, look_at_key
from licet.register.keys import products
from licet.settings import data_folder
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.doctor import words

if TYPE_CHECKING:
    from licet.doctor.models import Run

_HERE: Final = "<!--the steps-->"


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as it is shown."""

    result: Result
    tone: str
    word: str


class LookForm(forms.Form):
    """What to look at."""

    target = forms.CharField(
        label=gettext_lazy("What does not work?"),
        max_length=300,
        help_text=gettext_lazy(
            "A device by name, serial number or address; an address like 10.1.4.20:443; a server or cloud account; a cloud host; a whole site."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    cloud = forms.BooleanField(
        label=gettext_lazy("Also contact the vendor's cloud hosts"),
        required=False,
        help_text=gettext_lazy(
            "To tell whether only the camera network is filtered. Nothing outside is contacted otherwise."
        ),
    )
    quiet = forms.BooleanField(
        label=gettext_lazy("Do not sign in"),
        required=False,
        help_text=gettext_lazy("Otherwise the stored password is tried once, unless the device refused it before."),
    )


def doctor(request: PageRequest) -> HttpResponse:
    """What to look at, what was looked at lately, and the known cases."""
    return _first(request, LookForm(initial={"target": request.GET.get("target", "")[:300]}))


def _first(request: PageRequest, form: LookForm, status: int = 200) -> HttpResponse:
    made = [(row, words.CONFIDENCES.get(row.confidence, row.confidence)) for row in runs(request.actor, request.scope)]
    actor = request.actor
    context = {
        "form": form, "runs": made, "may_look": actor.may_anywhere("sweep"), "may_look_at_keys": actor.may_anywhere("edit_register"),
        "products": products(),
    }  # fmt: skip
    return render(request, "doctor/doctor.html", context, status=status)


@needs("sweep")
@require_POST
def look(request: PageRequest) -> HttpResponseBase:
    """Look, and show each step as it ends."""
    form = LookForm(request.POST)
    if not form.is_valid():
        return _first(request, form, 422)
    asked = form.cleaned_data
    wish = Wish(cloud=asked["cloud"], sign_in=not asked["quiet"], folder=data_folder())
    try:
        found = look_at(request.actor, asked["target"].replace("\x00", ""), wish, timezone.now())
    except (NotPossible, BadHosts) as error:
        form.add_error("target", str(error))
        return _first(request, form, 422)
    return _shown(request, found)


@needs("edit_register")
@require_POST
@sensitive_post_parameters("key")
@sensitive_variables("text")
def look_key(request: PageRequest) -> HttpResponseBase:
    """Look at a licence key. Nothing of it is kept, and it is not shown again."""
    text = request.POST.get("key", "")[:1000].replace("\x00", "")
    product = request.POST.get("product", "")
    known = product if product in dict(products()) else ""
    return _shown(request, look_at_key(request.actor, text, known))


def _shown(request: PageRequest, found: Look) -> StreamingHttpResponse:
    page = render_to_string("doctor/looking.html", {"target": found.target, "here": _HERE}, request)
    response = StreamingHttpResponse(_streamed(request, found, page))
    response["X-Accel-Buffering"] = "no"  # a proxy in front hands each step on at once
    response["Cache-Control"] = "no-store"
    return response


def _streamed(request: PageRequest, found: Look, page: str) -> Iterator[str]:
    before, _here, after = page.partition(_HERE)
    yield before
    made: Diagnosis | None = None
    for piece in diagnosed(request.actor, found):
        if isinstance(piece, Result):
            yield render_to_string("doctor/step.html", {"line": line(piece)})
        elif isinstance(piece, Diagnosis):
            made = piece
            yield "</ol></section>"
            if found.kind == KEY:
                yield render_to_string("doctor/verdict.html", _verdict(made))
        elif made is not None:
            yield render_to_string(
                "doctor/verdict.html", _verdict(made) | {"run": piece, "may_bundle": True, "link": True}
            )
    yield after


def line(result: Result) -> StepLine:
    """A step with its tone and word."""
    return StepLine(result, words.TONES[result.outcome], str(words.OUTCOMES[result.outcome]))


def _verdict(made: Diagnosis) -> dict[str, Any]:
    told = made.verdict
    return {"made": made, "verdict": told, "sure": words.CONFIDENCES.get(told.confidence, told.confidence)}


def run(request: PageRequest, pk: int) -> HttpResponse:
    """A look that was made."""
    found = run_numbered(request.actor, pk)
    if found is None:
        raise Http404
    row, made = found
    context: dict[str, Any] = _verdict(made) | {
        "run": row,
        "kind": words.KINDS.get(row.kind, row.kind),
        "lines": [line(one) for one in made.steps],
        "may_bundle": may(request, row, "sweep"),
        "again": f"{reverse('doctor')}?target={row.target}" if row.kind != "key" else "",
        "title": _("Look at %(target)s") % {"target": row.target},
    }
    return render(request, "doctor/run.html", context)


def may(request: PageRequest, row: "Run", permission: str) -> bool:
    """Whether the reader holds the permission where the run belongs."""
    return request.actor.may(permission, row.site.path) if row.site else request.actor.may_anywhere(permission)
