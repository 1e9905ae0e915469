from django.apps import AppConfig


class EstateConfig(AppConfig):
    name = "licet.estate"
    verbose_name = "Estate"
