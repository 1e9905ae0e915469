from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "licet.ledger"
    verbose_name = "Ledger"
