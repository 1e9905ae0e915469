from typing import Final

from licet.wire.facts import App, Apps
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool
from licet.wire.xml import Element, every, local, texts

PATH: Final = "/ISAPI/Custom/OpenPlatform/App"


def parse_apps(root: Element) -> Parsed | None:
    """Apps installed on a camera; one ``App`` may come without a list (isapi.md 4). Stopped is not unlicensed."""
    if local(root) not in ("AppList", "App"):
        return None
    apps = []
    for element in every(root, "App"):
        said = texts(element)
        if package := said.get("packageName"):
            apps.append(App(said.get("id", ""), package, read_bool(said.get("runStatus"))))
    return Parsed(Apps(tuple(apps)))
