"""Puts every kind of secret in and uses Licet over it: ``python -m tests.vault.everything INPUTS OUT`` with ``LICET_DATA`` set.

What commands print, pages show and lists export goes into OUT, with the log and a copy of the data folder taken while it is in use.
"""

import contextlib
import csv
import io
import logging
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

SECRETS = {
    "device password": "Quartz-Example-77-Pw",
    "licence key": "LICT-QQQQ-7777-EX01",
    "licence key without hyphens": "LICTRRRR8888EX02",
    "key in a register": "LICT-SSSS-9999-EX03",
    "verification code": "VCODEQ-7731",
    "api secret": "api.Example+Secret/77==",
    "token": "tkn_Example-77-ABCDEFGH",
}


def main(inputs, out):
    logging.basicConfig(filename=out / "log.txt", level=logging.DEBUG)
    _commands(inputs, out)
    _pages(out)
    for arguments in (["ledger", "export"], ["ledger", "verify"], ["check"], ["key", "rotate"]):
        _run(out, *arguments)
    data = Path(os.environ["LICET_DATA"])
    shutil.copytree(data, out / "stolen")
    _backup(data / "licet.sqlite3", out / "backup.sqlite3")


def _commands(inputs, out):
    def given(name):
        path = inputs / name.replace(" ", "_")
        path.write_text(f"{SECRETS[name]}\n")
        return str(path)

    register = inputs / "register.csv"
    with register.open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ["Product", "Quantity", "Order", "Key", "Note"],
                ["HikCentral-P-VSS-1Ch", 4, "PO-9", SECRETS["key in a register"], "spare"],
            ]
        )
    (inputs / "owner").write_text("a sentence that is long\n")
    _run(out, "site", "add", "Berlin")
    _run(out, "user", "add", "owner", "--role", "administrator", "--password-file", str(inputs / "owner"))
    _run(out, "credential", "add", "cameras", "--username", "licet", "--password-file", given("device password"))
    _run(out, "licence", "add", "HikCentral-P-VSS-1Ch", "--quantity", "8", "--order", "PO-1")
    _run(out, "key", "put", "1", "--key-file", given("licence key"), "--host", "hcp-berlin")
    _run(out, "key", "put", "1", "--key-file", given("licence key without hyphens"))
    _run(out, "import", str(register), "--dry-run")
    _run(out, "import", str(register))
    _others()
    # What fails must be silent about it too.
    _run(out, "key", "put", "2", "--key-file", given("licence key"))
    _run(out, "key", "reveal", "1", "--reason", "test of the reveal")
    _run(out, "key", "check", "--format", "json", SECRETS["licence key"])
    _run(out, "key", "check", SECRETS["licence key without hyphens"])
    _run(
        out,
        "key",
        "compare",
        "--key-file",
        given("licence key"),
        "--document-file",
        given("licence key without hyphens"),
    )
    _run(out, "key", "change", "1", "--host", SECRETS["licence key"])
    for form in ("table", "json", "csv"):
        for arguments in (
            ["key", "list"],
            ["licence", "list"],
            ["credential", "list"],
            ["device", "list"],
            ["position"],
            ["authorizations"],
        ):
            _run(out, *arguments, "--format", form)
    _run(out, "licence", "show", "1", "--format", "json")


def _others():
    from licet.vault.record import put

    for purpose in ("verification code", "api secret", "token"):
        put(purpose, SECRETS[purpose])


def _run(out, *arguments):
    """A command as the command line runs it, its output kept; how it ends does not matter here."""
    from licet.cli import main as command_line

    said, sys.argv = io.StringIO(), ["licet", *arguments]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        command_line.main()
    number = len(list(out.glob("command-*")))
    (out / f"command-{number:02d}-{'-'.join(Path(one).name for one in arguments[:2])}.txt").write_text(said.getvalue())


def _pages(out):
    """Every page that can be reached by links, and the answers to what is typed into the forms about keys."""
    from django.conf import settings
    from django.test import Client

    from licet.sites.models import Person

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(Person.objects.get(username="owner"))
    todo, seen, forms = ["/"], set(), Counter()
    while todo:
        where = todo.pop(0)
        page = where.partition("?")[0]
        # Lists link to themselves with every filter: two of each page are enough.
        if where in seen or forms[page] == 2 or len(seen) > 250:
            continue
        seen.add(where)
        forms[page] += 1
        answer = client.get(where)
        body = answer.getvalue() if answer.streaming else answer.content
        (out / f"page-{len(seen):03d}.html").write_bytes(where.encode() + b"\n" + body)
        if b"<html" in body[:200]:
            todo += [
                link.replace("&amp;", "&")
                for link in re.findall(r'href="(/[^"#]*)"', body.decode())
                if "/static/" not in link
            ]
    for number, (where, form) in enumerate(_forms()):
        answer = client.post(where, form)
        (out / f"answer-{number}.html").write_bytes(answer.content)
    assert len(seen) > 20, seen


def _forms():
    key = SECRETS["licence key"]
    yield "/keys/check/", {"key": key, "licence": "2"}
    yield "/keys/add/2/", {"key": key, "state": "unused"}
    yield "/keys/add/2/", {"key": key, "state": "unused", "only_check": "1"}
    yield "/keys/add/2/", {"key": key, "state": "unused", "quantity": "many"}
    yield "/keys/compare/", {"key": key, "document": SECRETS["licence key without hyphens"]}
    yield "/keys/1/change/", {"state": "unused", "host": key}


def _backup(source, target):
    import sqlite3

    with contextlib.closing(sqlite3.connect(source)) as here, contextlib.closing(sqlite3.connect(target)) as there:
        here.backup(there)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
