"""What was stated of advisories, and its export as VEX."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from licet.advisories import statements as stated
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.base.export import note_export
from licet.web.base.lists import Query


def statements(request: PageRequest) -> HttpResponse:
    """The statements in scope, newest first."""
    query = Query(request)
    rows = stated.statements(request.actor, site=request.scope, now=datetime.now(UTC))
    text = query.text.lower()
    rows = [
        one
        for one in rows
        if text in f"{one[0].advisory.code} {one[0].model} {one[0].reason} {one[0].site.full_name}".lower()
    ]
    context = {
        "rows": rows[:500],
        "number": len(rows),
        "text": query.text,
        "may_withdraw": request.actor.may_anywhere("review"),
        "host": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "updates/statements.html", context)


@require_POST
@needs("review")
def withdraw(request: PageRequest, pk: int) -> HttpResponse:
    """Withdraw one."""
    row = stated.statement(request.actor, pk)
    if row is None:
        raise Http404
    try:
        stated.withdraw_statement(request.actor, row, request.POST.get("reason", "")[:1000], now=datetime.now(UTC))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The statement is withdrawn."))
    return HttpResponseRedirect(reverse("vex-statements"))


def export(request: PageRequest) -> HttpResponse:
    """The statements that stand as a CSAF VEX or OpenVEX document; the page again where there is none."""
    query = Query(request)
    kind = "openvex" if query.one("as") == "openvex" else "csaf"
    publisher = query.one("publisher") or "The estate's owner"
    now = datetime.now(UTC)
    try:
        found = stated.export(
            request.actor, kind, publisher=publisher, namespace=f"{request.scheme}://{request.get_host()}", number="", now=now,
            site=request.scope,
        )  # fmt: skip
    except ValueError:
        messages.info(request, _("No statement stands that covers a device, so there is nothing to export."))
        return statements(request)
    note_export(request, f"vex-{kind}", len(found.get("statements") or found.get("vulnerabilities") or []))
    name = f"licet-{kind}-{now:%Y-%m-%d}.json"
    return JsonResponse(
        found, json_dumps_params={"indent": 2, "ensure_ascii": False}, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip
