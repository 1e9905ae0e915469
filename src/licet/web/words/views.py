from django.http import HttpResponse
from django.shortcuts import render

from licet.web.base.asked import PageRequest
from licet.web.base.words import MEANINGS, WORST_FIRST


def words(request: PageRequest) -> HttpResponse:
    """What the words of the pages mean."""
    return render(request, "words/words.html", {"statuses": [(code, MEANINGS[code]) for code in WORST_FIRST]})
