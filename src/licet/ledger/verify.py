"""Checks the whole record: the chain, the summaries before it, the signed checkpoints, the names and reasons beside it."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from django.db import connection

from licet.ledger import beside, checkpoint, signing
from licet.ledger.chain import COLUMNS, FITS, GONE, SAYS_FROM, Line, Row, Verdict, Walk, first_text
from licet.ledger.checkpoint import Signed
from licet.ledger.models import Entry, Summary

CHUNK = 500  # measured: more rows at a time leave the processor's cache before they are hashed
_KEY_MISSING = (
    "the record's signing key is missing, so who signed cannot be told; put ledger.key back into the data folder (or set"
    " LICET_LEDGER_KEY), or name the keys you trust with --public-key"
)
Progress = Callable[[int, int], None]


# What :func:`licet.ledger.chain.says` says, in SQL, and the part that an action is filed under: compared where the columns are, that
# is quicker than here. %w writes a quotation mark twice, so that a column which holds one never fits and is looked at again.
_SAYS = {
    "sqlite": (
        """instr(text, printf('","seq":%%d,"at":"%%w","actor":"%%w","action":"%%w","object_type":"%%w","object_id":"%%w","site":%%s,'"""
        """ || '"reason":"%%w",', seq, at, actor, action, object_type, object_id, ifnull(site, 'null'), reason_digest))"""
        f""" = {SAYS_FROM} AND part = substr(action, 1, instr(action, ':') - 1)"""
    ),
    "postgresql": (
        f"""starts_with(substr(text, {SAYS_FROM}), concat('","seq":', seq, ',"at":', to_json(at), ',"actor":', to_json(actor),
        ',"action":', to_json(action), ',"object_type":', to_json(object_type), ',"object_id":', to_json(object_id), ',"site":',
        coalesce(site::text, 'null'), ',"reason":', to_json(reason_digest), ',')) AND part = split_part(action, ':', 1)"""
    ),
}
_NO_REASON = (
    "reason_digest <> '' AND NOT EXISTS (SELECT 1 FROM ledger_reason WHERE ledger_reason.seq = ledger_entry.seq)"
)
# As bytes: what is hashed need not be made a text first. SQLite says which columns of text hold something else.
_BYTES = {
    "sqlite": "CASE typeof(text) WHEN 'text' THEN CAST(text AS BLOB) END",
    "postgresql": "convert_to(text, 'UTF8')",
}


def lines(after: int = 0) -> Iterator[tuple[list[Line], dict[int, Row]]]:
    """The record in order of the numbers, in chunks, and the whole rows of the lines that the database does not find fitting."""
    statement = (
        f"SELECT seq, digest, {_BYTES[connection.vendor]},"  # noqa: S608 - fixed words
        f" CASE WHEN {_SAYS[connection.vendor]} THEN {FITS} ELSE 0 END + CASE WHEN {_NO_REASON} THEN {GONE} ELSE 0 END"
        f" FROM ledger_entry WHERE seq > %s ORDER BY seq LIMIT {CHUNK}"
    )
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [after])
            chunk: list[Line] = cursor.fetchall()
        if not chunk:
            return
        doubted = [line[0] for line in chunk if not line[3] & FITS]
        yield chunk, _rows(doubted[0], doubted[-1]) if doubted else {}
        after = chunk[-1][0]


def texts() -> Iterator[tuple[int, str, str]]:
    """(number, digest, canonical text) of every entry, in order."""
    for chunk, rows in lines():
        for seq, found, text, _ in chunk:
            yield seq, found, text.decode("utf-8", "replace") if text else first_text(rows[seq])


def _rows(first: int, last: int) -> dict[int, Row]:
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ledger_entry WHERE seq BETWEEN %s AND %s", [first, last])  # noqa: S608 - fixed words
        return {row[0]: row for row in cursor.fetchall()}


def verify(others: Iterable[Signed] = (), *, keys: Collection[str] = (), progress: Progress | None = None) -> Verdict:
    """Find the first entry that was edited, removed, inserted or reordered, a tail that was cut off, and any false signature.

    ``others`` are checkpoints from a copy kept elsewhere. ``keys`` are public keys (hex) that are trusted; without any it is the
    installation's own; where that one is missing, none is made, and the verdict says that it is missing.
    """
    walk = Walk()
    signed = [*checkpoint.kept(), *_of_file(), *others]
    trusted = set(keys) or own_key()
    verdict = _summaries(walk, trusted)
    if verdict is not None:
        return verdict
    archived = walk.expected - 1
    false = _false_signature(signed, trusted)
    marks: dict[int, set[str]] = {}
    for seq, found in {one.stated() for one in signed}:
        marks.setdefault(seq, set()).add(found)
    walk.marks = marks
    total = _highest()
    for chunk, doubted in lines(archived):
        if not walk.follow(chunk, doubted):
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
    look = beside.Look()
    if walk.first_bad is None and not look.is_whole(reasons_gone=walk.gone):
        walk.stop(look.first_bad, look.why)
    if walk.first_bad is None and false:
        return Verdict(last - archived, ok=False, why=false, checkpoints=len(marks), archived=archived)
    told = Verdict(
        entries=(walk.first_bad - 1 if walk.first_bad is not None else last) - archived,
        ok=walk.first_bad is None,
        first_bad=walk.first_bad,
        why=walk.why,
        signed_up_to=walk.signed,
        checkpoints=len(marks),
        archived=archived,
        removed=tuple(look.removed),
        unbound=look.unbound,
    )
    return _without_key(told) if trusted is None else told


def _without_key(found: Verdict) -> Verdict:
    """The verdict where the installation's key is not here: whatever fits was signed by nobody who is known."""
    if found.ok and (found.checkpoints or found.archived):
        return replace(found, ok=False, key_missing=True, why=_KEY_MISSING)
    return found


def own_key() -> set[str] | None:
    """The installation's own public key; none where it cannot be used, None where there is no key."""
    if not signing.has_key():
        return None
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


def _false_signature(signed: Iterable[Signed], trusted: Collection[str] | None) -> str:
    checked: set[tuple[str, str, str]] = set()
    for one in signed:
        if (one.text, one.signature, one.key) in checked:
            continue
        checked.add((one.text, one.signature, one.key))
        if not signing.valid(one.text, one.signature, one.key):
            return f"the signature of the checkpoint at entry {one.seq} is false"
        if trusted is not None and one.key not in trusted:
            return (
                f"the checkpoint at entry {one.seq} was signed by a key that is not this installation's;"
                " name the keys you trust with --public-key"
            )
    return ""


def _summaries(walk: Walk, trusted: Collection[str] | None) -> Verdict | None:
    """Begin the walk after what stands in summaries; a verdict where one of them is false."""
    for row in Summary.objects.order_by("first_seq"):
        said = json.loads(row.text)
        first, last = int(said["first_seq"]), int(said["last_seq"])
        if not signing.valid(row.text, row.signature, row.key) or (trusted is not None and row.key not in trusted):
            why = f"the summary of entries {first} to {last} has a false signature"
        elif first != walk.expected or said["first_previous"] != walk.previous or last != row.last_seq:
            why = f"the summary of entries {first} to {last} does not follow entry {walk.expected - 1}"
        else:
            walk.previous, walk.expected, walk.signed = str(said["last_digest"]), last + 1, last
            continue
        return Verdict(0, ok=False, first_bad=walk.expected, why=why, archived=walk.expected - 1)
    return None


def _highest() -> int:
    return Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
