import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_purposes_of_channels")]

    operations = [
        migrations.AddField(
            model_name="waiver",
            name="renews",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.waiver"
            ),
        ),
    ]
