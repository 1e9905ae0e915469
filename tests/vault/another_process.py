"""What another Licet process does with the same database: ``python -m tests.vault.another_process WORD...``."""

import os
import sys

from licet.settings import use

use()
import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from licet.sites.scope import SYSTEM  # noqa: E402


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def text(number):
    return f"Example-Pass-{number}"


def migrate(*words):
    call_command("migrate", *words, verbosity=0)


def fill(number):
    from licet.vault.record import put_many

    put_many("device password", [text(n) for n in range(int(number))])


def read(expected):
    """All secrets open and are what they were."""
    from licet.vault.models import Secret
    from licet.vault.record import fingerprint
    from licet.vault.record import use as opened

    rows = list(Secret.objects.select_related("wrapping_key").order_by("pk"))
    assert [opened(row) for row in rows] == [text(n) for n in range(int(expected))]
    say(fingerprint("LICT"), *sorted({row.wrapping_key.name for row in rows}))


def rotate(batch, die_after="0"):
    from licet.vault import rotation

    rotation.BATCH = int(batch)
    batches = []

    def progress(done, total):
        batches.append(done)
        if len(batches) == int(die_after):
            os._exit(9)

    done = rotation.rotate(SYSTEM, progress=progress)
    say(done.wrapped, done.continued, done.done, done.remark)


def die_before_retiring(batch):
    from licet.vault import rotation

    rotation._retire = lambda *a: os._exit(9)
    rotate(batch)


def die_before_forgetting(batch):
    from licet.vault.local import LocalKeys

    LocalKeys.retire = lambda *a: os._exit(9)
    rotate(batch)


def wait_and_read(expected):
    """Reads rows, waits for a line on stdin, then opens them with what it has: a reader in the middle of a rotation."""
    from licet.vault.models import Secret
    from licet.vault.record import use as opened

    rows = list(Secret.objects.select_related("wrapping_key").order_by("pk"))
    say("ready")
    sys.stdin.readline()
    assert [opened(row) for row in rows] == [text(n) for n in range(int(expected))]
    say("opened")


def keep_writing():
    """Puts secrets until told to stop, and says how many; each opens at once."""
    import threading

    from licet.vault.record import put
    from licet.vault.record import use as opened

    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    say("ready")
    number = 0
    while not stop.is_set():
        row = put("api secret", text(number))
        assert opened(row) == text(number)
        number += 1
        stop.wait(0.02)  # enough to write all the while, without thousands of secrets to rotate
    say(number)


def open_all():
    from licet.vault.models import Secret
    from licet.vault.record import use as opened

    rows = list(Secret.objects.select_related("wrapping_key"))
    assert all(opened(row).startswith("Example-Pass-") for row in rows)
    say(len(rows), *sorted({row.wrapping_key.state for row in rows}))


def old_rows(number):
    """Secrets as the first version of the vault sealed them."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from django.db import connection

    from licet.settings import data_folder, private_file

    master = bytes.fromhex(private_file(data_folder() / "vault.key").decode())
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"licet:wrap").derive(master)
    with connection.cursor() as cursor:
        for n in range(int(number)):
            cursor.execute(
                "INSERT INTO vault_secret (purpose, sealed, created_at) VALUES ('device password', %s, '2026-01-01') RETURNING id",
                [b""],
            )
            pk = cursor.fetchone()[0]
            bound, data_key, outer, inner = (
                f"vault.secret:{pk}:device password".encode(),
                os.urandom(32),
                os.urandom(12),
                os.urandom(12),
            )
            wrapped = AESGCM(key).encrypt(outer, data_key, bound)
            sealed = b"\x01" + outer + wrapped + inner + AESGCM(data_key).encrypt(inner, text(n).encode(), bound)
            cursor.execute("UPDATE vault_secret SET sealed = %s WHERE id = %s", [sealed, pk])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
