from django.apps import AppConfig


class RenewalsConfig(AppConfig):
    name = "licet.renewals"
    label = "renewals"
