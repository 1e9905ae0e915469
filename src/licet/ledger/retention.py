"""Old entries give way to a signed summary, so that the record does not grow for ever and the chain can still be checked from there on."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Count

from licet.ledger import beside, checkpoint, signing
from licet.ledger.chain import GENESIS, Verdict
from licet.ledger.chain import digest as digest_of
from licet.ledger.models import Entry, Reason, Summary
from licet.ledger.package import private
from licet.ledger.record import append, lock
from licet.ledger.verify import texts, verify
from licet.settings import data_folder


class CannotRetain(Exception):
    """Nothing was taken out; the text says why."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be taken out: the oldest entries, from ``first_seq`` to ``last_seq``. ``entries`` 0 = nothing."""

    entries: int
    first_seq: int = 0
    last_seq: int = 0
    first_at: str = ""
    last_at: str = ""
    reasons: int = 0
    actions: tuple[tuple[str, int], ...] = ()


def preview(before: datetime) -> Preview:
    """What stands in the record from before an instant. The newest entry always stays."""
    first = Entry.objects.order_by("seq").values_list("seq", "at").first()
    cut = Entry.objects.filter(at__gte=_text(before)).order_by("at", "seq").values_list("seq", flat=True).first()
    newest = Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    # Entries are numbered in the order in which they were written; a clock that went back moves the cut to the safe side.
    last = min(cut if cut is not None else newest, newest) - 1
    if first is None or last < first[0]:
        return Preview(0)
    chosen = Entry.objects.filter(seq__lte=last)
    counts = chosen.order_by().values_list("action").annotate(n=Count("seq")).order_by("-n", "action")
    return Preview(
        entries=last - first[0] + 1,
        first_seq=first[0],
        last_seq=last,
        first_at=first[1],
        last_at=Entry.objects.values_list("at", flat=True).get(seq=last),
        reasons=Reason.objects.filter(seq__lte=last).count(),
        actions=tuple((str(action), int(number)) for action, number in counts),
    )


def retain(actor: str, before: datetime, progress: Callable[[int, int], None] | None = None) -> tuple[Preview, Path]:
    """Take out what is older, with a signed summary in its place; returns what was taken out and the archive file.

    The archive holds the canonical texts (pseudonyms and digests of reasons, no names); ``ledger verify --archive`` checks it against
    the summary, also when it lies elsewhere. Raises :class:`CannotRetain` where the record is not whole.
    """
    found = verify(progress=progress)
    if not found.ok:
        raise CannotRetain(f"The record is not in order: {found.why}. Nothing was taken out.")
    chosen = preview(before)
    if not chosen.entries:
        raise CannotRetain("No entry is that old.")
    path, archive, last_digest = _archive(chosen)
    begins = Summary.objects.order_by("-last_seq").values_list("last_digest", flat=True).first() or GENESIS
    text = json.dumps(
        {
            "summary": 1, "first_seq": chosen.first_seq, "last_seq": chosen.last_seq, "first_previous": begins,
            "last_digest": last_digest, "first_at": chosen.first_at, "last_at": chosen.last_at,
            "entries": chosen.entries, "actions": dict(chosen.actions), "archive": archive,
            "at": datetime.now(UTC).isoformat(timespec="seconds"), **beside.told_up_to(chosen.last_seq),
        },
        separators=(",", ":"),
    )  # fmt: skip
    signature, key = signing.sign(text)
    with transaction.atomic():
        lock()
        Summary.objects.create(
            first_seq=chosen.first_seq, last_seq=chosen.last_seq, last_digest=last_digest, text=text,
            signature=signature, key=key,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_entry WHERE seq <= %s", [chosen.last_seq])
        Reason.objects.filter(seq__lte=chosen.last_seq).delete()
        append(
            actor=actor, action="ledger:entries:archived", object_type="ledger",
            object_id=f"{chosen.first_seq}-{chosen.last_seq}",
            after={"entries": chosen.entries, "archive": archive, "last_digest": last_digest},
        )  # fmt: skip
        checkpoint.make()
    return chosen, path


def check_archive(lines: Iterable[bytes]) -> Verdict:
    """Whether a file is the archive of one of the summaries: byte by byte, and as a chain. ``lines`` as they are in the file."""
    whole = hashlib.sha256()
    previous, number, last = "", 0, ""
    for line in lines:
        whole.update(line)
        number += 1
        text = line.decode("utf-8", "replace").rstrip("\n")
        if number > 1 and f'"previous":"{previous}"' not in text:
            return Verdict(
                number - 1, ok=False, first_bad=number, why=f"line {number} does not follow the one before it"
            )
        previous = last = digest_of(text)
    summary = Summary.objects.filter(last_digest=last).first()
    if summary is None:
        return Verdict(number, ok=False, why="no summary of this record ends with the last line of the archive")
    said = json.loads(summary.text)
    if said["archive"] != whole.hexdigest() or said["entries"] != number:
        return Verdict(
            number,
            ok=False,
            why=f"it is not the file that the summary of entries {said['first_seq']} to {said['last_seq']} names",
        )
    return Verdict(number, ok=True, archived=int(said["last_seq"]))


def _archive(chosen: Preview) -> tuple[Path, str, str]:
    """Write the archive; its path, its SHA-256 and the digest of its last entry."""
    folder = data_folder() / "archive"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"record-{chosen.first_seq:09}-{chosen.last_seq:09}.jsonl"
    path.unlink(missing_ok=True)  # of an attempt that was broken off: the entries are still in the table
    whole, last = hashlib.sha256(), ""
    with private(path) as entries:
        for seq, found, text in texts():
            if seq > chosen.last_seq:
                return path, whole.hexdigest(), last
            line = text + "\n"
            whole.update(line.encode())
            entries.write(line)
            last = found
    raise CannotRetain("The record changed meanwhile. Try again.")


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
