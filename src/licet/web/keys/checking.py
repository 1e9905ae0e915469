"""Looking at a key as it was typed, before it is kept; no answer repeats it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from licet.register import keys as read
from licet.register.keys_check import NotAKey, differences, grouped
from licet.register.read import find_licence
from licet.web.base.asked import PageRequest, needs
from licet.web.keys.forms import CompareForm


@needs("edit_register")
@require_POST
@sensitive_post_parameters("key")
@sensitive_variables("text")
def check(request: PageRequest) -> HttpResponse:
    """The findings about the key in the form, as the part of the page that stands beside its field."""
    text = request.POST.get("key", "")
    number = request.POST.get("licence", "")
    known = number.isascii() and number.isdigit() and len(number) < 19
    licence = find_licence(request.actor, int(number), "edit_register") if known else None
    context: dict[str, object] = {}
    if text.strip():
        try:
            found = read.check_key(request.actor, text, licence=licence)
            context = {"found": found, "grouped": grouped(found.findings)}
        except NotAKey as error:
            context = {"wrong": str(error)}
    return render(request, "keys/findings.html", context)


@sensitive_post_parameters("key", "document")
@sensitive_variables("form")
def compare(request: PageRequest) -> HttpResponse:
    """Two texts that should be one key: where they differ, without what stands there."""
    form = CompareForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            length, places = differences(form.cleaned_data["key"], form.cleaned_data["document"])
            context |= {"length": length, "places": places, "marks": [(n, n in places) for n in range(1, length + 1)]}
        except NotAKey as error:
            form.add_error(None, str(error))
    return render(request, "keys/compare.html", context, status=422 if form.errors else 200)
