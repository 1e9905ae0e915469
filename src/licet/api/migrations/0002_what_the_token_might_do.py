from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api", "0001_answers_given_again")]
    operations = [
        migrations.AddField(
            model_name="answer",
            name="held",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        )
    ]
