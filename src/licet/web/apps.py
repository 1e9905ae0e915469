from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "licet.web"
    verbose_name = "Web"
