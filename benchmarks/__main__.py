"""Runs the benchmarks and prints what they measured: ``make bench``, or one of them: ``python -m benchmarks sweep``."""

import importlib
import os
import platform
import sys
import tempfile

NAMES = ("sweep", "reconcile", "lists", "imports", "ledger", "audits", "advisories", "compliance", "jobs", "api")
ONLY_BY_NAME = ("city", "plans")  # take half an hour, or a database that is there


def main() -> None:
    chosen = sys.argv[1:] or list(NAMES)
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    for name in chosen:
        if name not in (*NAMES, *ONLY_BY_NAME):
            sys.exit(f"no benchmark {name!r}; there are: {', '.join((*NAMES, *ONLY_BY_NAME))}")
        with tempfile.TemporaryDirectory(prefix="licet-bench-") as folder:
            pid = os.fork()
            if pid == 0:
                os.environ |= {"LICET_DATA": folder, "LICET_ALSO_ASK": "127.0.0.0/8"}
                importlib.import_module(f"benchmarks.{name}").run()
                sys.stdout.flush()
                os._exit(0)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
