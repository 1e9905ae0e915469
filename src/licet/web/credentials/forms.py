from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.estate.credential_read import every_credential, usable_credentials
from licet.estate.credential_record import LONGEST
from licet.web.base.asked import PageRequest
from licet.web.base.at_site import AtSiteForm

if TYPE_CHECKING:
    from licet.estate.models import Credential
    from licet.sites.scope import Actor

_HIDDEN: Final = {"autocomplete": "new-password"}


def titled(row: "Credential") -> str:
    """A credential in a choice: its name, user name and site."""
    return f"{row.name} ({row.username}) · {row.site.full_name}"


def choices(actor: "Actor") -> tuple[bool, list[tuple[str, str]]]:
    """Whether there is any credential, and each as a choice."""
    found = [
        (str(row.id), f"{row.name} ({row.username}) · {row.site}")
        for row in every_credential(actor, permission="edit_estate")
    ]
    return bool(found), found


def _password(label: Any, **said: Any) -> forms.CharField:
    """A password; what was typed is never sent back."""
    return forms.CharField(label=label, max_length=500, strip=False, widget=forms.PasswordInput(attrs=_HIDDEN), **said)


def _username() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("User name"), max_length=LONGEST, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("As on the devices; better an account of its own than admin."),
    )  # fmt: skip


class NewForm(AtSiteForm):
    """A credential to be added."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST, help_text=gettext_lazy("What it is called here, as: cameras."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    username = _username()
    password = _password(
        gettext_lazy("Password"), help_text=gettext_lazy("It is sealed in the vault and never shown again.")
    )
    use = forms.BooleanField(
        label=gettext_lazy("Give it to the site's devices that have none"), required=False, initial=True
    )
    field_order = ("name", "site", "username", "password", "use")


class PasswordForm(forms.Form):
    """Another password, and a user name where that changes too."""

    username = _username()
    password = _password(
        gettext_lazy("New password"),
        help_text=gettext_lazy("Also where only the user name changes. Each device that refused the old one may be tried once again."),
    )  # fmt: skip


class RemoveForm(forms.Form):
    """What the devices have then."""

    instead = forms.ChoiceField(label=gettext_lazy("Its devices get instead"), required=False)

    def __init__(self, data: Any, request: PageRequest, row: "Credential") -> None:
        super().__init__(data)
        self._others = {
            str(one.pk): one for one in usable_credentials(request.actor, row.site) if one.pk != row.pk
        }  # fmt: skip
        field: Any = self.fields["instead"]
        field.choices = [("", _("None")), *((pk, titled(one)) for pk, one in self._others.items())]

    def clean_instead(self) -> "Credential | None":
        """The credential itself."""
        return self._others.get(self.cleaned_data["instead"])
