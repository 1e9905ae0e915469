"""One zip whose bytes depend on its contents alone: fixed order, fixed times, a list of fingerprints, and a signature over that list."""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from licet.ledger import signing

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
PUBLIC_KEY: Final = "public-key.pem"
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_DATES: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def save(path: Path, files: Mapping[str, bytes]) -> str:
    """Write the files, the list of their fingerprints and its signature; returns the zip's own fingerprint (SHA-256, hex).

    The list is what ``sha256sum -c`` reads; the signature (Ed25519) is what ``openssl pkeyutl -verify`` reads.
    """
    every = {**files, PUBLIC_KEY: signing.as_pem(signing.public_key()).encode()}
    sums = "".join(f"{hashlib.sha256(every[name]).hexdigest()}  {name}\n" for name in sorted(every))
    signature, _key = signing.sign(sums)
    every[SUMS], every[SIGNATURE] = sums.encode(), base64.b64decode(signature)
    with zipfile.ZipFile(path, "w") as opened:
        for name in sorted(every):
            opened.writestr(_entry(name), every[name], compresslevel=6)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def without_times(book: bytes, at: datetime) -> bytes:
    """An XLSX file with the times of its making replaced by those of its contents."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w") as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            new.writestr(_entry(name), content, compresslevel=6)
    return made.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    return entry
