import json

from django.db import migrations


def mend(apps, _editor):
    """What an audit between audits wrote of a moved finding was a text of JSON instead of its figures."""
    findings = apps.get_model("audits", "Finding")
    for row in findings.objects.only("params").iterator(chunk_size=2000):
        if isinstance(row.params, str):
            findings.objects.filter(pk=row.pk).update(params=json.loads(row.params))


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_kinds_of_subjects_and_progress_of_runs")]

    operations = [migrations.RunPython(mend, migrations.RunPython.noop)]
