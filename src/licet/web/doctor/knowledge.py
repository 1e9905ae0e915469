"""The known cases: searched, and one by one."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from licet.doctor.causes import CAUSES
from licet.doctor.knowledge import entry, search
from licet.web.base.asked import PageRequest


def cases(request: PageRequest) -> HttpResponse:
    """Every case that holds all the words."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    return render(request, "doctor/cases.html", {"text": text, "found": search(text)})


def case(request: PageRequest, code: str) -> HttpResponse:
    """One case."""
    found = entry(code)
    if found is None:
        raise Http404
    named = [meant for meant in CAUSES.values() if found.id in meant.knowledge]
    return render(request, "doctor/case.html", {"case": found, "causes": named})
