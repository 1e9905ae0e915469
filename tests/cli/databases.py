"""A database of its own for each data folder, where the suite runs on PostgreSQL; beside SQLite the folder is that."""

import hashlib
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit


def environment(folder):
    """The environment in which a command of this data folder runs."""
    address = os.environ.get("DATABASE_URL", "")
    if not address:
        return dict(os.environ)
    import psycopg

    name = "cli_" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]
    own = {**os.environ, "DATABASE_URL": urlunsplit(urlsplit(address)._replace(path=f"/{name}"))}
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
            migrate = [sys.executable, "-W", "ignore", "-m", "licet", "--data", str(folder), "migrate"]
            subprocess.run(migrate, env=own, check=True, capture_output=True)
    return own
