import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.wire.errors import UnreadableError
from licet.wire.xml import every, local, parse, texts


def sentence(data: bytes, **more) -> str:
    with pytest.raises(UnreadableError) as caught:
        parse(data, **more)
    return caught.value.sentence


def test_names_are_matched_without_their_namespace():
    root = parse(b'<a:Top xmlns:a="urn:x" xmlns="urn:y"><one> 1 </one><a:two>2</a:two><empty/></a:Top>').root
    assert local(root) == "Top"
    assert texts(root) == {"one": "1", "two": "2"}


def test_the_first_of_equal_elements_that_says_something_wins():
    assert texts(parse(b"<a><b/><b>1</b><b>2</b></a>").root) == {"b": "1"}


def test_a_list_of_one_may_come_without_its_list():
    assert len(every(parse(b"<App><id>1</id></App>").root, "App")) == 1


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<?xml version="1.0"?><!doctype a SYSTEM "file:///etc/passwd"><a/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
    ],
)
def test_a_doctype_is_refused(data):
    assert "DOCTYPE" in sentence(data)


def test_an_entity_that_nobody_declared_is_refused():
    assert sentence(b"<a>\n&bomb;</a>") == "answer is not well-formed XML at line 2"


def test_an_answer_over_the_cap_is_refused():
    assert sentence(b"<a>" + b"x" * 200 + b"</a>", max_bytes=100) == "answer is larger than 100 bytes"


def test_an_answer_nested_too_deep_is_refused():
    assert "not well-formed" in sentence(b"<a>" * 5000 + b"</a>" * 5000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "answer is empty"),
        (b"  \r\n", "answer is empty"),
        (b'{"errorCode":0}', "answer is not XML"),
        (b"\r\n<html><body>404</body></html>", "answer is an HTML page, not XML"),
        (b"<!DOCTYPE html><html/>", "answer is an HTML page, not XML"),
        (b"<a>\n<b>\n</a>", "answer is not well-formed XML at line 3"),
        (b"<a><b>cut off", "answer is not well-formed XML at line 1"),
    ],
)
def test_what_is_no_xml_is_one_sentence(data, said):
    assert sentence(data) == said


def test_a_nul_is_refused_with_its_line():
    assert sentence(b"<a>\n<b>GA\0TE</b></a>") == "answer is not well-formed XML at line 2"


def test_case_c012_is_refused_with_one_sentence_and_the_line(case):
    assert sentence(case("C012")) == "answer is not well-formed XML at line 3"


def test_a_second_root_is_refused():
    assert "not well-formed" in sentence(b"<a/><b/>")


def test_bytes_outside_utf8_become_a_note_with_the_raw_bytes():
    document = parse("<?xml version='1.0' encoding='UTF-8'?><a><deviceName>Tür</deviceName></a>".encode("latin-1"))
    assert texts(document.root) == {"deviceName": "T\ufffdr"}
    assert document.notes == ("name not valid UTF-8 (bytes 54fc72)",)


def test_a_declared_encoding_is_honoured():
    document = parse("<?xml version='1.0' encoding='gb2312'?><a><name>大门</name></a>".encode("gb2312"))
    assert (texts(document.root)["name"], document.notes) == ("大门", ())


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_refuse(data):
    with contextlib.suppress(UnreadableError):
        parse(data)


@given(st.binary(max_size=60))
def test_no_bytes_inside_an_element_do_more_than_refuse(data):
    with contextlib.suppress(UnreadableError):
        parse(b'<?xml version="1.0" encoding="UTF-8"?><a><name>' + data + b"</name></a>")
