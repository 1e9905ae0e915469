"""The schema holds what is answered: no two things share a name, every operation tells its errors, and strange requests find nothing."""

import json

import pytest

from licet.api.main import api


@pytest.fixture(scope="module")
def schema():
    return api.get_openapi_schema()


def operations(schema):
    for path, known in schema["paths"].items():
        for method, operation in known.items():
            yield method.upper(), path, operation


def test_no_two_things_of_the_schema_share_a_name():
    """ninja lays the definitions of all operations into one place: of two with one name the last would stand for both."""
    met = {}
    for definitions in _definitions():
        for name, told in definitions.items():
            assert met.setdefault(name, told) == told, name


def _definitions():
    for _prefix, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in [*operation.response_models.values(), *operation.models]:
                    if hasattr(model, "model_json_schema"):
                        mode = "serialization" if model not in operation.models else "validation"
                        yield model.model_json_schema(mode=mode, ref_template="#/{model}").get("$defs", {})


def test_every_operation_tells_its_errors_as_problems(schema):
    assert schema["openapi"].startswith("3.1")
    for method, path, operation in operations(schema):
        answers = operation["responses"]
        assert {401, 403, 404, 422, 429, 500} <= set(answers), (method, path)
        for status, answer in answers.items():
            if status >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (method, path, status)
        assert operation["summary"], (method, path)
    names = [operation["operationId"] for *_, operation in operations(schema)]
    assert len(set(names)) == len(names)


def test_the_schema_is_told_to_anybody(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert json.loads(answer.content)["info"]["title"] == "Licet"
