from django.apps import AppConfig


class AuthorizationConfig(AppConfig):
    name = "licet.authorization"
    verbose_name = "Authorization"
