"""Installations of their own for the tests: filled, read whole and driven by the real command, each in a process of its own."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
SECRET = "Kd7-Zx91-Nordlicht"


def environment(folder, database=""):
    found = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    found |= {"LICET_DATA": str(folder), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return found | ({"DATABASE_URL": database} if database else {})


def licet(folder, *arguments, database="", code=0, text=None):
    """The real command; asserts the exit code and that no traceback is shown. What it said on stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "licet", *map(str, arguments)],
        env=environment(folder, database), capture_output=True, text=True, check=False, input=text, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stderr)
    return done.stderr


def inside(folder, function, database=""):
    """What a function of this module says, in a process of that installation."""
    program = (
        "import json, django\nfrom licet.settings import use\nuse()\ndjango.setup()\n"
        f"from tests.upkeep import world\nprint(json.dumps(world.{function}()))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment(folder, database), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def filled():
    """An estate with secrets, documents, deleted rows and every kind of column."""
    from django.core.management import call_command
    from django.db import transaction
    from tests.web.estate_factory import build

    from licet.ledger import checkpoint
    from licet.register.catalogue import load_catalogue
    from licet.register.documents import add_document
    from licet.register.life_models import Note
    from licet.register.models import Licence
    from licet.sites.models import Site
    from licet.sites.scope import SYSTEM
    from licet.vault.purpose import API_SECRET
    from licet.vault.record import put

    call_command("migrate", verbosity=0)
    load_catalogue()
    build()
    put(API_SECRET, SECRET)
    licence = Licence.objects.first()
    licence.price, licence.custom = "1234567.89", {"a": [1, None, "ß"]}
    licence.save()
    add_document(SYSTEM, Site.objects.first(), [b"%PDF-1.7 paper"], file_name="x.pdf", kind="invoice")
    gone = Note.objects.create(licence=licence, text="gone", at=AT)
    number = gone.pk
    gone.delete()
    with transaction.atomic():
        checkpoint.make()
    return {"note": number, "tables": tables()}


def whole():
    """Every row, and what the vault, the record and the index of words say."""
    return {"tables": tables(), "opened": opened()}


def tables():
    """Every row of every table as JSON, in order."""
    from licet.upkeep.copying import models

    found = {}
    for model in models():
        rows = [[plain(value) for value in row] for row in model._base_manager.order_by("pk").values_list()]
        found[model._meta.db_table] = rows
    return found


def plain(value):
    if isinstance(value, memoryview):
        value = bytes(value)
    return value if isinstance(value, int | float | str | list | dict | None) else repr(value)


def opened():
    """What the vault, the record and the index of words say."""
    from licet.ledger.read import verify
    from licet.search.read import find
    from licet.sites.scope import SYSTEM
    from licet.vault.models import Secret
    from licet.vault.record import use

    secrets = [use(row) for row in Secret.objects.select_related("wrapping_key").filter(purpose="api secret")]
    verdict = verify()
    found = sum(len(group.hits) for group in find(SYSTEM, "Gate 01"))
    return {"secret": SECRET in secrets, "record": verdict.ok, "why": verdict.why, "found": found > 0}


def next_note():
    """The number that the next note gets."""
    from licet.register.life_models import Note
    from licet.register.models import Licence

    return Note.objects.create(licence=Licence.objects.first(), text="next", at=AT).pk


def written_until_stopped():
    """Write entries of the record, each with a site, until the file "stop" is there."""
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    folder, number = Path(os.environ["LICET_DATA"]), 0
    while not (folder.parent / "stop").exists() and number < 5000:
        number += 1
        add_site(SYSTEM, f"Written {number}")
        (folder.parent / "begun").touch()
    return number


def filled_up():
    """Add sites until the database may not become larger, then let it."""
    from django.db import OperationalError, connection

    from licet.ledger.read import last_seq, verify
    from licet.sites.models import Site
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM
    from licet.upkeep.trouble import trouble

    begun, number, met = last_seq(), 0, ""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        while not met and number < 3000:
            try:
                add_site(SYSTEM, f"Site {number} {'x' * 150}")
                number += 1
            except OperationalError as error:
                met = trouble(error)
        whole = Site.objects.count() == last_seq() - begun == number
        cursor.execute("PRAGMA max_page_count = 1073741823")
    add_site(SYSTEM, "There is room again")
    return {"trouble": met, "whole": whole, "one more": Site.objects.count() == number + 1, "record": verify().ok}
