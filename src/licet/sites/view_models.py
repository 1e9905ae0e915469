"""Tables of how people look at lists: views kept under a name, and which columns somebody wants."""

from django.db import models

from licet.sites.models import Person, Site


class SavedView(models.Model):
    """A list with its filters and columns under a name. ``site`` null = the person's own, else for everybody in that subtree."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views")
    place = models.CharField(max_length=200)  # the list's path, /licences/
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)  # without the leading ?
    hidden = models.JSONField(default=list)  # numbers of the columns that are left out, the first is 1
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "place", "name"], name="saved_view_once")]
        indexes = [models.Index(fields=["place", "name"], name="saved_view_place")]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """The columns of one list that somebody leaves out."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="list_columns")
    place = models.CharField(max_length=200)
    hidden = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "place"], name="list_columns_once")]

    def __str__(self) -> str:
        return f"columns of {self.place}"
