from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "licet.compliance"
    label = "compliance"
