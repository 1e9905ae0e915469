from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0005_changes_of_many")]

    operations = [
        migrations.AlterField(
            model_name="documentlink",
            name="about",
            field=models.CharField(
                choices=[
                    ("licence", "Licence"),
                    ("order", "Order"),
                    ("site", "Site"),
                    ("installation", "Installation"),
                    ("device", "Device"),
                    ("account", "cloud account"),
                ],
                max_length=12,
            ),
        )
    ]
