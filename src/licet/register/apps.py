from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "licet.register"
    verbose_name = "Register"
