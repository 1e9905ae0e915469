import json

import pytest

from licet.wire.hikconnect.errors import CloudState, read_cloud_answer


def test_case_c026_another_region_is_no_wrong_password_and_its_host_is_the_vendors(case):
    answer = read_cloud_answer(case("C026"))
    assert (answer.state, answer.code) == (CloudState.OTHER_REGION, 1100)
    assert (answer.host, answer.trusted) == ("apiius.hik-connect.com", True)
    assert "password" not in answer.sentence


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "hik-connect.com.example.org",
        "apiius.hik-connect.com@example.org",
        "xhik-connect.com",
        "a b.hik-connect.com",
        None,
        7,
    ],
)
def test_a_foreign_host_is_shown_and_not_trusted(host):
    body = json.dumps({"meta": {"code": 1100}, "loginArea": {"apiDomain": host}}).encode()
    assert read_cloud_answer(body).trusted is False


def test_case_c027_a_200_that_is_a_failure_says_its_code(case):
    answer = read_cloud_answer(case("C027"))
    assert (answer.state, answer.code) == (CloudState.FAILED, 1041)
    assert answer.sentence == "codes are asked for too often; no further one is asked for by itself (code 1041)"


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (b'{"meta":{"code":200}}', CloudState.OK, 200),
        (b'{"errorCode":"0"}', CloudState.OK, 0),
        (b'{"errorCode":0}', CloudState.OK, 0),
        (b'{"code":"128","msg":"x","data":""}', CloudState.FAILED, 128),
        (b'{"errorCode":"OPEN000001"}', CloudState.FAILED, None),
        (b"<html></html>", CloudState.FAILED, None),
        (b"[]", CloudState.FAILED, None),
        (b'{"meta":{"code":true}}', CloudState.FAILED, None),
    ],
)
def test_success_is_the_bodys_own_code(body, state, code):
    answer = read_cloud_answer(body)
    assert (answer.state, answer.code) == (state, code)


def test_the_recorded_answers_are_successes(shared):
    for name in ("hik-connect-login", "hik-connect-pagelist"):
        assert read_cloud_answer((shared / "recordings" / "cloud" / f"{name}.json").read_bytes()).state is CloudState.OK
