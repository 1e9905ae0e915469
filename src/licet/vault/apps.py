from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "licet.vault"
    verbose_name = "Vault"
