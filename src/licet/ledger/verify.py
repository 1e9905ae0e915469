"""Checks the whole record: the chain, the summaries before it, the signed checkpoints and the reasons beside it."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator

from django.db import connection

from licet.ledger import checkpoint, signing
from licet.ledger.chain import COLUMNS, Row, Verdict, Walk, reason_digest
from licet.ledger.checkpoint import Signed
from licet.ledger.models import Entry, Reason, Summary

CHUNK = 20_000
Progress = Callable[[int, int], None]


def rows(after: int = 0) -> Iterator[list[Row]]:
    """The table in order of the numbers, in chunks, as raw SQL gives it: no more than a chunk is in memory."""
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    statement = f"SELECT {columns} FROM ledger_entry WHERE seq > %s ORDER BY seq LIMIT {CHUNK}"  # noqa: S608 - fixed words
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [after])
            chunk = cursor.fetchall()
        if not chunk:
            return
        yield chunk
        after = chunk[-1][0]


def verify(others: Iterable[Signed] = (), *, keys: Collection[str] = (), progress: Progress | None = None) -> Verdict:
    """Find the first entry that was edited, removed, inserted or reordered, a tail that was cut off, and any false signature.

    ``others`` are checkpoints from a copy kept elsewhere. ``keys`` are public keys (hex) that are trusted; without any it is the
    installation's own.
    """
    walk = Walk()
    signed = [*checkpoint.kept(), *_of_file(), *others]
    trusted = set(keys) or _own_key()
    verdict = _summaries(walk, trusted)
    if verdict is not None:
        return verdict
    archived = walk.expected - 1
    false = _false_signature(signed, trusted)
    marks = {one.seq: set[str]() for one in signed}
    for one in signed:
        marks[one.seq].add(one.digest)
    walk.marks = marks
    total = _highest()
    for chunk in rows(archived):
        if not walk.follow(chunk):
            break
        if progress is not None:
            progress(walk.expected - 1 - archived, total - archived)
    last = walk.expected - 1
    if walk.first_bad is None:
        beyond = min((seq for seq in marks if seq > last), default=None)
        if beyond is not None:
            walk.stop(
                last + 1,
                f"entry {last + 1} is missing: a checkpoint was signed at entry {beyond}, and the record ends at {last}",
            )
    if walk.first_bad is None:
        _reasons(walk)
    if walk.first_bad is None and false:
        return Verdict(last - archived, ok=False, why=false, checkpoints=len(marks), archived=archived)
    return Verdict(
        entries=(walk.first_bad - 1 if walk.first_bad is not None else last) - archived,
        ok=walk.first_bad is None,
        first_bad=walk.first_bad,
        why=walk.why,
        signed_up_to=walk.signed,
        checkpoints=len(marks),
        archived=archived,
    )


def _own_key() -> set[str]:
    try:
        return {signing.public_key()}
    except signing.BadSigningKey:
        return set()


def _of_file() -> list[Signed]:
    """The installation's own file. One that cannot be read says nothing; the table and copies elsewhere still do."""
    try:
        with checkpoint.file().open(encoding="utf-8", errors="replace") as lines:
            return list(checkpoint.from_lines(lines))
    except (OSError, ValueError):
        return []


def _false_signature(signed: Iterable[Signed], trusted: Collection[str]) -> str:
    checked: set[tuple[str, str, str]] = set()
    for one in signed:
        if (one.text, one.signature, one.key) in checked:
            continue
        checked.add((one.text, one.signature, one.key))
        if not signing.valid(one.text, one.signature, one.key):
            return f"the signature of the checkpoint at entry {one.seq} is false"
        if one.key not in trusted:
            return (
                f"the checkpoint at entry {one.seq} was signed by a key that is not this installation's;"
                " name the keys you trust with --public-key"
            )
    return ""


def _summaries(walk: Walk, trusted: Collection[str]) -> Verdict | None:
    """Begin the walk after what stands in summaries; a verdict where one of them is false."""
    for row in Summary.objects.order_by("first_seq"):
        said = json.loads(row.text)
        first, last = int(said["first_seq"]), int(said["last_seq"])
        if not signing.valid(row.text, row.signature, row.key) or row.key not in trusted:
            why = f"the summary of entries {first} to {last} has a false signature"
        elif first != walk.expected or said["first_previous"] != walk.previous or last != row.last_seq:
            why = f"the summary of entries {first} to {last} does not follow entry {walk.expected - 1}"
        else:
            walk.previous, walk.expected, walk.signed = str(said["last_digest"]), last + 1, last
            continue
        return Verdict(0, ok=False, first_bad=walk.expected, why=why, archived=walk.expected - 1)
    return None


def _reasons(walk: Walk) -> None:
    """Each reason that still stands beside the chain must be the one whose digest is in it."""
    last = 0
    while chunk := list(Reason.objects.filter(seq__gt=last).order_by("seq").values_list("seq", "salt", "text")[:CHUNK]):
        last = chunk[-1][0]
        digests = dict(
            Entry.objects.filter(seq__gte=chunk[0][0], seq__lte=last)
            .exclude(reason_digest="")
            .values_list("seq", "reason_digest")
        )
        for seq, salt, text in chunk:
            if digests.get(seq) != reason_digest(salt, text):
                walk.stop(seq, f"the reason of entry {seq} was changed")
                return


def _highest() -> int:
    return Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
