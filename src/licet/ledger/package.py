"""The record as a folder of plain files that ``sha256sum`` and ``openssl`` can check (docs/how-to/verify-the-record.md)."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from licet.ledger import checkpoint, names, signing
from licet.ledger.chain import GENESIS
from licet.ledger.models import Name, Reason, Summary
from licet.ledger.verify import texts

SCRIPT: Final = "verify.sh"  # checks the folder without Licet; the page has the same


def write(folder: Path, *, with_names: bool = False) -> int:
    """Write the package into a new or empty folder and return the number of entries.

    ``entries.jsonl`` has each entry's canonical text as one line; ``begins-after.txt`` the digest that the first one follows.
    ``checkpoints`` and ``summaries`` have what was signed (``.txt``), the signature (``.sig``) and any time stamp (``.tsr``);
    ``public-key.pem`` is the installation's, ``verify.sh`` checks all of it. Names and reasons go along only where they are asked for. Raises ``FileExistsError``.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    (folder / "public-key.pem").write_text(signing.as_pem(signing.public_key()), "utf-8")
    begins = _summaries(folder / "summaries")
    (folder / "begins-after.txt").write_text(begins + "\n", "utf-8")
    number = 0
    with private(folder / "entries.jsonl") as entries:
        for _, _, text in texts():
            entries.write(text + "\n")
            number += 1
    _checkpoints(folder / "checkpoints")
    if with_names:
        _beside(folder)
    (folder / SCRIPT).write_bytes(Path(__file__).with_name(SCRIPT).read_bytes())
    return number


def private(path: Path) -> TextIO:
    """A new text file that only its owner may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="\n")


def _summaries(folder: Path) -> str:
    """Write the summaries; the digest that the first remaining entry follows."""
    folder.mkdir(mode=0o700)
    begins = GENESIS
    for row in Summary.objects.order_by("first_seq"):
        _signed(folder / f"{row.first_seq:09}-{row.last_seq:09}", row.text, row.signature)
        begins = row.last_digest
    return begins


def _checkpoints(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    for number, one in enumerate(checkpoint.kept(), 1):
        name = folder / f"{one.seq:09}-{number}"
        _signed(name, one.text, one.signature)
        if one.stamp:
            name.with_suffix(".tsr").write_bytes(base64.b64decode(one.stamp))


def _signed(name: Path, text: str, signature: str) -> None:
    name.with_suffix(".txt").write_bytes(text.encode())
    name.with_suffix(".sig").write_bytes(base64.b64decode(signature))


def _beside(folder: Path) -> None:
    """Names and reasons, which the chain holds only pseudonyms and digests of."""
    with private(folder / "names.jsonl") as lines:
        for row in Name.objects.order_by("pseudonym"):
            lines.write(_json({"pseudonym": row.pseudonym, "salt": row.salt, "name": row.label or names.REMOVED}))
    with private(folder / "reasons.jsonl") as lines:
        for seq, salt, text in _reasons():
            lines.write(_json({"seq": seq, "salt": salt, "reason": text}))


def _reasons() -> Iterator[tuple[int, str, str]]:
    yield from Reason.objects.order_by("seq").values_list("seq", "salt", "text").iterator(chunk_size=5000)


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
