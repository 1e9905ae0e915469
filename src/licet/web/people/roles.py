from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.sites import custom_roles as writes
from licet.sites.policy import EVERYBODY, policy, set_policy
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.people.own import no_token, recently
from licet.web.people.words import PERMISSIONS, role_title


class PermissionsForm(forms.Form):
    """What a role carries."""

    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("Who holds it may"), choices=list(PERMISSIONS.items()), widget=forms.CheckboxSelectMultiple
    )


class RoleForm(PermissionsForm):
    """A new role."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=40,
        help_text=gettext_lazy("Small letters, digits and _, as night_shift. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ("name", "permissions")


class PolicyForm(forms.Form):
    """Who needs a second factor, and how long tokens may last."""

    second_factor_for = forms.MultipleChoiceField(
        label=gettext_lazy("A second factor is needed by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    token_days = forms.IntegerField(label=gettext_lazy("Tokens last at most, in days"), min_value=1, max_value=3650)


@needs("administer")
def roles(request: PageRequest) -> HttpResponse:
    """All roles with what they carry."""
    rows = [(row, role_title(row.name), [PERMISSIONS[word] for word in row.permissions]) for row in writes.all_roles()]
    return render(request, "people/roles.html", {"rows": rows, "everywhere": request.actor.may("administer", "")})


@needs("administer")
@recently
def role_add(request: PageRequest) -> HttpResponse:
    """Make a custom role."""
    _everywhere(request)
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            writes.add_role(request.actor, form.cleaned_data["name"], form.cleaned_data["permissions"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The role is made. Give it to people on their page."))
            return HttpResponseRedirect(reverse("roles"))
    return render(request, "people/role.html", {"form": form, "title": _("New role")})


@needs("administer")
@recently
def role(request: PageRequest, name: str) -> HttpResponse:
    """Change or remove a custom role; who gains and loses what is shown before anything happens."""
    _everywhere(request)
    row = next((one for one in writes.all_roles() if one.name == name and one.custom), None)
    if row is None:
        raise Http404
    removing = request.POST.get("do") == "remove"
    form = PermissionsForm(
        request.POST if request.method == "POST" and not removing else None, initial={"permissions": row.permissions}
    )
    context = {"form": form, "title": role_title(name), "row": row, "removing": removing}
    if request.method == "POST" and (removing or form.is_valid()):
        wanted = None if removing else form.cleaned_data["permissions"]
        if request.POST.get("sure") == "yes":
            return _change(request, name, wanted)
        context |= {"effects": writes.effects(name, wanted), "wanted": wanted, "asked": True}
    return render(request, "people/role.html", context)


def _change(request: PageRequest, name: str, wanted: list[str] | None) -> HttpResponse:
    try:
        if wanted is None:
            writes.remove_role(request.actor, name)
        else:
            writes.change_role(request.actor, name, wanted)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Removed.") if wanted is None else _("Saved."))
    return HttpResponseRedirect(reverse("roles"))


@needs("administer")
@recently
def rules(request: PageRequest) -> HttpResponse:
    """What the installation asks of everybody."""
    _everywhere(request)
    kept = policy()
    form = PolicyForm(
        request.POST or None, initial={"second_factor_for": kept.second_factor_for, "token_days": kept.token_days}
    )
    form.fields["second_factor_for"].choices = [  # type: ignore[attr-defined]
        (EVERYBODY, _("Everybody")),
        *((row.name, role_title(row.name)) for row in writes.all_roles()),
    ]
    if request.method == "POST" and form.is_valid():
        try:
            set_policy(request.actor, **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("policy"))
    return render(request, "people/policy.html", {"form": form})


def _everywhere(request: PageRequest) -> None:
    no_token(request)
    if not request.actor.may("administer", ""):
        raise PermissionDenied
