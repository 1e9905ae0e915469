from typing import Final

from licet.wire.facts import Capabilities
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_int
from licet.wire.xml import Element

PATH: Final = "/ISAPI/System/capabilities"
_VIDEO_INPUTS: Final = "videoInputPortNums"
_ALGORITHMS: Final = "algorithmType"
_SIGN_IN: Final = "CertificateType"


def parse_capabilities(root: Element) -> Parsed | None:
    """The boolean flags by local name; true if any of several equal names says true (case C015).

    A flag named just ``isSupport`` is kept with its parent, ``SnmpCap/isSupport``. A capability is no proof of the function
    (surprises 9). The salt is not kept.
    """
    flags: dict[str, bool] = {}
    inputs: int | None = None
    algorithms: tuple[str, ...] = ()
    basic: bool | None = None
    for element in root.iter():
        text = element.text
        tag = element.tag
        name = tag[tag.rfind("}") + 1 :]
        if text is not None and (text := text.strip()) in ("true", "false"):
            if name == "isSupport" and (parent := element.getparent()) is not None:
                name = f"{parent.tag[parent.tag.rfind('}') + 1 :]}/{name}"
            flags[name] = flags.get(name, False) or text == "true"
        elif name == _VIDEO_INPUTS:
            inputs = read_int(text) if inputs is None else inputs
        elif name == _ALGORITHMS:
            algorithms = _words(element.get("opt") or text)
        elif name == _SIGN_IN:
            basic = any("basic" in word.lower() for word in _words(text or element.get("opt")))
    if not flags and inputs is None:
        return None
    return Parsed(Capabilities(flags=flags, video_inputs=inputs, security_algorithms=algorithms, basic_allowed=basic))


def _words(text: object) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if isinstance(text, str) else ()
