"""The one check of files that people upload: size, and what the bytes are, whatever the name says."""

from collections.abc import Collection
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from licet.tabular.errors import NotReadable
from licet.tabular.workbook import check_archive

_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"\x00asm")
_SIGNS: Final = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old office file, or one locked by a password"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "packed file"),
    (b"\xfd7zXZ", "packed file"),
    (b"7z\xbc\xaf", "packed file"),
    (b"Rar!", "packed file"),
    (b"GIF8", "picture"),
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_MARKUP: Final = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script")
_TEXT_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}


class Refused(Exception):
    """A file that is not taken: one sentence for whoever gave it."""


def accept(file: "UploadedFile[Any]", kinds: Collection[str], most_bytes: int) -> bytes:
    """The bytes of an uploaded file that is one of the kinds (text, xlsx, ods, pdf, png, jpeg). Raises :class:`Refused`.

    A program under another name, a locked workbook, and one that unpacks beyond reason are refused here.
    """
    if file.size is not None and file.size > most_bytes:
        raise Refused(
            _("The file has more than %(most)s, the most that is taken. Divide it, or import it by the command line.")
            % {"most": filesizeformat(most_bytes)}
        )
    data: bytes = file.read()
    if not data.strip():
        raise Refused(_("The file is empty."))
    if len(data) > most_bytes:
        raise Refused(
            _("The file is larger than it said; at most %(most)s are taken.") % {"most": filesizeformat(most_bytes)}
        )
    kind = kind_of(data)
    if kind == "program":
        raise Refused(_("This is a program, whatever its name says. It is not taken."))
    if kind not in kinds:
        raise Refused(
            _("This is a %(kind)s, whatever its name says. Taken are: %(kinds)s.")
            % {"kind": _called(kind), "kinds": ", ".join(_called(one) for one in sorted(kinds))}
        )
    if kind in {"xlsx", "ods"}:
        try:
            check_archive(data)
        except NotReadable as error:
            raise Refused(str(error)) from error
    return data


def kind_of(data: bytes) -> str:
    """What the bytes are: one of the kinds, "program", or another word for what they are."""
    if data.startswith(_PROGRAMS):
        return "program"
    for sign, kind in _SIGNS:
        if data.startswith(sign):
            return kind
    if data.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in data[:200]:
            return "ods"
        return "xlsx" if b"xl/" in data else "packed file"
    head = data[:4096]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        return "web page or XML"
    if head.startswith(_WIDE) or head.count(0) > len(head) // 8:
        return "text"
    return "text" if sum(byte in _TEXT_CONTROL for byte in head) * 50 <= len(head) else "file of no known kind"


def _called(kind: str) -> str:
    return {
        "text": _("CSV or other text"),
        "gzip": _("packed file (.gz)"),
        "xlsx": "XLSX",
        "ods": "ODS",
        "pdf": "PDF",
        "png": "PNG",
        "jpeg": "JPEG",
    }.get(kind, kind)
