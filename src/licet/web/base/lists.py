"""What every list page shares: its query as links, filters as chips, headings that sort, pages, sizes, export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise

from licet.sites.paging import Counted, Page
from licet.web.base.asked import number_in

T = TypeVar("T")

SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
_MANY = 40  # more values of one filter than any page offers are not read


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice of a filter, as a link that sets or clears it."""

    title: Any
    count: Counted | int | None
    address: str
    on: bool
    key: str


@dataclass(frozen=True, slots=True)
class Group:
    """A filter with its choices."""

    title: Any
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``sort`` is the field it sorts by, "" = not sortable; ``css`` says when it gives way on narrow screens."""

    title: str | Promise
    sort: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading as drawn; ``direction`` is ascending, descending or ""."""

    title: Any
    address: str
    direction: str
    css: str


def page_of(rows: Sequence[T], query: "Query") -> Page[T]:
    """One page of rows that are held whole, a few thousand at most; a cursor is the number of the first row."""
    start = number_in(query.cursor) if len(query.cursor) < 9 else 0
    before = str(max(start - query.size, 0)) if start else ""
    after = str(start + query.size) if start + query.size < len(rows) else ""
    return Page(tuple(rows[start : start + query.size]), before, after)


def filters_of(request: HttpRequest) -> dict[str, tuple[str, ...]]:
    """What a view has read of its address by :class:`Query`: the filters that it knows, with the values that it took."""
    read: dict[str, tuple[str, ...]] = request.__dict__.setdefault("filters_read", {})
    return read


class Query:
    """The query part of a list's address: what is asked, and links that change one thing of it."""

    def __init__(self, request: HttpRequest) -> None:
        self._asked: QueryDict = request.GET
        self._read = filters_of(request)
        self.path = request.path
        self.text = self._asked.get("q", "").replace("\x00", "").strip()[:100]
        self.cursor = self._asked.get("c", "")
        sort = self._asked.get("sort", "")
        self.sort, self.descending = sort.lstrip("-"), sort.startswith("-")
        size = self._asked.get("size", "")
        self.size = next((known for known in SIZES if str(known) == size), DEFAULT_SIZE)

    def many(self, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """The values of a filter that exist, in the order of ``allowed``."""
        asked = set(self._asked.getlist(name)[:_MANY])
        return self._taken(name, tuple(value for value in allowed if value in asked))

    def numbers(self, name: str, limit: int = 1000) -> tuple[int, ...]:
        """The values of a filter that are numbers."""
        found = [number_in(value) for value in self._asked.getlist(name)[:limit]]
        self._taken(name, tuple(str(one) for one in found if one))
        return tuple(one for one in found if one)

    def one(self, name: str) -> str:
        """The value of a filter with one value, "" where it is not set."""
        value = str(self._asked.get(name, ""))[:100]
        self._taken(name, (value,) if value else ())
        return value

    def _taken(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        if values:
            self._read[name] = values
        return values

    def link(self, **changes: str | list[str]) -> str:
        """The list's address with something changed; that starts again at the first page."""
        return f"{self.path}{self.query(**changes)}"

    def only(self, names: Iterable[str]) -> str:
        """The list's address with nothing but these parts of it."""
        kept = [(name, value) for name in names for value in self._asked.getlist(name)[:_MANY] if value]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def query(self, **changes: str | list[str]) -> str:
        """The query part alone, beginning with ``?``."""
        asked = self._asked.copy()
        asked.pop("c", None)
        for name, value in changes.items():
            values = [value] if isinstance(value, str) else value
            asked.setlist(name, [one for one in values if one])
        for name in list(asked):
            if not any(asked.getlist(name)):
                del asked[name]
        return f"?{asked.urlencode()}" if asked else "?"

    def kept(self) -> list[tuple[str, str]]:
        """The names and values a search form carries along."""
        return [
            (name, value) for name, values in self._asked.lists() if name not in {"q", "c"} for value in values if value
        ]

    def chips(
        self, title: Any, name: str, titles: Mapping[str, Any], counts: Mapping[str, Counted | int] | None
    ) -> Group:
        """A filter's chips: those that would leave something or are chosen; all where nothing was counted."""
        chosen = self.many(name, titles)
        found = []
        for value, text in titles.items():
            count = None if counts is None else counts.get(value, 0)
            on = value in chosen
            if count == 0 and not on:
                continue
            wanted = [other for other in chosen if other != value] if on else [*chosen, value]
            found.append(Chip(text, count, self.link(**{name: wanted}), on, f"{name}-{value}"))
        return Group(title, tuple(found))

    def headings(self, columns: Iterable[Column], default: str) -> list[Heading]:
        """The columns' headings; a sorted one turns round when followed again. ``default`` is the order unasked, "-" = descending."""
        sort = self.sort or default.lstrip("-")
        falling = self.descending if self.sort else default.startswith("-")
        found = []
        for column in columns:
            direction = ""
            if column.sort and column.sort == sort:
                direction = "descending" if falling else "ascending"
            turned = f"-{column.sort}" if direction == "ascending" else column.sort
            found.append(Heading(column.title, self.link(sort=turned) if column.sort else "", direction, column.css))
        return found


@dataclass(frozen=True, slots=True)
class Listing:
    """All that ``base/list.html`` needs. ``rows`` are drawn by ``row_template``; ``chosen`` says what is filtered, in words."""

    title: Any
    noun: Any
    query: Query
    groups: list[Group]
    headings: list[Heading]
    page: Page[Any]
    rows: list[Any]
    total: Counted
    row_template: str
    placeholder: Any
    export: str = ""
    picks: bool = False
    acts: str = ""  # a template with what can be done with the rows; it stands in the part that a filter changes
    empty: Any = ""
    which: tuple[
        str, ...
    ] = ()  # parts of the address that say of what the list is; they stay where filters are cleared

    @property
    def before(self) -> str:
        """The address of the page before."""
        return self._at(self.page.before)

    @property
    def after(self) -> str:
        """The address of the next page."""
        return self._at(self.page.after)

    def _at(self, cursor: str) -> str:
        query = self.query.query()
        return f"{self.query.path}{query}{'' if query == '?' else '&'}c={cursor}" if cursor else ""

    @property
    def chosen(self) -> list[Chip]:
        """The chips that are set."""
        return [chip for group in self.groups for chip in group.chips if chip.on]

    @property
    def sizes(self) -> list[tuple[int, str, bool]]:
        """Rows a page: number, address, whether it is the current one."""
        return [(size, self.query.link(size=str(size)), size == self.query.size) for size in SIZES]

    @property
    def clear(self) -> str:
        """The list without any filter."""
        return self.query.only(self.which)

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.chosen or self.query.text)

    @property
    def export_address(self) -> str:
        """The export of exactly what is filtered."""
        return f"{self.export}{self.query.query()}" if self.export else ""
