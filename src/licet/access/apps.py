from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "licet.access"
    verbose_name = "Access"
