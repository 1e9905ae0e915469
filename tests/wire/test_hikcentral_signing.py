"""The worked examples of hikcentral-openapi.md 3, value by value."""

import base64
import hashlib
import hmac

import pytest

from licet.wire.hikcentral.signing import content_md5, echoed_difference, signature, signed_headers, text_to_sign

PATH = "/artemis/api/resource/v1/encodeDevice/encodeDeviceList"
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
BODY = b'{"pageNo":1,"pageSize":100}'


def test_form_a_without_signed_headers():
    text = text_to_sign("POST", PATH, JSON)
    assert len(text) == 93
    assert signature("EXAMPLESECRET0001", text) == "3OO01p6S82ci2eWfSeaBDaIR8qJxcrU1FbfDqoEnhg8="


def test_form_b_with_key_and_time():
    headers = JSON | {"X-Ca-Key": "EXAMPLEKEY01", "X-Ca-Timestamp": "1700000000000"}
    text = text_to_sign("POST", PATH, headers, ["x-ca-timestamp", "x-ca-key"])
    assert len(text) == 144
    assert signature("EXAMPLESECRET0001", text) == "qQvAqwsXRUFukl/QRWYxOaGgNai6ZiN13mkQzKJFhGU="


def test_form_c_with_the_digest_of_the_body():
    assert content_md5(BODY) == "U0Xj//qmRi3zoyapfAAuXw=="
    headers = JSON | {
        "Content-MD5": content_md5(BODY),
        "X-Ca-Key": "EXAMPLEKEY01",
        "X-Ca-Timestamp": "1700000000000",
    }
    text = text_to_sign("POST", PATH, headers, ["x-ca-key", "x-ca-timestamp"])
    assert len(text) == 169
    assert signature("EXAMPLESECRET0001", text) == "sQIeEpdSYPbrpHUIm42jYkMj5CJVs3YvS2emSUScvZY="


@pytest.mark.parametrize(
    ("headers", "signed", "expected"),
    [
        (
            {"Accept": "*/*", "Content-Type": "application/json", "x-ca-key": "23456789"},
            ["x-ca-key"],
            "7ykrKTf4GT4I9fnCqPpgkZtO6ROoSrUtt0ZLHR9EdrE=",
        ),
        (
            {
                "Accept": "application/json",
                "Content-MD5": "U0Xj//qmRi3zoyapfAAuXw==",
                "Content-Type": "application/json;charset=UTF-8",
                "x-ca-key": "23456789",
                "x-ca-nonce": "11111111-2222-4333-8444-555555555555",
                "x-ca-timestamp": "1764115200000",
            },
            ["x-ca-key", "x-ca-nonce", "x-ca-timestamp"],
            "wrBG90iiqF/TvKnyJHaS0apFumYt/iB2AckTve5YADM=",
        ),
        (
            {
                "Accept": "application/json",
                "Content-MD5": content_md5(b'{"pageNo": 1, "pageSize": 100}'),
                "Content-Type": "application/json",
                "Date": "Wed, 26 Nov 2025 00:00:00 GMT",
                "x-ca-key": "23456789",
                "x-ca-nonce": "11111111-2222-4333-8444-555555555555",
                "x-ca-timestamp": "1764115200000",
            },
            ["x-ca-key", "x-ca-nonce", "x-ca-timestamp"],
            "CU8zt4VZ+q9CPRS/Ph6HutHXe+xK8epCr6KtKWXF3qc=",
        ),
    ],
)
def test_set_two(headers, signed, expected):
    assert signature("s3cr3tForTheExample00", text_to_sign("POST", PATH, headers, signed)) == expected


def test_what_is_sent_is_what_is_signed():
    sent = signed_headers("POST", PATH, key="K", secret="S", body=BODY, milliseconds=1700000000000, nonce="n")
    text = (
        "POST\napplication/json\nU0Xj//qmRi3zoyapfAAuXw==\napplication/json\n"
        f"x-ca-key:K\nx-ca-nonce:n\nx-ca-timestamp:1700000000000\n{PATH}"
    )
    assert text_to_sign("POST", PATH, sent, sent["X-Ca-Signature-Headers"].split(",")) == text
    assert sent["X-Ca-Signature"] == base64.b64encode(hmac.new(b"S", text.encode(), hashlib.sha256).digest()).decode()


def test_a_query_is_sorted():
    assert text_to_sign("POST", "/artemis/a?b=2&a=1", {}) == "POST\n/artemis/a?a=1&b=2"


def test_the_line_that_differs_is_named_and_nothing_of_it_is_shown():
    ours = "POST\napplication/json\nAAAA\n/artemis/x"
    echo = "0x02401003 Invalid Signature! and StringToSign: POST\n*/*\nAAAA\n/artemis/x"
    assert echoed_difference(echo, ours) == "line 2 of 4"
    assert echoed_difference(f"Invalid Signature! and StringToSign: {ours}", ours) == ""
    assert echoed_difference("Invalid Signature!", ours) == ""
    assert echoed_difference("StringToSign: POST\napplication/json", ours) == "2 lines against 4"
