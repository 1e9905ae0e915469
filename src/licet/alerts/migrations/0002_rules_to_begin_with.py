from django.db import migrations
from django.utils import timezone

RULES = (
    (["licence.*", "renewal.*"], 1, "edit_register", False),
    (["authorization.*", "device.*", "sweep.*"], 3, "administer", False),
    (["key.asked"], 1, "approve_reveal", True),
    (["key.*", "sign_in.*", "record.*", "alerts.*"], 3, "administer", True),
)


def add_rules(apps, schema_editor):
    """Somebody hears of everything grave from the first day, as soon as there is a mail server; each rule can be changed or removed."""
    rule = apps.get_model("alerts", "AlertRule")
    if rule.objects.exists():
        return
    now = timezone.now()
    rule.objects.bulk_create(
        rule(events=events, severity=severity, permission=permission, at_once=at_once, created_at=now)
        for events, severity, permission, at_once in RULES
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_who_hears_of_what")]
    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
