"""The page that takes a device's verification code. It never gives one back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from licet.estate import codes, read
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs


class CodeForm(forms.Form):
    """The code, as the label of the device says."""

    code = forms.CharField(
        label=gettext_lazy("Verification code"),
        max_length=codes.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "From the label of the device, or from its menu. It is sealed in the vault and never shown again."
        ),
    )


@needs("edit_estate")
@sensitive_post_parameters("code")
@sensitive_variables("form")
def verification_code(request: PageRequest, pk: int) -> HttpResponse:
    """Keep the code, in the place of the one before, or take it out."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back = reverse("device", args=[pk])
    removing = request.method == "POST" and "remove" in request.POST
    form = CodeForm(request.POST if request.method == "POST" and not removing else None)
    if removing or (request.method == "POST" and form.is_valid()):
        try:
            if removing:
                codes.remove_code(request.actor, row)
                messages.success(request, _("The code is taken out of the vault."))
            else:
                codes.keep_code(request.actor, row, form.cleaned_data["code"], now=timezone.now())
                messages.success(request, _("The code is sealed in the vault."))
            return HttpResponseRedirect(back)
        except NotPossible as error:
            form = CodeForm() if removing else form
            messages.error(request, str(error)) if removing else form.add_error(None, str(error))
    context = {"form": form, "row": row, "kept_at": codes.kept_at(pk), "back": back}
    return render(request, "estate/code.html", context, status=422 if form.errors else 200)
