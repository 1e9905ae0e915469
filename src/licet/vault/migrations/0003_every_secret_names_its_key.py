import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_wrapped_keys_apart")]

    operations = [
        migrations.AlterField(
            model_name="secret",
            name="wrapping_key",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="vault.wrappingkey"),
        ),
        migrations.AddIndex(
            model_name="secret",
            index=models.Index(fields=["wrapping_key", "id"], name="vault_secret_key"),
        ),
        migrations.CreateModel(
            name="FingerprintKey",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
                (
                    "wrapping_key",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="vault.wrappingkey"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="fingerprintkey",
            constraint=models.CheckConstraint(condition=Q(("id", 1)), name="vault_one_fingerprint_key"),
        ),
    ]
