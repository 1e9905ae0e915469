from django.apps import AppConfig


class RenewalsConfig(AppConfig):
    name = "licet.renewals"
    label = "renewals"

    def ready(self) -> None:
        """Let the owner of a renewal be set for many licences at once."""
        from licet.register.bulk_parts import PARTS  # noqa: PLC0415 - models are there only now
        from licet.renewals.record import OWNER  # noqa: PLC0415

        PARTS["renewal_owner"] = OWNER
