from typing import Final

from licet.wire.errors import UnreadableError
from licet.wire.facts import Capabilities
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_int
from licet.wire.xml import Element, every, local

PATH: Final = "/ISAPI/System/capabilities"
_MOST_FLAGS: Final = 4096
_BOOLEANS: Final = frozenset({"true", "false"})


def parse_capabilities(root: Element) -> Parsed | None:
    """The boolean flags by local name; true if any of several equal names says true (case C015).

    A flag named just ``isSupport`` is kept with its parent, ``SnmpCap/isSupport``. A capability is no proof of the function
    (surprises 9). The salt is not kept.
    """
    flags: dict[str, bool] = {}
    for element in root.iter():
        text = element.text
        if text is None or (text not in _BOOLEANS and (text := text.strip()) not in _BOOLEANS):
            continue
        name = local(element)
        if name == "isSupport" and (parent := element.getparent()) is not None:
            name = f"{local(parent)}/{name}"
        if text == "true":
            flags[name] = True
        else:
            flags.setdefault(name, False)
    if len(flags) > _MOST_FLAGS:
        raise UnreadableError(f"answer carries more than {_MOST_FLAGS} flags")
    inputs = [read_int(element.text) for element in every(root, "videoInputPortNums")]
    algorithms = [_words(element.get("opt") or element.text) for element in every(root, "algorithmType")]
    sign_in = [_words(element.text) or _words(element.get("opt")) for element in every(root, "CertificateType")]
    if not flags and not inputs:
        return None
    return Parsed(
        Capabilities(
            flags=flags,
            video_inputs=next((count for count in inputs if count is not None), None),
            security_algorithms=algorithms[0] if algorithms else (),
            basic_allowed=any("basic" in word.lower() for word in sign_in[0]) if sign_in else None,
        )
    )


def _words(text: object) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if isinstance(text, str) else ()
