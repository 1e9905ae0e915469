from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sites", "0003_views_of_lists")]
    operations = [
        migrations.AddField("token", "networks", models.JSONField(default=list)),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("until", models.BigIntegerField(db_index=True)),
            ],
            options={"verbose_name_plural": "tallies"},
        ),
    ]
