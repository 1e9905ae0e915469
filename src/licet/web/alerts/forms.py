import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licet.sites.models import Site
from licet.sites.roles import PERMISSIONS
from licet.sites.scope import Actor
from licet.web.alerts import words

_HOURS = [(str(hour), f"{hour:02d}:00") for hour in range(24)]


class PlaceForm(forms.Form):
    """A form about a site, or about everywhere where the actor may that."""

    site = forms.ChoiceField(label=_("Place"), required=False)

    def __init__(self, actor: Actor, permission: str, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        found = [
            (str(pk), name)
            for pk, name in Site.objects.visible_to(actor, permission).values_list("id", "full_name")[:2000]
        ]
        everywhere = [("", _("Everywhere"))] if actor.may(permission, "") else []
        self.fields["site"].choices = [*everywhere, *found]  # type: ignore[attr-defined]

    def place(self) -> Site | None:
        """The site that was chosen; None = everywhere."""
        return Site.objects.filter(pk=self.cleaned_data["site"]).first() if self.cleaned_data["site"] else None


class RuleForm(PlaceForm):
    """A rule for others, or for oneself."""

    event = forms.ChoiceField(label=_("Tell of"), choices=words.PATTERNS, initial="licence.*")
    severity = forms.ChoiceField(label=_("From"), choices=list(words.SEVERITIES.items()), initial="info")
    who = forms.ChoiceField(label=_("To"))
    way = forms.ChoiceField(label=_("By"))
    at_once = forms.BooleanField(label=_("At once, not in the digest"), required=False)
    field_order = ["event", "severity", "site", "who", "way", "at_once"]

    def __init__(
        self, actor: Actor, channels: list[tuple[str, str]], people: list[tuple[str, str]], *given: Any, **named: Any
    ) -> None:
        super().__init__(actor, "view", *given, **named)
        administers = actor.may_anywhere("administer")
        own = [("me", _("Me"))] if actor.person is not None else []
        held: list[tuple[str, Any]] = [
            (f"may:{word}", _("All who may %(word)s") % {"word": word.replace("_", " ")})
            for word in sorted(PERMISSIONS)
        ]
        others: list[tuple[str, Any]] = [(f"person:{pk}", name) for pk, name in people if pk != str(actor.person)]
        shared: list[tuple[str, Any]] = [("channel", _("Nobody by name: the channel alone"))] if channels else []
        self.fields["who"].choices = [*own, *(held + shared + others if administers else [])]  # type: ignore[attr-defined]
        self.fields["way"].choices = [("mail", _("E-mail")), *channels]  # type: ignore[attr-defined]


class StepsForm(PlaceForm):
    """The steps of a place."""

    before = forms.CharField(
        label=_("Days before"),
        help_text=_("With commas between, as 90, 60, 30, 14, 7, 1."),
        initial="90, 60, 30, 14, 7, 1",
        max_length=200,
    )
    repeat = forms.IntegerField(
        label=_("Once it has passed, every … days"),
        help_text=_("0 = one notice only. Not daily."),
        initial=7,
        min_value=0,
        max_value=366,
    )

    def __init__(self, actor: Actor, *given: Any, **named: Any) -> None:
        super().__init__(actor, "administer", *given, **named)

    def clean_before(self) -> list[int]:
        """The numbers."""
        parts = re.split(r"[,;\s]+", str(self.cleaned_data["before"]).strip(", ;"))
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            raise forms.ValidationError(_("Write days with commas between, as 90, 60, 30."))
        return [int(part) for part in parts]


class ChannelForm(PlaceForm):
    """A webhook or a service. The address is never written back into a page."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("webhook", _("Webhook")), ("apprise", _("Service (Apprise)"))])
    url = forms.CharField(
        label=_("Address"),
        help_text=_(
            "Of a webhook https://…; of a service its Apprise address, as slack://… or ntfy://…. It is sealed and not shown again."
        ),
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    allow_plain = forms.BooleanField(label=_("Allow a webhook without TLS"), required=False)
    field_order = ["name", "kind", "url", "site", "allow_plain"]

    def __init__(self, actor: Actor, *given: Any, **named: Any) -> None:
        super().__init__(actor, "administer", *given, **named)


class MailForm(forms.Form):
    """Where mail is handed over. An empty password leaves the one that is kept."""

    host = forms.CharField(label=_("Mail server"), max_length=200)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label=_("Security"),
        choices=[
            ("starttls", _("STARTTLS (usual with port 587)")),
            ("tls", _("TLS (usual with port 465)")),
            ("none", _("None")),
        ],
    )
    sender = forms.EmailField(label=_("Sender"), help_text=_("The address that messages come from."))
    username = forms.CharField(
        label=_("User name"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"), help_text=_("Empty = as it is."), required=False, strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> "MailForm":
        """The form with what is kept, without the password."""
        if row is None:
            return cls()
        names = ("host", "port", "security", "sender", "username")
        return cls(initial={name: getattr(row, name) for name in names})


class AddressForm(forms.Form):
    """Where people reach the pages."""

    public_url = forms.CharField(
        label=_("Address of these pages"),
        help_text=_("As https://licet.example.org; for links in messages. Empty = no links."),
        max_length=200,
        required=False,
    )


class HoursForm(forms.Form):
    """When somebody wants to hear."""

    digest_hour = forms.ChoiceField(label=_("Digest at"), choices=_HOURS)
    weekly = forms.BooleanField(label=_("On Mondays only"), required=False)
    quiet_from = forms.ChoiceField(label=_("Quiet from"), choices=[("", _("no quiet hours")), *_HOURS], required=False)
    quiet_to = forms.ChoiceField(label=_("Quiet to"), choices=[("", "–"), *_HOURS], required=False)
    critical_breaks = forms.BooleanField(label=_("What is critical comes in quiet hours, too"), required=False)

    @classmethod
    def of(cls, row: Any) -> "HoursForm":
        """The form with what is kept."""
        shown = {name: getattr(row, name) for name in cls.base_fields}
        return cls(
            initial={
                name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
                for name, value in shown.items()
            }
        )


class LinkForm(PlaceForm):
    """A private calendar."""

    name = forms.CharField(label=_("Name"), help_text=_("As “phone”."), max_length=100)
    field_order = ["name", "site"]

    def __init__(self, actor: Actor, *given: Any, **named: Any) -> None:
        super().__init__(actor, "view", *given, **named)
        field = self.fields["site"]
        sites = [one for one in field.choices if one[0]]  # type: ignore[attr-defined]
        field.choices = [("", _("All my sites")), *sites]  # type: ignore[attr-defined]
