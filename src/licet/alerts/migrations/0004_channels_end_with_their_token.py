import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0005_tokens_made_by_tokens"),
        ("alerts", "0003_changes_by_webhook"),
    ]
    operations = [
        migrations.AddField(
            model_name="channel",
            name="token",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sites.token"
            ),
        )
    ]
