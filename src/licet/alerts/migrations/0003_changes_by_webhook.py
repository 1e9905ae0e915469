import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_rules_to_begin_with")]
    operations = [
        migrations.CreateModel(
            name="ChangeFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("parts", models.JSONField(default=list)),
                ("seq", models.BigIntegerField()),
                ("period", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="alerts.channel"
                    ),
                ),
            ],
        )
    ]
