"""Numbers that run out, counted in the database: however many processes serve, they count together. And marks that serve once."""

import hashlib
import time
from collections.abc import Iterable

from django.db import connection

from licet.sites.access_models import Tally

# One statement, so that two processes which count at once count both. What has run out begins again.
_ADD = """INSERT INTO sites_tally (key, number, until) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET
  number = CASE WHEN sites_tally.until <= %s THEN excluded.number ELSE sites_tally.number + excluded.number END,
  until = CASE WHEN sites_tally.until <= %s THEN excluded.until ELSE sites_tally.until END
RETURNING number"""
_NUMBERS = "SELECT key, number FROM sites_tally WHERE until > %s AND key IN ({})"  # asked by every request of a program


def add(what: str, seconds: int, number: int = 1) -> int:
    """Count ``number`` more of something and return how many there are now; they are forgotten ``seconds`` after the first of them."""
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [_key(what), number, now + seconds, now, now])
        total = int(cursor.fetchone()[0])
    if total == number:  # something new is counted: the time to take out what has run out
        Tally.objects.filter(until__lte=now).delete()
    return total


def numbers(whats: Iterable[str]) -> dict[str, int]:
    """How many there are of each; 0 of what was never counted or has run out."""
    keys = {_key(what): what for what in whats}
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS.format(", ".join(["%s"] * len(keys))), [int(time.time()), *keys])
        rows = cursor.fetchall()
    return dict.fromkeys(keys.values(), 0) | {keys[key]: number for key, number in rows}


def forget(what: str) -> bool:
    """Count it no more. Whether there was anything: of those who ask at once, one is told so."""
    return Tally.objects.filter(key=_key(what), until__gt=int(time.time())).delete()[0] > 0


def _key(what: str) -> str:
    return hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()
