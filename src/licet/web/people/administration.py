"""The people whom an administrator looks after: list, invitation, one person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.sites import overseen, read
from licet.sites import people as writes
from licet.sites.custom_roles import all_roles
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.session import end_sessions
from licet.sites.session import sessions as sessions_of
from licet.sites.token import find_token, revoke_token, tokens
from licet.web.base.asked import PageRequest, needs, number_in, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.people import factors
from licet.web.people.own import ask_again, no_token, recently
from licet.web.people.words import STATES, role_title

COLUMNS = (
    Column(gettext_lazy("Person"), "username"),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Roles")),
    Column(gettext_lazy("Last sign-in"), "last_login", "p2"),
)


@needs("administer")
def people(request: PageRequest) -> HttpResponse:
    """The people as a list."""
    query = Query(request)
    page, total = read.people(request.actor, _wanted(request, query))
    titles = {row.name: role_title(row.name) for row in all_roles()}
    listing = Listing(
        title=_("People"),
        noun=ngettext("person", "people", total.number),
        query=query,
        groups=[query.chips(_("State"), "state", STATES, None), query.chips(_("Role"), "role", titles, None)],
        headings=query.headings(COLUMNS, "username"),
        page=page,
        rows=list(page.rows),
        total=total,
        row_template="people/rows.html",
        placeholder=_("User name, name or mail address"),
        export="/people/export/",
        picks=True,
        empty=_("Nobody has a role in your sites yet."),
    )
    return render(
        request,
        "base/listing.html" if wants_part(request) else "people/people.html",
        {"list": listing, "everywhere": request.actor.may("administer", "")},
    )


@needs("administer")
def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = ["id", "username", "full_name", "email", "state", "roles", "last_login"]
    rows = read.every_person(request.actor, _wanted(request, Query(request)))
    cells = (
        (
            row.id, row.username, row.full_name, row.email, row.state,
            "; ".join(f"{role} at {site or 'all sites'}" for role, site in row.roles),
            row.last_login.isoformat(timespec="seconds") if row.last_login else "",
        )
        for row in rows
    )  # fmt: skip
    return csv_response(request, "people", headings, cells)


class RoleForm(forms.Form):
    """A role in a subtree; the choices are those the asker may give."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    site = forms.ChoiceField(label=gettext_lazy("Where"), help_text=gettext_lazy("It holds there and below."))

    def __init__(self, request: PageRequest, *given: Any) -> None:
        super().__init__(*given)
        actor = request.actor
        sites = list(Site.objects.visible_to(actor, "administer"))
        self._sites = {str(site.pk): site for site in sites}
        everywhere = [("", _("All sites"))] if actor.may("administer", "") else []
        self.fields["site"].required = not everywhere
        self.fields["site"].choices = [*everywhere, *((str(site.pk), site.full_name) for site in sites)]  # type: ignore[attr-defined]
        if request.scope is not None:
            self.fields["site"].initial = str(request.scope.pk)
        names = writes.grantable_anywhere(actor, [*([None] if everywhere else []), *sites])
        self.fields["role"].choices = [(row.name, role_title(row.name)) for row in all_roles() if row.name in names]  # type: ignore[attr-defined]

    def place(self) -> Site | None:
        """The chosen site; None = everywhere."""
        return self._sites.get(self.cleaned_data["site"])


