from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "licet.audits"
    verbose_name = "Audits"
