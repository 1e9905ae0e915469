"""Forms of something new at a site where who asks edits the estate."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from licet.sites.models import Site
from licet.sites.read import sites
from licet.web.base.asked import PageRequest


class AtSiteForm(forms.Form):
    """Something new at a site where the actor edits the estate."""

    site = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int)

    def __init__(self, data: Any, request: PageRequest) -> None:
        super().__init__(data, initial={"site": request.scope.pk} if request.scope else None)
        self._sites = {row.pk: row for row in sites(request.actor) if request.actor.may("edit_estate", row.path)}
        field: Any = self.fields["site"]
        field.choices = [(pk, row.full_name) for pk, row in self._sites.items()]

    def clean_site(self) -> Site:
        """The site itself."""
        return self._sites[self.cleaned_data["site"]]
