"""The schema holds what is answered: no two things share a name, every operation tells its errors, and strange requests find nothing."""

import json
from collections import defaultdict

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from licet.api.main import api
from licet.sites.token import SCOPES, add_token

# 409: a request that is well formed and cannot be done as things stand. 412: its If-Match names another state.
MAY_BE = ["2xx", 304, 401, 403, 404, 409, 412]
CONFIG = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": MAY_BE}}})
strange = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), config=CONFIG)


@pytest.fixture(scope="module")
def schema():
    return api.get_openapi_schema()


def operations(schema):
    for path, known in schema["paths"].items():
        for method, operation in known.items():
            yield method.upper(), path, operation


def test_no_two_things_of_the_schema_share_a_name(schema):
    """Of two answers with one name pydantic writes each with its module before it; of an answer and a body the schema refuses one."""
    odd = [name for name in schema["components"]["schemas"] if "__" in name]
    assert odd == []


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


@pytest.fixture
def token(estate):
    """A token that may everything; the requests run in the test's own transaction."""
    person = estate["people"]["admin"]
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield add_token(person.actor(), person, "for a test", list(SCOPES), days=1)[1]
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def kinds():
    """The operations of each tag: a test for each operation would have one name, of which workers that share files run one alone."""
    found = defaultdict(list)
    for one in strange.get_all_operations():
        operation = one.ok()
        found[operation.tags[0]].append(operation)
    return found


KINDS = kinds()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_strange_requests_are_answered_as_the_schema_says(kind, token):
    for operation in KINDS[kind]:
        either = st.one_of(
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        )

        @settings(
            max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=either)
        def ask(case):
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

        with transaction.atomic():
            ask()
            transaction.set_rollback(True)
