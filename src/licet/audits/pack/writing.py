"""Puts a pack together."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from licet.audits.models import Run
from licet.audits.pack import archive, contents, oscal, papers, report
from licet.audits.pack.hiding import hidden, without_keys
from licet.ledger import record as ledger
from licet.register.keys import key_hider
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.tabular.export import csv_bytes, xlsx_bytes

MOST_IN_SHEET: Final = 500_000  # a sheet takes about a million rows
INDEX: Final = {
    "report.pdf": "This report (PDF/A-2b)",
    "findings.csv": "Every finding",
    "findings.xlsx": "Every finding, as a workbook",
    "positions.csv": "Licence positions by pool and metric, each with the instant it was computed at",
    "positions.xlsx": "Licence positions, as a workbook",
    "audit.json": "The run: thresholds, what each rule looked at and found, sign-off",
    "documents.json": "Documents about the licences that something was found of, by their fingerprints",
    "ledger.jsonl": "What the record says of this audit and its waivers: the chain's own text and its digest",
    "oscal/catalog.json": "The rules as OSCAL catalog",
    "oscal/profile.json": "The rules of this audit as OSCAL profile",
    "oscal/assessment-plan.json": "OSCAL assessment plan",
    "oscal/assessment-results.json": "OSCAL assessment results",
    "oscal/poam.json": "OSCAL plan of action and milestones",
    "public-key.pem": "The public key of the installation that signed",
    "VERIFY.txt": "How to check all of this without Licet",
}
LEFT_OUT: Final = (
    "What the record says of this audit is left out: whoever made this pack has no permission to read the record of these sites"
    " (ledger). Somebody with it can make the pack anew."
)
VERIFY: Final = """How to check this pack without Licet (GNU coreutils and OpenSSL 3); FILE is the ZIP file, whatever it is called:

  unzip -d pack FILE && cd pack
  sha256sum --check --strict SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig

The first says OK of each file, the second "Signature Verified Successfully". That public-key.pem is the installation's own is for its
owner to confirm: licet ledger public-key prints it. With Licet: licet audit verify FILE

A line of ledger.jsonl: the SHA-256 of "text" is "digest", and the same entry stands in the installation's record under "seq".
"""


def write(actor: Actor, run: Run, path: Path, *, documents: bool = False) -> str:
    """Write the pack of a finished audit and return its SHA-256. Raises :class:`NotPossible`.

    The same audit gives the same bytes as long as what it refers to is the same (owners, documents, waivers) and whoever packs may read
    as much of the record; without the permission ``ledger`` its entries are left out, and the pack says so. ``documents``: invoices, credit
    notes and contracts of the licences that something was found of are in it too.
    """
    if not actor.may("view", run.site.path if run.site else ""):
        raise NotPossible("You may not see all that this audit covers.")
    if run.state != Run.State.DONE:
        raise NotPossible("Only an audit that is done can be packed.")
    digest = archive.save(path, _files(actor, run, documents=documents))
    _note(actor, run, digest)
    return digest


@transaction.atomic
def _note(actor: Actor, run: Run, digest: str) -> None:
    ledger.append(
        actor=actor.label, action="audits:pack:written", object_type="audit", object_id=run.pk, site=run.site_id,
        after={"sha256": digest},
    )  # fmt: skip


def _files(actor: Actor, run: Run, *, documents: bool) -> dict[str, bytes]:
    found = contents.gather(actor, run)
    places = papers.places(found.documents)
    taken = papers.contents(found.documents, places) if documents else {}
    hide = key_hider()
    found = without_keys(found, hide)
    rows = [hidden(row, hide) for row in contents.finding_rows(actor, run, found.at)]
    cells = [contents.finding_cells(row) for row in rows]
    positions = [hidden(row, hide) for row in contents.position_rows(run)]
    entries = _record(found)
    index = {
        **{name: what for name, what in INDEX.items() if name != "ledger.jsonl"},
        **{name: what for name, (what, _) in entries.items()},
        **(
            {"documents/": f"{len(taken)} invoices, credit notes and contracts, each named by its fingerprint"}
            if taken
            else {}
        ),
    }
    return {
        "report.pdf": report.pdf(found, rows, list(index.items())),
        "findings.csv": csv_bytes(contents.FINDING_HEADINGS, cells),
        "findings.xlsx": _book("Findings", contents.FINDING_HEADINGS, cells, found.at),
        "positions.csv": csv_bytes(contents.POSITION_HEADINGS, positions),
        "positions.xlsx": _book("Positions", contents.POSITION_HEADINGS, positions, found.at),
        "audit.json": _json(_head(found)),
        "documents.json": _json(
            [{"id": one.id, "title": one.title, "kind": one.kind, "sha256": one.sha256, "size": one.size,
              "about": [list(link) for link in one.links],
              **({"file": places[one.id]} if places.get(one.id) in taken else {}),
              **({"left_out": papers.LEFT_OUT} if one.id not in places else {})} for one in found.documents]
        ),
        **{name: content for name, (_, content) in entries.items()},
        **taken,
        **{f"oscal/{name}.json": _json(document) for name, document in oscal.documents(found, rows).items()},
        "VERIFY.txt": VERIFY.encode(),
    }  # fmt: skip


def _record(found: contents.Contents) -> dict[str, tuple[str, bytes]]:
    """The annex with what the record says, as file -> (what it is, content); where it is left out, the file that says so."""
    if found.entries is None:
        return {"ledger-left-out.txt": (LEFT_OUT, f"{LEFT_OUT}\n".encode())}
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found.entries)
    return {"ledger.jsonl": (INDEX["ledger.jsonl"], lines.encode())}


def _head(found: contents.Contents) -> dict[str, Any]:
    run = found.run
    return {
        "audit": run.pk, "site": found.place, "on": run.on, "started_at": run.started_at, "finished_at": run.finished_at,
        "thresholds": run.thresholds, "counts": run.counts, "signed_by": run.signed_by, "signed_at": run.signed_at,
        "statement": run.statement, "seal": run.digest, "seal_signature": run.signature, "public_key": run.public_key,
    }  # fmt: skip


def _book(title: str, headings: tuple[str, ...], rows: list[tuple[Any, ...]], at: datetime) -> bytes:
    return archive.without_times(xlsx_bytes(title, headings, rows[:MOST_IN_SHEET]), at)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_text) + "\n").encode()


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
