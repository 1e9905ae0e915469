from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "licet.api"
    label = "api"
