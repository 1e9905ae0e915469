import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.wire.digest import (
    Answered,
    Challenge,
    Credential,
    DigestAnswer,
    Login,
    Verdict,
    choose_digest,
    read_challenges,
)

LOGIN = Login("licet-audit", "Example-Pass-1")
URI = "/ISAPI/System/deviceInfo"
NONCE = "00aa11bb22cc33dd44ee55ff66778899:1700000000000"
FORM_A = (
    'Digest realm="0123456789abcdef01234567", domain="::", qop="auth", nonce="0a1b2c3d4e5f:1700000000000", opaque="", algorithm="MD5", stale="FALSE"',
    'Basic realm="0123456789abcdef01234567"',
)
FORM_B = ('Digest qop="auth", realm="HIK Device", nonce="4e6a41304d7a41", stale="FALSE"',)
FORM_C = (
    'Digest realm="DS-1", nonce="n-md5", qop="auth", algorithm="MD5", Digest realm="DS-1", nonce="n-sha", qop="auth", algorithm="SHA-256"',
)
FORM_D = ('Digest realm="DS-6e392e44", nonce="n", qop="auth", algorithm="MD5", stale="FALSE", opaque=""',)
USER_CHECK = b"<userCheck><statusValue>401</statusValue>%s</userCheck>"
INVALID_OPERATION = b"<ResponseStatus><subStatusCode>invalidOperation</subStatusCode></ResponseStatus>"


def challenge(text: str) -> Challenge:
    (only,) = read_challenges([text])
    return only


def parameters(header: str) -> dict[str, str]:
    return {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', header)}


def talk(credential: Credential, *answers: Answered, uri: str = URI) -> tuple[list[str | None], Verdict | None]:
    """What was sent for these answers, and the verdict (None = it wants to go on)."""
    steps = credential.exchange("GET", uri)
    sent: list[str | None] = []
    try:
        sent.append(next(steps))
        for answer in answers:
            sent += [steps.send(answer)]
    except StopIteration as stop:
        return sent, stop.value
    return sent, None


def asked(*challenges: str, body: bytes = USER_CHECK % b"") -> Answered:
    return Answered(401, body, challenges)


OK = Answered(200, b"")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "e4eeb618ee9f8c62749439e79df885aa"),
        ("SHA-256", "16b52563ebe29cecafb086c5620fc6ab0aad9c82107039cf3ab8257b97515ec9"),
    ],
)
def test_the_worked_example_of_isapi_md_gives_its_response(algorithm, response):
    answer = DigestAnswer(
        challenge(f'Digest realm="device-1", nonce="{NONCE}", qop="auth", opaque="", algorithm="{algorithm}"'),
        LOGIN,
        cnonce="0a4f113b",
    )
    said = parameters(answer.header("GET", URI))
    assert said["response"] == response
    assert (said["nc"], said["qop"], said["algorithm"], said["opaque"]) == ("00000001", "auth", algorithm, "")


def test_the_count_rises_with_every_use_of_a_nonce():
    answer = DigestAnswer(challenge(f'Digest realm="r", nonce="{NONCE}", qop="auth"'), LOGIN)
    assert [parameters(answer.header("GET", URI))["nc"] for _ in range(3)] == ["00000001", "00000002", "00000003"]


def test_without_qop_the_old_form_is_used():
    answer = DigestAnswer(challenge('Digest realm="r", nonce="n"'), LOGIN)
    said = parameters(answer.header("GET", URI))
    first = hashlib.md5(b"licet-audit:r:Example-Pass-1").hexdigest()
    second = hashlib.md5(f"GET:{URI}".encode()).hexdigest()
    assert said["response"] == hashlib.md5(f"{first}:n:{second}".encode()).hexdigest()
    assert "nc" not in said
    assert "algorithm" not in said


def test_the_uri_includes_the_query():
    sent, _ = talk(Credential(LOGIN), asked(*FORM_A), uri="/ISAPI/x?format=json")
    assert parameters(sent[1])["uri"] == "/ISAPI/x?format=json"


def test_form_a_prefers_digest_to_the_second_header_basic():
    sent, verdict = talk(Credential(LOGIN, allow_basic=True), asked(*FORM_A), OK)
    assert sent[0] is None
    assert sent[1].startswith("Digest ")
    assert parameters(sent[1])["opaque"] == ""
    assert verdict is Verdict.ACCEPTED


