from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "licet.alerts"
    label = "alerts"
