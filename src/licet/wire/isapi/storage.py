from typing import Final

from licet.wire.facts import Disk, Storage
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_int
from licet.wire.xml import Element, every, local, texts

PATH: Final = "/ISAPI/ContentMgmt/Storage"


def parse_storage(root: Element) -> Parsed | None:
    """Disks and network volumes, sizes in MiB; an empty list is "none reported" (case C005), ``size`` is not believed."""
    if local(root).lower() not in ("storage", "hddlist", "naslist"):
        return None
    disks = []
    for kind in ("hdd", "nas"):
        for element in every(root, kind):
            said = texts(element)
            disks.append(
                Disk(
                    id=said.get("id", ""),
                    kind=kind,
                    status=said.get("status"),
                    capacity_mib=read_int(said.get("capacity")),
                    free_mib=read_int(said.get("freeSpace")),
                )
            )
    return Parsed(Storage(tuple(disks)), () if disks else ("no disk reported",))
