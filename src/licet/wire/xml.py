"""Reading XML from devices that may lie, break or attack.

Bounded in size, no DOCTYPE, no entities, no network, depth limited to 256 by the parser. Names are matched without their
namespace, because the namespace changes between and inside answers (isapi.md 2, cases C008 and C009).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree

from licet.wire.errors import UnreadableError

Element = etree._Element  # noqa: SLF001 (lxml's stubs name the class so; there is no public name)

MAX_BYTES: Final = 1_000_000
MOST_ELEMENTS: Final = 1024
LONGEST_TEXT: Final = 1024
_DOCTYPE: Final = re.compile(rb"<!doctype", re.IGNORECASE)
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SHOWN_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed answer: its root and short notes about the answer itself."""

    root: Element
    notes: tuple[str, ...] = ()


def _parser(encoding: str | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


_PARSER: Final = _parser()
_PARSER_UTF8: Final = _parser("utf-8")


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> Document:
    """The document in ``data``.

    Bytes that are not valid in the declared encoding become replacement characters and a note that names the element and
    keeps the raw bytes as hex (case C010). Raises UnreadableError with one sentence and, where there is one, the line (case C012).
    """
    if len(data) > max_bytes:
        raise UnreadableError(f"answer is larger than {max_bytes} bytes")
    data = data.strip(b"\xef\xbb\xbf \t\r\n")
    if not data:
        raise UnreadableError("answer is empty")
    if _HTML.match(data):
        raise UnreadableError("answer is an HTML page, not XML")
    if not data.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("answer is not XML")
    if b"<!" in data and _DOCTYPE.search(data):
        raise UnreadableError("answer carries a DOCTYPE, which no device needs; it was not read")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        root, notes = _with_replacement(data, error)
    else:
        notes = ()
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError("answer carries a DOCTYPE, which no device needs; it was not read")
    return Document(root, notes)


def _with_replacement(data: bytes, error: etree.XMLSyntaxError) -> tuple[Element, tuple[str, ...]]:
    """A second reading when the only fault is bytes outside UTF-8; otherwise the first error as a sentence."""
    sentence = f"answer is not well-formed XML at line {error.lineno or 1}"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        raise UnreadableError(sentence) from None
    try:
        root = etree.fromstring(data.decode("utf-8", "replace").encode(), _PARSER_UTF8)
    except (etree.XMLSyntaxError, ValueError) as second:
        line = getattr(second, "lineno", None) or error.lineno or 1
        raise UnreadableError(f"answer is not well-formed XML at line {line}") from None
    return root, tuple(_damaged(root, data))


def _damaged(root: Element, data: bytes) -> Iterator[str]:
    for element in root.iter():
        if element.text and "\ufffd" in element.text:
            tag = local(element)
            name = "name" if tag.lower().endswith("name") else tag
            raw = re.search(rb"<(?:[\w.-]+:)?" + re.escape(tag.encode()) + rb"\b[^>]*>([^<]*[\x80-\xff][^<]*)<", data)
            yield f"{name} not valid UTF-8" + (f" (bytes {raw[1][:_SHOWN_BYTES].hex()})" if raw else "")


def local(element: Element) -> str:
    """The element's name without namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts(element: Element) -> dict[str, str]:
    """Local name -> text of the children that carry any, cut at 1,024 characters; the first that says something wins."""
    found: dict[str, str] = {}
    for each in element:
        text = each.text
        if text and (text := text.strip()):
            tag: str = each.tag
            name = tag[tag.rfind("}") + 1 :]
            if name not in found:
                found[name] = text[:LONGEST_TEXT]
    return found


def child(element: Element, name: str) -> Element | None:
    """The first child of that local name."""
    return element.find(f"{{*}}{name}")


def every(root: Element, name: str) -> list[Element]:
    """All elements of that local name, the root included: a list of one may come without its list (surprises 2).

    Raises UnreadableError for more than 1,024: no device has so many of anything.
    """
    found = list(islice(root.iter(f"{{*}}{name}"), MOST_ELEMENTS + 1))
    if len(found) > MOST_ELEMENTS:
        raise UnreadableError(f"answer lists more than {MOST_ELEMENTS} <{name}>")
    return found
