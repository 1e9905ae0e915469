import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from licet.estate import read
from licet.estate.models import Device
from licet.sites import paging
from licet.sites.scope import SYSTEM
from licet.web.base.lists import Column, Query


@pytest.fixture
def admin(signed_in, estate):
    return signed_in(estate["people"]["admin"])


def rows(answer):
    return re.findall(r'<a class="ident" href="/estate/(\d+)/">', answer.content.decode())


def said(answer):
    return re.sub(r"<[^>]+>", "", re.search(r'<span role="status">.*?</span>', answer.content.decode()).group())


def table(answer):
    text = answer.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_chips_count_what_they_leave(admin):
    page = admin.get("/estate/").content.decode()
    for name, value in re.findall(r'id="pick-(kind|reach|activation)-(\w+)"', page):
        number = re.search(rf'id="pick-{name}-{value}"[^>]*>[^<]+<b>(\d+)</b>', page).group(1)
        assert said(admin.get(f"/estate/?{name}={value}")).startswith(
            f"{number} device{'' if int(number) == 1 else 's'}"
        ), (name, value)


def test_chips_add_up_and_can_be_taken_back(admin):
    page = admin.get("/estate/?kind=camera&reach=answered").content.decode()
    assert re.search(r'id="pick-kind-camera" href="/estate/\?reach=answered" aria-current="true"', page)
    assert re.search(r'id="pick-kind-recorder" href="/estate/\?kind=camera&amp;kind=recorder&amp;reach=answered"', page)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("gate 01", 1),
        ("GATE", 6),
        ("192.0.2.12", 1),
        ("198.51.100.", 6),
        ("00:00:5e:00:53:0", 6),
        ("ds-7732", 6),
        ("%", 0),
        ("F0000003", 1),
    ],
)
def test_text_finds_name_serial_number_model_address_and_mac(admin, text, number):
    assert said(admin.get("/estate/", {"q": text})).startswith(f"{number} device{'' if int(number) == 1 else 's'}")


def test_the_last_characters_there_are_begin_addresses_too(db):
    site = make.site()
    for number, address in enumerate(("\U0010ffffx", "\ud7ffx", "\ue000x", "a\U0010ffffx", "b")):
        make.device(site, serial_number=f"S{number}", address=address)

    def found(text):
        return list(
            Device.objects.filter(read._prefix("address", text)).order_by("id").values_list("address", flat=True)
        )

    assert found("\U0010ffff") == ["\U0010ffffx"]
    assert found("\ud7ff") == ["\ud7ffx"]
    assert found("a\U0010ffff") == ["a\U0010ffffx"]


def test_a_size_that_is_no_number_is_the_usual_one(admin):
    page = admin.get("/estate/?size=²").content.decode()
    assert re.search(r'aria-current="true" aria-label="50 rows a page"', page)


def test_pages_follow_each_other_without_loss(admin, estate):
    Device.objects.filter(kind="camera").update(name="Same")
    found, where = [], "/estate/?size=25&sort=-name"
    while where:
        answer = admin.get(where)
        found += rows(answer)
        onward = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        where = onward.group(1).replace("&amp;", "&") if onward else None
    assert len(found) == len(set(found)) == Device.objects.count() == 31


