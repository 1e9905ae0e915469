from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sweep", "0002_collectors")]
    operations = [migrations.AddField("job", "token", models.BigIntegerField(null=True))]
