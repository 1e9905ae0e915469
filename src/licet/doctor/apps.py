from django.apps import AppConfig


class DoctorConfig(AppConfig):
    name = "licet.doctor"
    label = "doctor"
