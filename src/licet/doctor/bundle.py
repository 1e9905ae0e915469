"""The support bundle: what a ticket at the vendor's support needs (troubleshooting.md G.4), masked, with a manifest of what was masked."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from licet import __version__
from licet.doctor.diagnosis import Diagnosis
from licet.doctor.masking import Mask
from licet.doctor.plain import as_plain
from licet.doctor.request import request_text


@dataclass(frozen=True, slots=True)
class Material:
    """What is known around a target; unmasked, so it never leaves this part."""

    device: dict[str, Any]
    server: dict[str, Any]
    cloud: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    documents: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The finished bundle: its files by name, and how much of which kind was masked."""

    name: str
    files: dict[str, str]
    masked: dict[str, int]

    def content(self) -> bytes:
        """The zip."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.files.items():
                archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text.encode())
        return made.getvalue()


def made(looks: Sequence[Diagnosis], material: Material, mask: Mask, now: datetime) -> Bundle:
    """The bundle of one diagnosis, or of two from different places. Everything in it goes through ``mask``."""
    files = {
        "diagnosis.json": _json(mask, [as_plain(one) for one in looks]),
        "device.json": _json(mask, material.device),
        "server.json": _json(mask, material.server),
        "cloud.json": _json(mask, material.cloud),
        "ledger.json": _json(mask, material.ledger),
        "documents.json": _json(mask, material.documents),
        "versions.json": _json(mask, _versions()),
        "support-request.txt": mask.text(
            request_text(looks, material.device, material.server, material.documents, now)
        ),
    }
    files = {name: text for name, text in files.items() if text not in {"{}\n", "[]\n"}}
    masked = dict(sorted(mask.counts.items()))
    manifest = {
        "made": now.isoformat(timespec="seconds"), "licet": __version__,
        "masked": [{"what": kind, "times": number} for kind, number in masked.items()],
        "kept": "model and last three signs of serial numbers, inside addresses, software versions, statuses",
        "never_collected": "passwords, licence keys, verification codes, tokens, names of people, reasons people wrote, file names of documents",
        "files": [
            {"name": name, "bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()} for name, text in files.items()
        ],
    }  # fmt: skip
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    return Bundle(f"licet-support-{now:%Y%m%d-%H%M%S}.zip", files, masked)


def _json(mask: Mask, value: Any) -> str:
    return json.dumps(mask.plain(value), ensure_ascii=False, indent=2, default=str) + "\n"


def _versions() -> dict[str, str]:
    import platform  # noqa: PLC0415 - asked only here

    return {
        "licet": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
