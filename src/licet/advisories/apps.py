from django.apps import AppConfig


class AdvisoriesConfig(AppConfig):
    name = "licet.advisories"
    verbose_name = "Advisories"
