"""How often the devices of sites are asked by themselves."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from licet.api.asked import Asked, site_where
from licet.api.jobs import router
from licet.api.operation import reads, writes
from licet.api.word import Given, RowNumber
from licet.sweep import rhythm
from licet.sweep.models import Rhythm


class RhythmGiven(Given):
    """Every so many minutes, 5 to 44,640; 0 = not by itself. ``queue``: of which workers, empty = of any."""

    minutes: Annotated[int, Field(ge=0, le=rhythm.MOST)]
    queue: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,40}$", max_length=40)] = ""


@dataclass(frozen=True, slots=True)
class RhythmRow:
    """The rhythm that is set at a site; it holds below until another is set."""

    site_id: int
    site: str
    minutes: int
    queue: str


@reads(router, "/rhythms", list[RhythmRow])
def list_rhythms(request: Asked) -> list[RhythmRow]:
    """The rhythms in scope."""
    return [_row(one) for one in rhythm.rhythms(request.actor)]


@writes(router, "put", "/sites/{int:number}/rhythm", RhythmRow, needs="administer")
def set_a_rhythm(request: Asked, number: RowNumber, given: RhythmGiven) -> RhythmRow:
    """Have the devices of a site and those below asked every so many minutes."""
    site = site_where(request, number, "administer", "path.number")
    return _row(rhythm.set_rhythm(request.actor, site, given.minutes, given.queue))


@writes(router, "delete", "/sites/{int:number}/rhythm", None, needs="administer", status=204)
def remove_a_rhythm(request: Asked, number: RowNumber) -> None:
    """Have a site follow the sites above it again."""
    rhythm.remove_rhythm(request.actor, site_where(request, number, "administer", "path.number"))


def _row(one: Rhythm) -> RhythmRow:
    return RhythmRow(one.site_id, one.site.full_name, one.minutes, one.queue)
