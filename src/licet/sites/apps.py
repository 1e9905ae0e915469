from importlib import import_module

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "licet.sites"
    verbose_name = "Sites"

    def import_models(self) -> None:
        """Load the tables of all modules."""
        super().import_models()
        import_module("licet.sites.access_models")
        import_module("licet.sites.view_models")