class InviteForm(RoleForm):
    """Who is invited, and with which role."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    full_name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("Mail address"), required=False)
    field_order = ("username", "full_name", "email", "role", "site")


@needs("administer")
@recently
def invite(request: PageRequest) -> HttpResponse:
    """Add a person; the one-time link is shown once, to be handed over."""
    no_token(request)
    form = InviteForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person, token = writes.invite(
                request.actor, given["username"], role=given["role"], site=form.place(),
                full_name=given["full_name"], email=given["email"],
            )  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _link(request, person, token)
    return render(request, "people/invite.html", {"form": form})


@needs("administer")
def person(request: PageRequest, pk: int) -> HttpResponse:
    """One person: roles, sessions, tokens, and switching him off."""
    no_token(request)
    found = read.find_person(request.actor, pk)
    if found is None:
        raise Http404
    if request.method == "POST":
        return ask_again(request) or _do(request, found)
    actor = request.actor
    roles = [
        (row, role_title(row.role), actor.may("administer", row.site.path if row.site else ""))
        for row in overseen.roles(actor).filter(person=found).select_related("site").order_by("role", "site__full_name")
    ]
    context = {
        "person": found,
        "state": next((row.state for row in read.every_person(actor, read.PeopleFilter(ids=(pk,)))), "active"),
        "roles": roles,
        "form": RoleForm(request),
        "manages": writes.may_manage(actor, found),
        "factors": factors.factors(found),
        "sessions": sessions_of(found) if overseen.wholly(actor).filter(pk=found.pk).exists() else [],
        "tokens": tokens(actor, found),
        "myself": actor.person == found.pk,
    }
    return render(request, "people/person.html", context)


def _do(request: PageRequest, found: Person) -> HttpResponse:
    """What the buttons of a person's page do."""
    asked = request.POST.get("do", "")
    try:
        if asked == "link":
            return _link(request, found, writes.invite_again(request.actor, found))
        done = _DOES[asked](request, found) if asked in _DOES else ""
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, done)
    return HttpResponseRedirect(reverse("person", args=[found.pk]))


def _give(request: PageRequest, found: Person) -> str:
    form = RoleForm(request, request.POST)
    if not form.is_valid():
        raise NotPossible(_("Choose a role and a place that are in the lists."))
    writes.give_role(request.actor, found, form.cleaned_data["role"], form.place())
    return _("The role is given.")


def _take(request: PageRequest, found: Person) -> str:
    number = request.POST.get("membership", "")
    row = overseen.roles(request.actor).filter(person=found, pk=number_in(number)).first()
    if row is None:
        raise NotPossible(_("This person does not have this role there."))
    writes.take_role(request.actor, found, row.role, row.site)
    return _("The role is taken away.")


def _off(request: PageRequest, found: Person) -> str:
    writes.deactivate(request.actor, found)
    return _("Switched off. Sessions and tokens have ended.")


def _on(request: PageRequest, found: Person) -> str:
    writes.activate(request.actor, found)
    return _("Switched on again.")


def _without_factors(request: PageRequest, found: Person) -> str:
    if not writes.may_manage(request.actor, found):
        raise NotPossible(_("You may not do this for this person."))
    factors.remove_all(found, request.actor)
    end_sessions(request.actor, found, reason="second factors removed")
    return _("All second factors are removed; the next sign-in needs the password alone.")


def _sessions(request: PageRequest, found: Person) -> str:
    return _("Sessions ended: %(n)s.") % {"n": end_sessions(request.actor, found)}


def _token(request: PageRequest, found: Person) -> str:
    number = request.POST.get("token", "")
    row = find_token(request.actor, number_in(number))
    if row is None or row.person_id != found.pk:
        raise NotPossible(_("There is no such token."))
    revoke_token(request.actor, row)
    return _("The token is revoked.")


_DOES = {
    "give": _give,
    "take": _take,
    "off": _off,
    "on": _on,
    "factors": _without_factors,
    "sessions": _sessions,
    "token": _token,
}


def _link(request: PageRequest, person: Person, token: str) -> HttpResponse:
    address = request.build_absolute_uri(reverse("invitation", args=[token]))
    return render(request, "people/link.html", {"person": person, "address": address})


def _wanted(request: PageRequest, query: Query) -> read.PeopleFilter:
    return read.PeopleFilter(
        text=query.text,
        roles=query.many("role", [row.name for row in all_roles()]),
        states=query.many("state", STATES),
        site=request.scope,
        ids=query.numbers("id"),
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
