"""A file of unknown kind -> a feed. The only door to this part. Pure, bounded, offline."""

import csv
import gzip
import io
import zlib
from typing import Any, Final

from licet.advisories.feeds import json_text as js
from licet.advisories.feeds import kev, notices
from licet.advisories.feeds.csaf import is_csaf, read_csaf
from licet.advisories.feeds.epss import HEADINGS as EPSS_HEADINGS
from licet.advisories.feeds.epss import read_epss
from licet.advisories.feeds.found import Feed
from licet.advisories.feeds.nvd import is_nvd, read_nvd
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.feeds.rows import csv_rows, heading_of, text_lines

MAX_FILE: Final = 256 * 1024 * 1024
MAX_UNPACKED: Final = 256 * 1024 * 1024  # as much as a file that is not packed may have
KNOWN: Final = "NVD CVE API 2.0 (JSON), CISA KEV (JSON, CSV), EPSS (CSV), CSAF 2.0 or VEX (JSON), vendor notices (CSV)"


def read_feed(data: bytes, wanted: frozenset[str], most_unpacked: int | None = None) -> Feed:
    """The feed in a file.

    ``wanted`` are the CVEs that are held: of EPSS only their figures are kept. ``most_unpacked`` bounds what a packed file may hold,
    in bytes, below :data:`MAX_UNPACKED`. Raises :class:`NotReadable` with one sentence for a file that is none of :data:`KNOWN`, too
    large, or broken.
    """
    if len(data) > MAX_FILE:
        raise NotReadable(f"The file has more than {MAX_FILE >> 20} MB, the most that is read. Divide it.")
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data, min(most_unpacked or MAX_UNPACKED, MAX_UNPACKED))
    if not data.strip():
        raise NotReadable("The file is empty.")
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        return _of_json(js.decode(data.lstrip(b"\xef\xbb\xbf")))
    if start.startswith((b"<", b"PK", b"%PDF", b"\xd0\xcf")):
        raise NotReadable(f"This is a web page, a picture or a packed file, not a feed. Licet reads: {KNOWN}.")
    return _of_csv(data, wanted)


def _unpacked(data: bytes, most: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            found = packed.read(most + 1)
    except (OSError, EOFError, zlib.error):
        raise NotReadable("The packed file (.gz) is broken or cut short. Load it again from its source.") from None
    if len(found) > most:
        raise NotReadable(f"Unpacked, the file has more than {most >> 20} MB; that is no feed that is read here.")
    return found


def _of_json(plain: Any) -> Feed:
    if is_csaf(plain):
        return read_csaf(plain)
    if kev.is_kev(plain):
        return kev.read_kev(plain)
    if is_nvd(plain):
        return read_nvd(plain)
    raise NotReadable(f"This JSON is none of the feeds that Licet reads: {KNOWN}.")


def _of_csv(data: bytes, wanted: frozenset[str]) -> Feed:
    lines = text_lines(data)
    delimiter, names = heading_of(lines)
    try:
        if names >= EPSS_HEADINGS:
            return read_epss(lines, wanted)
        if names >= kev.HEADINGS:
            return kev.read_kev_csv(list(csv_rows(lines, delimiter)))
        if names >= notices.HEADINGS:
            return notices.read_notices(
                [(line, {k.lower(): v for k, v in row.items()}) for line, row in csv_rows(lines, delimiter)]
            )
    except csv.Error as error:
        raise NotReadable(f"The CSV cannot be read: {error}.") from None
    raise NotReadable(f"The headings of this file are of no feed that Licet reads: {KNOWN}.")
