"""An installation of its own, in processes of their own: what a rotation promises holds between processes."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """A data folder and a database. ``run`` does what :mod:`tests.vault.another_process` offers and returns what it prints."""

    def __init__(self, folder, migrated=None, **environment):
        self.folder = folder
        self.migrated = migrated
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LICET_")},
            "LICET_DATA": str(folder), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **environment,
        }  # fmt: skip

    def start(self, *words, **environment):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.vault.another_process", *words], cwd=ROOT, text=True,
            env={**self.environment, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words, code=0, **environment):
        if words == ("migrate",) and self.migrated and not (self.folder / "licet.sqlite3").exists():
            shutil.copyfile(self.migrated, self.folder / "licet.sqlite3")
            return ""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, err
        return out.strip()


@pytest.fixture
def installation(tmp_path, migrated):
    """On SQLite in the folder, or in a database of its own on the PostgreSQL that the tests run on."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        yield Installation(tmp_path, migrated)
        return
    import psycopg

    name = f"vault_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield Installation(tmp_path, DATABASE_URL=urlsplit(url)._replace(path=f"/{name}").geturl())
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
