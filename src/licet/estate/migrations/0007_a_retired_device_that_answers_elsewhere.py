from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("estate", "0006_engine_slots"),
    ]

    operations = [
        migrations.AddField(model_name="device", name="claims", field=models.BigIntegerField(null=True)),
    ]
