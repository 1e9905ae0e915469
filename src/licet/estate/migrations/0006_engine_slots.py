import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("estate", "0005_tries_said_ahead"),
    ]

    operations = [
        migrations.CreateModel(
            name="EngineSlots",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total", models.PositiveSmallIntegerField()),
                ("used", models.PositiveSmallIntegerField()),
                ("source", models.CharField(max_length=80)),
                ("observed_at", models.DateTimeField()),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="engine_slots", to="estate.device"
                    ),
                ),
            ],
        ),
    ]
