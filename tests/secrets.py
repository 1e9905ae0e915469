"""Looks for a secret in everything that somebody could take away: in each way in which it could have been written down."""  # noqa: A005 - never imported by its bare name

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
from pathlib import Path


def forms(secret):
    """The secret as bytes in every form that is looked for, by name."""
    found = {}
    for name, text in {"plain": secret, "without hyphens": secret.replace("-", "")}.items():
        for way, one in {"": text, " reversed": text[::-1], " lower": text.lower(), " upper": text.upper()}.items():
            found[name + way] = one.encode()
        found |= {f"{name} {way}": data for way, data in _encoded(text).items()}
    return found


def _encoded(text):
    raw = text.encode()
    found = {
        "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(),
        "utf-16-le": text.encode("utf-16-le"), "utf-16-be": text.encode("utf-16-be"), "utf-32": text.encode("utf-32-le"),
        "url": urllib.parse.quote(text, safe="").encode(), "every byte %": "".join(f"%{b:02X}" for b in raw).encode(),
        "json": json.dumps(text)[1:-1].encode(), "html": html.escape(text).encode(), "backslash": repr(raw)[2:-1].encode(),
        "base32": base64.b32encode(raw).rstrip(b"=")[:-1], "base85": base64.b85encode(raw)[:-5],
    }  # fmt: skip
    for offset in range(3):
        found[f"base64 {offset}"] = _inner(base64.b64encode, raw, offset)
        found[f"base64url {offset}"] = _inner(base64.urlsafe_b64encode, raw, offset)
    return {name: data for name, data in found.items() if len(data) >= 6}


def _inner(encode, raw, offset):
    """The characters of a base64 text that depend on the secret alone, when it begins ``offset`` bytes into a group of three."""
    text = encode(bytes(offset) + raw)
    whole = (offset + len(raw)) // 3 * 4
    return text[(0, 2, 3)[offset] : whole]


def places(secret, *folders):
    """Where the secret is: (file, form)."""
    wanted = forms(secret)
    found = []
    for folder in folders:
        for path in [folder] if Path(folder).is_file() else sorted(Path(folder).rglob("*")):
            if path.is_file():
                for name, data in _contents(path.name, path.read_bytes()):
                    found += [(f"{path}{name}", form) for form, text in wanted.items() if text in data]
    return found


def assert_nowhere(secret, *folders):
    """Fail where the secret is in a file of these folders, in whatever form; files in archives are opened."""
    assert len(secret) >= 8, "too short to be looked for"
    found = places(secret, *folders)
    assert not found, f"a secret is in {found[:5]}"


def _contents(name, data):
    yield "", data
    if data[:2] == b"\x1f\x8b":
        yield from ((f"|{inner}", text) for inner, text in _contents(name, gzip.decompress(data)))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield f"!{member}", archive.read(member)
