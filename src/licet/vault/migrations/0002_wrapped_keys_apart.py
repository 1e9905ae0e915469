import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Of what was sealed as one text: version (1) · nonce of the wrap and wrapped key (60) · nonce and ciphertext.
_WRAPPED = slice(1, 61)
_BATCH = 1000


def part(apps, schema_editor):
    """Put each wrapped data key beside its ciphertext; which key wrapped it is found out when it is first used."""
    secrets = apps.get_model("vault", "Secret")
    if not secrets.objects.exists():
        return
    key = apps.get_model("vault", "WrappingKey").objects.create(name=None, state="active")
    rows = []
    for row in secrets.objects.order_by("id").iterator(chunk_size=_BATCH):
        whole = bytes(row.sealed)
        row.wrapping_key_id, row.wrapped, row.sealed = key.pk, whole[_WRAPPED], whole[:1] + whole[_WRAPPED.stop :]
        rows.append(row)
        if len(rows) == _BATCH:
            _keep(secrets, rows)
            rows = []
    _keep(secrets, rows)


def _keep(secrets, rows):
    secrets.objects.bulk_update(rows, ["wrapping_key", "wrapped", "sealed"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="WrappingKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, null=True, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("retiring", "Retiring"), ("retired", "Retired")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="wrappingkey",
            constraint=models.UniqueConstraint(
                condition=Q(("state", "active")), fields=("state",), name="vault_one_active"
            ),
        ),
        migrations.AddField(
            model_name="secret",
            name="wrapping_key",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="vault.wrappingkey"),
        ),
        migrations.AddField(
            model_name="secret", name="wrapped", field=models.BinaryField(default=b""), preserve_default=False
        ),
        migrations.RunPython(part, migrations.RunPython.noop),
    ]