def test_form_b_without_algorithm_is_md5():
    chosen = choose_digest(read_challenges(FORM_B))
    assert chosen.parameters["realm"] == "HIK Device"
    assert len(parameters(DigestAnswer(chosen, LOGIN).header("GET", URI))["response"]) == 32


def test_form_c_with_two_challenges_in_one_line_takes_sha_256():
    found = read_challenges(FORM_C)
    assert [each.parameters["algorithm"] for each in found] == ["MD5", "SHA-256"]
    assert choose_digest(found).parameters["nonce"] == "n-sha"


def test_form_d_keeps_the_realm_as_written():
    assert choose_digest(read_challenges(FORM_D)).parameters["realm"] == "DS-6e392e44"


@pytest.mark.parametrize(
    "headers",
    [
        ('Basic realm="x"', 'Digest realm="r", nonce="n", qop="auth"'),
        ('Basic realm="x", Digest realm="r", nonce="n", qop="auth"',),
        ('Digest realm="r", nonce="other", algorithm="SHA-999"', 'Digest realm="r", nonce="n", algorithm="MD5"'),
        ('Digest realm="r", nonce="n", qop="auth,auth-int"',),
        ("Digest realm=r, nonce=n, qop=auth, algorithm=MD5",),
        ("Digest realm='r', nonce='n', qop='auth'",),
        ('digest REALM = "r" , NONCE = "n" , QOP = "auth"',),
        ('Digest realm="r", nonce="n", qop="auth", stale="FALSE", opaque="',),
        ('Negotiate, Digest realm="r", nonce="n"',),
        ('Digest realm="r" nonce="n" qop="auth"',),
        ('Digest realm="r", domain="a"b", nonce="n"',),
        ('Digest realm="r"", nonce="n"',),
        ('Digest realm="r", =, nonce="n"',),
    ],
)
def test_odd_challenges_are_understood(headers):
    chosen = choose_digest(read_challenges(headers))
    assert (chosen.parameters["realm"], chosen.parameters["nonce"]) == ("r", "n")


def test_case_c023_is_answered_with_digest_after_the_challenge_only(case):
    head, _, body = case("C023").replace(b"\r\n", b"\n").partition(b"\n\n")
    headers = [
        line.partition(":")[2].strip()
        for line in head.decode().splitlines()
        if line.lower().startswith("www-authenticate")
    ]
    sent, _ = talk(Credential(LOGIN), Answered(401, body, headers))
    assert sent[0] is None
    said = parameters(sent[1])
    assert (said["realm"], said["nonce"], said["qop"], said["opaque"]) == (
        "device-2",
        "00aa11bb:1700000000",
        "auth",
        "",
    )


def test_an_unquoted_nonce_keeps_its_equals_signs():
    assert challenge("Digest realm=r, nonce=YWI=, qop=auth").parameters["nonce"] == "YWI="


def test_auth_int_alone_is_not_answered():
    _, verdict = talk(Credential(LOGIN), asked('Digest realm="r", nonce="n", qop="auth-int"'))
    assert verdict is Verdict.NO_KNOWN_SCHEME


@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_header_text_breaks_the_reader(headers):
    choose_digest(read_challenges(headers))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_every_quoted_value_is_read_back(value):
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert challenge(f'Digest realm="{quoted}", nonce="n"').parameters == {"realm": value, "nonce": "n"}


def test_a_wrong_password_is_judged_once():
    credential = Credential(LOGIN)
    sent, verdict = talk(credential, asked(*FORM_A), asked(*FORM_A))
    assert (len([each for each in sent if each]), verdict, credential.judged) == (1, Verdict.REFUSED, 1)
    assert talk(credential) == ([], Verdict.REFUSED)


def test_stale_true_is_repeated_once_with_the_new_nonce():
    credential = Credential(LOGIN)
    stale = FORM_A[0].replace("FALSE", "TRUE").replace("0a1b2c3d4e5f", "fresh")
    sent, verdict = talk(credential, asked(*FORM_A), asked(stale), OK)
    assert [parameters(each)["nonce"][:5] for each in sent if each] == ["0a1b2", "fresh"]
    assert (verdict, credential.judged) == (Verdict.ACCEPTED, 1)


