"""Which columns of which tables are searched. Nothing sealed is among them: keys and passwords lie in the vault, not in these columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPAN: Final = 1 << 48  # more rows than any table has; entry = kind * _SPAN + id
_TAIL: Final = 9  # characters of a serial number that tell devices of one model apart
_SHORTEST_PART: Final = 4


@dataclass(frozen=True, slots=True)
class Source:
    """One table. ``words`` is SQL over its row ``t`` (and ``joins``) that gives the searched text; ``site`` SQL of the site's id.

    ``watched`` are the columns after whose change the row is indexed anew. ``others`` are (table, column, condition): a change of
    that column there re-indexes the rows of this table where the condition on ``t`` and ``NEW`` holds.
    """

    kind: str
    number: int
    table: str
    watched: tuple[str, ...]
    words: str
    joins: str = ""
    site: str = "t.site_id"
    others: tuple[tuple[str, str, str], ...] = ()

    @property
    def base(self) -> int:
        """The entry of the row with id 0."""
        return self.number * _SPAN

    @property
    def span(self) -> tuple[int, int]:
        """The first and last entry this kind can have."""
        return self.base, self.base + _SPAN - 1

    @property
    def select(self) -> str:
        """SQL of (entry, text) for rows of the table; a condition on ``t`` may follow. The site stands in it as a word."""
        return (
            f"SELECT {self.base} + t.id AS entry,"
            f" replace({self.words}, '{SITE_WORD}', ' ') || ' {SITE_WORD}' || {self.site} AS words"
            f" FROM {self.table} t {self.joins}"
        )


SITE_WORD: Final = "§"  # before a site's id; taken out of every text, so that no text can say where it is


def _text(*columns: str) -> str:
    return " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)


def _tails(column: str) -> str:
    """Each ending of a serial number's telling part, so that the beginning of a word finds every part of it; and its date."""
    wide = f"coalesce({column}, '')"
    lengths: Iterator[int] = iter((*range(_SHORTEST_PART, _TAIL), _TAIL, 21))
    return " || ' ' || ".join(
        f"CASE WHEN length({wide}) > {n} THEN substr({wide}, length({wide}) - {n - 1}) ELSE '' END" for n in lengths
    )


def _address(column: str) -> str:
    """An address as one word: its dots and colons become what is no border of words."""
    return f"replace(replace(coalesce({column}, ''), '.', '_'), ':', '_')"


SOURCES: Final = (
    Source(
        "device", 1, "estate_device", ("site_id", "serial_number", "name", "model", "address", "mac"),
        f"{_text('t.name', 't.serial_number', 't.model')} || ' ' || {_address('t.address')}"
        f" || ' ' || replace(coalesce(t.mac, ''), ':', '') || ' ' || {_tails('t.serial_number')}",
    ),
    Source(
        "channel", 2, "estate_channel", ("site_id", "name", "serial_number", "model", "address"),
        f"{_text('t.name', 't.serial_number', 't.model')} || ' ' || {_address('t.address')} || ' ' || {_tails('t.serial_number')}",
    ),
    Source(
        "installation", 3, "estate_installation", ("site_id", "name", "product", "host"),
        f"{_text('t.name', 't.product')} || ' ' || {_address('t.host')}",
    ),
    Source("cloud_account", 4, "estate_cloudaccount", ("site_id", "name", "platform"), _text("t.name", "t.platform")),
    Source(
        "licence", 5, "register_licence",
        ("site_id", "title", "sku_id", "order_id", "assignee", "note", "cost_centre", "contact", "support_contract"),
        _text(
            "t.title", "s.code", "o.number", "t.assignee", "t.cost_centre", "t.contact", "t.support_contract",
            "substr(t.note, 1, 20000)",
        ),
        joins="LEFT JOIN register_sku s ON s.id = t.sku_id LEFT JOIN register_order o ON o.id = t.order_id",
        others=(
            ("register_sku", "code", "t.sku_id = NEW.id"),
            ("register_order", "number", "t.order_id = NEW.id"),
        ),
    ),
    Source(
        "order", 6, "register_order", ("site_id", "number", "vendor", "reseller", "invoice_number"),
        _text("t.number", "t.vendor", "t.reseller", "t.invoice_number"),
    ),
    Source(
        "note", 7, "register_note", ("text", "licence_id", "order_id"), "substr(t.text, 1, 20000)",
        joins="LEFT JOIN register_licence l ON l.id = t.licence_id LEFT JOIN register_order o ON o.id = t.order_id",
        site="coalesce(l.site_id, o.site_id)",
        others=(
            ("register_licence", "site_id", "t.licence_id = NEW.id"),
            ("register_order", "site_id", "t.order_id = NEW.id"),
        ),
    ),
    Source("document", 8, "register_document", ("site_id", "title", "file_name"), _text("t.title", "t.file_name")),
    Source("site", 9, "sites_site", ("name", "full_name"), "t.full_name", site="t.id"),
    Source("pool", 10, "register_pool", ("site_id", "name"), _text("t.name")),
)  # fmt: skip
