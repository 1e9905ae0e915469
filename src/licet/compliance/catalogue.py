"""The catalogue in force: the shipped one and the owner's own files. Reading only; no database."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import yaml

from licet.compliance.controls import Catalogue, CatalogueError, catalogue_of, joined
from licet.settings import data_folder

OWN: Final = "catalogues"  # folder of own catalogues in the data folder
_MOST_BYTES: Final = 4 * 1024 * 1024


class _Plain(yaml.SafeLoader):
    """YAML without anchors: a file of a few lines could otherwise become one of millions."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are not allowed")
        return super().compose_node(parent, index)


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with Licet."""
    return catalogue_of(_read(files("licet.data").joinpath("controls.yaml").read_text(encoding="utf-8")))


def own_files() -> list[Path]:
    """The owner's catalogue files in the order in which they are read."""
    return sorted((data_folder() / OWN).glob("*.yaml"))


def current() -> Catalogue:
    """The shipped catalogue with the owner's own. A file with a mistake is left out; :func:`broken` says why."""
    return _together(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in own_files()))[0]


def broken() -> dict[str, tuple[str, ...]]:
    """Own catalogue files that are left out, with what is wrong in each."""
    return _together(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in own_files()))[1]


@cache
def _together(stamps: tuple[tuple[Path, int, int], ...]) -> tuple[Catalogue, dict[str, tuple[str, ...]]]:
    found, wrong = shipped(), {}
    for path, _changed, _size in stamps:
        try:
            found = joined(found, from_file(path, found))
        except CatalogueError as error:
            wrong[path.name] = error.problems
    return found, wrong


def from_file(path: Path, above: Catalogue | None = None) -> Catalogue:
    """The catalogue of a file; raises :class:`CatalogueError` with every problem found."""
    try:
        with path.open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
        text = content.decode()
    except OSError as error:
        raise CatalogueError([f"{path.name} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise CatalogueError([f"{path.name} is no UTF-8 text"]) from None
    if len(content) > _MOST_BYTES:
        raise CatalogueError([f"{path.name} is larger than {_MOST_BYTES // 1024 // 1024} MiB"])
    return catalogue_of(_read(text), above)


def _read(text: str) -> object:
    try:
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CatalogueError([f"it is no YAML that can be read: {str(error).splitlines()[0][:200]}"]) from None