def test_a_second_stale_answer_is_a_refusal():
    stale = FORM_A[0].replace("FALSE", "true")
    sent, verdict = talk(Credential(LOGIN), asked(*FORM_A), asked(stale), asked(stale))
    assert (len(sent), verdict) == (3, Verdict.REFUSED)


def test_invalid_operation_asks_for_a_new_challenge_and_repeats_once():
    credential = Credential(LOGIN)
    talk(credential, asked(*FORM_A), OK)
    sent, verdict = talk(credential, asked(body=INVALID_OPERATION), asked(*FORM_D), OK)
    assert [each is not None for each in sent] == [True, False, True]
    assert parameters(sent[2])["realm"] == "DS-6e392e44"
    assert verdict is Verdict.ACCEPTED


def test_a_401_without_challenge_after_success_asks_for_a_new_one():
    credential = Credential(LOGIN)
    talk(credential, asked(*FORM_A), OK)
    sent, verdict = talk(credential, asked(), asked(*FORM_A), OK)
    assert [each is not None for each in sent] == [True, False, True]
    assert verdict is Verdict.ACCEPTED


def test_a_401_without_challenge_before_any_success_is_a_refusal():
    sent, verdict = talk(Credential(LOGIN), asked(*FORM_A), asked())
    assert (len(sent), verdict) == (2, Verdict.REFUSED)


def test_a_password_changed_after_success_is_judged_once_more():
    credential = Credential(LOGIN)
    talk(credential, asked(*FORM_A), OK)
    sent, verdict = talk(credential, asked(*FORM_A))
    assert (len(sent), verdict, credential.judged) == (1, Verdict.REFUSED, 2)


def test_fresh_challenges_use_a_nonce_once():
    credential = Credential(LOGIN, fresh=True)
    talk(credential, asked(*FORM_A), OK)
    sent, _ = talk(credential, asked(*FORM_D), OK)
    assert sent[0] is None
    assert parameters(sent[1])["nonce"] == "n"


def test_basic_alone_sends_nothing_by_default():
    sent, verdict = talk(Credential(LOGIN), asked('Basic realm="DS-2CD2132-I"', body=b"<html></html>"))
    assert (sent, verdict) == ([None], Verdict.BASIC_ONLY)


def test_basic_is_used_when_a_person_allowed_it_and_judged_once():
    credential = Credential(LOGIN, allow_basic=True)
    sent, verdict = talk(credential, asked('Basic realm="x"'), asked('Basic realm="x"'))
    assert sent == [None, "Basic bGljZXQtYXVkaXQ6RXhhbXBsZS1QYXNzLTE="]
    assert (verdict, credential.judged) == (Verdict.REFUSED, 1)


def test_a_lock_before_any_password_was_sent_ends_the_talk():
    credential = Credential(LOGIN)
    locked = (
        USER_CHECK % b"<lockStatus>lock</lockStatus><unlockTime>1795</unlockTime><retryLoginTime>0</retryLoginTime>"
    )
    sent, verdict = talk(credential, asked(*FORM_A, body=locked))
    assert (sent, verdict, credential.judged) == ([None], Verdict.LOCKED, 0)
    assert (credential.refusal.locked_seconds, credential.refusal.tries_left) == (1795, 0)


def test_a_refusal_tells_the_tries_left():
    credential = Credential(LOGIN)
    wrong = USER_CHECK % b"<lockStatus>unlock</lockStatus><unlockTime>0</unlockTime><retryLoginTime>4</retryLoginTime>"
    talk(credential, asked(*FORM_A), asked(*FORM_A, body=wrong))
    assert (credential.refusal.tries_left, credential.refusal.locked) == (4, False)


def test_not_activated_is_not_a_wrong_password():
    body = b"<ResponseStatus><subStatusCode>notActivated</subStatusCode></ResponseStatus>"
    _, verdict = talk(Credential(LOGIN), asked(*FORM_A, body=body))
    assert verdict is Verdict.NOT_ACTIVATED


def test_without_a_login_a_challenge_ends_the_talk():
    assert talk(Credential(None), asked(*FORM_A)) == ([None], Verdict.NO_CREDENTIAL)


def test_the_password_shows_nowhere():
    assert "Example-Pass-1" not in repr(LOGIN) + str(LOGIN) + repr(Credential(LOGIN))


def test_a_user_name_with_control_characters_is_refused():
    with pytest.raises(ValueError, match="control characters"):
        Login("a\r\nX: y", "p")
