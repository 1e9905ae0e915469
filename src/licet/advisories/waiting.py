"""Feed files that were uploaded and wait for a yes: sealed, for a day at most."""

import base64
import binascii
import zlib
from datetime import datetime, timedelta
from typing import Final

from licet.sites.record import NotPossible
from licet.vault import purpose
from licet.vault import record as vault
from licet.vault.models import Secret

KEPT_FOR: Final = timedelta(hours=24)
FORMATS: Final = frozenset({"text", "gzip"})  # as licet.sites.uploads calls them
MOST_BYTES: Final = 32 * 1024 * 1024
MOST_UNPACKED: Final = 128 * 1024 * 1024  # bytes that an uploaded packed feed may unpack to


def hold(data: bytes) -> int:
    """Seal a file and give its number."""
    return vault.put(purpose.FEED_UPLOAD, base64.b64encode(zlib.compress(data, 3)).decode()).pk


def held(number: int) -> bytes:
    """The bytes of a file that waits. Raises :class:`NotPossible` where it waits no more."""
    row = Secret.objects.select_related("wrapping_key").filter(pk=number, purpose=purpose.FEED_UPLOAD).first()
    if row is None:
        raise NotPossible("The file is not kept any more; upload it again.")
    try:
        return zlib.decompress(base64.b64decode(vault.use(row)))
    except (zlib.error, binascii.Error, vault.CannotOpen) as error:
        raise NotPossible("The file kept is damaged; upload it again.") from error


def drop(number: int) -> None:
    """Remove a file that waits."""
    Secret.objects.filter(pk=number, purpose=purpose.FEED_UPLOAD).delete()


def expire(now: datetime) -> int:
    """Remove the files that nobody went on with for a day; how many."""
    return Secret.objects.filter(purpose=purpose.FEED_UPLOAD, created_at__lt=now - KEPT_FOR).delete()[0]
