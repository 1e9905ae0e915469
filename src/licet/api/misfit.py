"""Why a value in a request cannot be taken, as one short sentence that says how to mend it. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_SAID: Final = re.compile(r"\^\(([a-z_]+(?:\|[a-z_]+)*)\)(\$|:)")
_CODE: Final = "Write a code of small letters, digits and _, beginning with a letter, as camera."
_FILLED: Final = "Write something; blanks alone are not taken."
_NO_NUL: Final = "Leave out the character with the number 0."
_OBJECT: Final = "Write an object, in braces {{ }}."
_DAY: Final = "Write a day as 2027-01-31."
_INSTANT: Final = "Write a time with its zone as 2027-01-31T12:00:00Z."
_WHOLE: Final = "Write a whole number."
_TRUTH: Final = "Write true or false."
# Forms of texts in the order of frequency; those that list what there is are read from the form itself.
FORMS: Final[Mapping[str, str]] = {
    r"^[^\x00]*$": _NO_NUL,
    r"^[^\x00]*[^\s\x00][^\x00]*$": _FILLED,
    r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$": "Write money as 1234.50.",
    r"^[a-z][a-z0-9_]{0,39}$": _CODE,
    r"^[a-z][a-z0-9_]{1,39}$": _CODE,
    r"^([A-Z]{3})?$": "Write three capital letters, as EUR, or nothing.",
    r"^[^/\x00]+$": "Leave out the slash.",
    r"^[^/\x00]*[^/\s\x00][^/\x00]*$": "Write a name without a slash; blanks alone are not taken.",
    r"^[1-9][0-9]{0,17}$": "Write the number of an object, as 12.",
    r"^[1-9][0-9]{0,7}:[a-z][a-z0-9_]{0,39}$": "Write a number and a code, as 12:camera.",
    r"^[A-Za-z0-9.:-]+$": "Write one host name or address, as 192.0.2.7.",
    r"^([0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31})?$": "Write a SHA-256 fingerprint: 64 hexadecimal digits.",
    r"^(\*|[a-z_]+\.(\*|[a-z_]+))$": "Write *, or two words with a point between, as device.*.",
    r"^[A-Za-z0-9_-]{0,40}$": "Write letters, digits, - and _ alone.",
}
# By pydantic's word for what is wrong; a part in braces is a limit of the field.
SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This is missing; it must be given.",
    "extra_forbidden": "There is no such field. The schema names those that there are.",
    "none_required": "Write null.",
    "string_type": "Write a text.",
    "string_unicode": "Write a text in UTF-8.",
    "string_too_short": "Write at least {min_length} characters.",
    "string_too_long": "Write at most {max_length} characters.",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "Write a smaller number.",
    "float_type": "Write a number.",
    "float_parsing": "Write a number.",
    "finite_number": "Write a number that is not endless.",
    "greater_than": "Write a number above {gt}.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than": "Write a number below {lt}.",
    "less_than_equal": "Write {le} or less.",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "list_type": "Write a list, in brackets [ ].",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": _INSTANT,
}
_OTHERWISE: Final = "This cannot be taken here. The schema says what can."
_FILE: Final = "Send a file here, in a form (multipart/form-data)."


def sentence(error: Mapping[str, Any]) -> str:
    """One error as pydantic gives it (``type``, ``msg``, ``ctx``)."""
    kind, limits = str(error["type"]), error.get("ctx") or {}
    return _OF_ITS_OWN.get(kind, _plain)(kind, limits)


def _plain(kind: str, limits: Mapping[str, Any]) -> str:
    return SENTENCES.get(kind, _OTHERWISE).format_map(limits)


def _form(_kind: str, limits: Mapping[str, Any]) -> str:
    pattern = str(limits.get("pattern", ""))
    if (found := _SAID.match(pattern)) is None:
        return FORMS.get(pattern, _OTHERWISE)
    words = found[1].split("|")
    if found[2] == "$":
        return f"Write one of: {', '.join(words)}."
    return f"Write a kind and a number, as {words[0]}:12. Kinds are: {', '.join(words)}."


def _choice(_kind: str, limits: Mapping[str, Any]) -> str:
    words = str(limits.get("expected", "")).replace("' or '", "', '")
    return f"Write one of: {words.replace(chr(39), '')}."


def _ours(_kind: str, limits: Mapping[str, Any]) -> str:
    """What a check of our own says; one of the framework's is about files."""
    text = str(limits.get("error", "")).strip()
    if not text or text.startswith("Expected UploadFile"):
        return _FILE
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


_OF_ITS_OWN: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "string_pattern_mismatch": _form, "literal_error": _choice, "value_error": _ours,
}  # fmt: skip
