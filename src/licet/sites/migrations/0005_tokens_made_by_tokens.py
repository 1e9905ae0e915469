import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sites", "0004_tallies_and_networks_of_tokens")]
    operations = [
        migrations.AddField(
            "token",
            "made_by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="made", to="sites.token"
            ),
        )
    ]
