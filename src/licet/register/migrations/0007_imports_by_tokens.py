from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0006_documents_about_devices_and_accounts")]
    operations = [migrations.AddField("importrun", "token", models.BigIntegerField(null=True))]
