"""Keys that somebody wrote into a reason, a title or a name are taken out before anything is packed."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any, TypeVar

from licet.audits.pack.contents import Contents

T = TypeVar("T")
Hide = Callable[[str], str]


def without_keys(found: Contents, hide: Hide) -> Contents:
    """The contents with every text that people wrote. The chain's own text stays as it is: it holds neither names nor reasons."""
    run = copy(found.run)
    run.statement = hide(run.statement)
    return replace(
        found, run=run, place=hide(found.place), waivers=hidden(found.waivers, hide), documents=hidden(found.documents, hide)
    )  # fmt: skip


def hidden(value: T, hide: Hide) -> T:
    """A value, a record or a list of them with every text in it."""
    return _hidden(value, hide)  # type: ignore[no-any-return]


def _hidden(value: Any, hide: Hide) -> Any:
    if isinstance(value, str):
        return hide(value)
    if value is None or isinstance(value, int | date):
        return value
    if isinstance(value, tuple | list):
        return type(value)(_hidden(one, hide) for one in value)
    if isinstance(value, Mapping):
        return {name: _hidden(one, hide) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _hidden(getattr(value, one.name), hide) for one in fields(value)})
    return value
