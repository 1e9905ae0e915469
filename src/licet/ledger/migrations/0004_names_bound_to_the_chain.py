from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_signed_pseudonymous_and_kept_short")]
    operations = [
        migrations.AddField("name", "salt", models.CharField(blank=True, default="", max_length=32)),
        migrations.AlterField("name", "pseudonym", models.CharField(max_length=40, primary_key=True, serialize=False)),
    ]
