from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "licet.sites"
    verbose_name = "Sites"
