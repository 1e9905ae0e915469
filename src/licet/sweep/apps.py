from django.apps import AppConfig


class SweepConfig(AppConfig):
    name = "licet.sweep"
    label = "sweep"
