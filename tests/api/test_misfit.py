"""No sentence of the framework reaches a program: each error that a field can have has one of ours."""

import pytest
from pydantic_core import PydanticKnownError

from licet.api.main import api
from licet.api.misfit import FORMS, SENTENCES, sentence

_NUMBER = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
# What can be wrong at each kind of node of a schema.
POSSIBLE = {
    "str": {"string_type", "string_unicode", "string_too_short", "string_too_long", "string_pattern_mismatch"},
    "int": {"int_type", "int_parsing", "int_from_float", "int_parsing_size", *_NUMBER},
    "float": {"float_type", "float_parsing", "finite_number", *_NUMBER},
    "bool": {"bool_type", "bool_parsing"},
    "literal": {"literal_error"},
    "list": {"list_type", "too_short", "too_long"},
    "dict": {"dict_type", "too_short", "too_long"},
    "date": {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"},
    "datetime": {"datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid", "timezone_aware"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"extra_forbidden"},
    "model-field": {"missing"},
    "union": set(),
    "nullable": set(),
    "default": set(),
    "any": set(),
    "function-wrap": {"value_error"},
    "function-before": {"value_error"},
    "function-after": {"value_error"},
    "function-plain": {"value_error"},
}  # fmt: skip
OWN = {"string_pattern_mismatch", "literal_error", "value_error"}


def _nodes(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for name, part in schema.items():
            if name not in {"serialization", "metadata", "cls", "function", "config", "ref"}:
                yield from _nodes(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _nodes(part)


@pytest.fixture(scope="module")
def nodes():
    return [
        node
        for _prefix, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
        for model in operation.models
        for node in _nodes(model.__pydantic_core_schema__)
        if node["type"] != "definition-ref"
    ]


def test_whatever_can_be_wrong_with_a_field_has_a_sentence_of_ours(nodes):
    kinds = {node["type"] for node in nodes}
    assert len(kinds) > 10
    assert kinds <= set(POSSIBLE)
    assert set().union(*(POSSIBLE[kind] for kind in kinds)) <= set(SENTENCES) | OWN


def test_no_sentence_is_the_frameworks():
    limits = {"min_length": 1, "max_length": 2, "gt": 1, "ge": 1, "lt": 1, "le": 1}
    for kind in SENTENCES:
        said = sentence({"type": kind, "msg": "", "ctx": limits})
        assert (
            said
            != PydanticKnownError(
                kind, {**limits, "field_type": "List", "actual_length": 3, "error": "x", "class_name": "X"}
            ).message()
        )
        assert "{" not in said.replace("{ }", "")
        assert said[0].isupper()
        assert said.endswith(".")
    assert sentence({"type": "never_heard_of", "msg": "Input should be"}).startswith("This cannot be taken")


def test_every_form_of_a_text_has_its_sentence(nodes):
    patterns = {str(node["pattern"]) for node in nodes if "pattern" in node}
    assert len(patterns) > 10
    for pattern in patterns:
        said = sentence({"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}})
        assert "schema" not in said, pattern
    assert set(FORMS) <= patterns


@pytest.mark.parametrize(
    ("method", "path", "body", "place", "what"),
    [
        ("post", "/sites", {}, "body.name", "This is missing; it must be given."),
        ("post", "/sites", {"name": 5}, "body.name", "Write a text."),
        ("post", "/sites", {"name": "a/b"}, "body.name", "Write a name without a slash; blanks alone are not taken."),
        ("post", "/sites", {"name": "x", "nmae": 1}, "body.nmae", "There is no such field. The schema names those that there are."),
        ("post", "/licences", {"site": "3"}, "body.site", "Write a whole number."),
        ("post", "/licences", {"site": 0}, "body.site", "Write 1 or more."),
        ("post", "/licences", {"expires_on": "2027-02-30"}, "body.expires_on",
         "2027-02-30 is on no calendar; write a day as 2027-01-31, a time as 2027-01-31T12:00:00Z."),
        ("post", "/licences", {"expires_on": "soon"}, "body.expires_on",
         "Write a day as 2027-01-31, a time as 2027-01-31T12:00:00Z."),
        ("post", "/devices", {"site": 1, "address": "192.0.2.1", "scheme": "ftp"}, "body.scheme", "Write one of: http, https."),
        ("put", "/compliance/limits/retention_max_days", {"value": 1.5}, "body.value",
         "Write a whole number, true or false, a text of at most 200 characters, a list of them, or an object."),
        ("get", "/devices?limit=many", None, "query.limit", "Write a whole number."),
        ("get", "/devices?limit=201", None, "query.limit", "Write 200 or less."),
        ("post", "/sites", [], "body", "Write an object, in braces { }."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_in_our_words(program, method, path, body, place, what):
    here = program()
    answer = here.get(path) if method == "get" else here.send(method, path, body)
    assert answer.status_code == 422
    assert {"where": place, "what": what} in answer.json()["errors"], answer.json()["errors"]


def test_a_text_where_a_file_is_taken_is_told_in_our_words(program, estate):
    answer = program().upload("/documents", title="x", file="no file")
    found = {one["where"]: one["what"] for one in answer.json()["errors"]}
    assert (answer.status_code, "Input should" in str(found), "UploadFile" in str(found)) == (422, False, False)