def test_htmx_gets_the_list_alone_and_history_the_whole_page(admin):
    part = admin.get("/estate/", headers={"HX-Request": "true"}).content
    assert part.lstrip().startswith(b'<div id="list"')
    assert b"<html" not in part
    whole = admin.get("/estate/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).content
    assert b"<html" in whole


def test_the_export_holds_exactly_what_is_filtered(admin):
    everything = table(admin.get("/estate/export/"))
    assert len(everything) == 31
    some = table(admin.get("/estate/export/?reach=refused&kind=camera"))
    assert some
    assert {row["last_asked"] for row in some} == {"refused"}
    assert len(some) == sum(row["last_asked"] == "refused" for row in everything)


def test_picked_rows_can_be_exported_alone(admin, estate):
    picked = [device.pk for device in estate["devices"][:2]]
    assert len(table(admin.get("/estate/export/", {"id": picked}))) == 2
    assert len(table(admin.get("/licences/export/"))) == 20


def test_a_name_that_is_a_formula_is_harmless_in_the_export(admin, estate):
    device = estate["devices"][0]
    device.name = '=HYPERLINK("x")'
    device.save()
    (row,) = table(admin.get("/estate/export/", {"id": device.pk}))
    assert row["name"] == '\'=HYPERLINK("x")'


def test_a_name_with_markup_is_text(admin, estate):
    device = estate["devices"][0]
    device.name = "<script>alert(1)</script>"
    device.save()
    for where in ("/estate/", f"/estate/{device.pk}/", "/search/?q=alert", "/authorizations/"):
        assert b"<script>alert" not in admin.get(where).content


@pytest.mark.parametrize("where", ["/estate/", "/licences/", "/authorizations/", "/pools/", "/", "/record/"])
def test_more_rows_ask_no_more_questions(admin, estate, where):
    admin.get(where)
    with CaptureQueriesContext(connection) as before:
        admin.get(where)
    berlin = estate["sites"]["berlin"]
    pool = estate["servers"]["berlin"].pool
    for number in range(10):
        make.device(berlin, serial_number=f"MORE{number}")
        make.licence(pool, 1, title=f"More {number}")
    with CaptureQueriesContext(connection) as after:
        admin.get(where)
    assert len(after) <= len(before)
    assert len(after) <= (32 if where == "/" else 24)


def test_a_long_list_is_counted_to_the_cap_only(admin, estate, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_CAP", 10)
    monkeypatch.setattr(read, "COUNT_CAP", 10)
    found = read.facets(SYSTEM, read.DeviceFilter())
    assert found.total == paging.Counted(10, capped=True)
    assert found.kind == {"camera": paging.Counted(10, capped=True), "recorder": paging.Counted(6)}
    assert found.reach["answered"].capped
    assert found.activation == {}
    assert "10+ devices" in said(admin.get("/estate/"))


def test_no_list_skips_or_counts_the_whole_table(admin):
    for where in ("/estate/?sort=-last_answered_at", "/licences/", "/authorizations/"):
        with CaptureQueriesContext(connection) as asked:
            admin.get(where)
        for query in asked:
            assert " OFFSET " not in query["sql"], query["sql"]
            counts = "COUNT(*)" in query["sql"] and "GROUP BY" not in query["sql"]
            assert not counts or "LIMIT" in query["sql"], query["sql"]


@pytest.mark.parametrize(
    "query",
    [
        "sort=nothing",
        "size=7",
        "size=²",
        "q=%F4%8F%BF%BF",
        "q=%ED%9F%BF",
        "q=%FF",
        "q=%EF%BF%BF",
        "on=0001-01-01",
        "on=9999-12-31",
        "on=2026-W01-1",
        "before=²",
        "before=9223372036854775807",
        "pool=9223372036854775807",
        "id=²",
        "c=" + "W1tb" * 400,
        "sort=-valid_until&c=W2ZhbHNlLCIwMDAxLTAxLTAxVDAwOjAwKzE0OjAwIiwxXQ",
        "sort=valid_until&c=W2ZhbHNlLCI5OTk5LTEyLTMxVDIzOjU5OjU5LTE0OjAwIiwxXQ",
        "site=²",
        "c=broken",
        "kind=nothing",
        "q=%00x",
        "id=99999999999999999999",
        "pool=x",
        "on=x",
        "site=",
    ],
)
def test_an_odd_query_is_no_error(admin, query):
    lists = ("/estate/", "/licences/", "/authorizations/", "/record/", "/pools/", "/search/", "/sites/", "/")
    for where in (*lists, "/pools/1/", "/estate/export/", "/licences/export/", "/authorizations/export/"):
        answer = admin.get(f"{where}?{query}")
        assert answer.status_code in {200, 400, 404}
        assert answer.getvalue()


def test_the_heading_shows_the_order_that_the_list_has_unasked(rf):
    columns = (Column("Added", "added"), Column("Title", "title"))
    unasked = Query(rf.get("/x/")).headings(columns, "-added")
    assert [(one.direction, one.address) for one in unasked] == [
        ("descending", "/x/?sort=added"),
        ("", "/x/?sort=title"),
    ]
    asked = Query(rf.get("/x/?sort=added")).headings(columns, "-added")
    assert (asked[0].direction, asked[0].address) == ("ascending", "/x/?sort=-added")
