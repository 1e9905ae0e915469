from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.dates.reading import Ask, DateOrder, OrderEvidence, Purpose, Read, Reject, decide_orders, read_date

END, START, PAST = Purpose.END, Purpose.START, Purpose.PAST


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026-03-05T00:00:00Z", "2026-03-05"),
        ("2027-03-31T23:59:59+02:00", "2027-03-31"),
        ("2024-03-01 00:00:00", "2024-03-01"),
        ("2026/02/01", "2026-02-01"),
        ("20270331", "2027-03-31"),
        ("5 Mar 2026", "2026-03-05"),
        ("March 31, 2027", "2027-03-31"),
        ("31. Dezember 2026", "2026-12-31"),
        ("31 de diciembre de 2026", "2026-12-31"),
        ("1er août 2026", "2026-08-01"),
        ("3 марта 2026", "2026-03-03"),
        ("2 Şubat 2026", "2026-02-02"),
        ("2026年2月1日", "2026-02-01"),
        ("01.02.2029", "2029-02-01"),
        ("1.1.26", "2026-01-01"),
        ("31.12.28", "2028-12-31"),
        ("46387", "2026-12-31"),
        ("46752.999", "2027-12-31"),
        ("46387,5", "2026-12-31"),
        (46023, "2026-01-01"),
        (46387.5, "2026-12-31"),
        ("25/11/2026", "2026-11-25"),
        ("11/25/2026", "2026-11-25"),
        ("05/05/2026", "2026-05-05"),
        ("２０２６-０３-０５", "2026-03-05"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 23, 59), "2026-01-02"),  # noqa: DTZ001 - spreadsheet cells carry no zone
        ("2026년 2월 1일", "2026-02-01"),
    ],
)
def test_it_reads_what_people_write(cell, day):
    found = read_date(cell, END)
    assert isinstance(found, Read)
    assert found.value == date.fromisoformat(day)
    assert found.warning == ""


@pytest.mark.parametrize(
    "cell", ["N/A", "unknown", "1970-01-01 00:00:01", "0000-00-00", "-", "9999-12-31", "2958465", "0", date(1970, 1, 1)]
)
def test_what_stands_for_no_date_is_none_with_a_warning(cell):
    found = read_date(cell, END)
    assert isinstance(found, Read)
    assert found.value is None
    assert found.warning


@pytest.mark.parametrize("cell", [None, "", "   "])
def test_an_empty_cell_is_no_date_without_a_warning(cell):
    assert read_date(cell, END) == Read(None)


@pytest.mark.parametrize(
    "cell",
    [
        "not-a-date",
        "end of March",
        "30.02.2026",
        "31/02/2026",
        "13/13/2026",
        "60",
        60,
        "-5",
        "45",
        "2 x 32",
        True,
        "99999999999",
    ],
)
def test_what_is_no_date_is_rejected_with_its_text(cell):
    found = read_date(cell, END)
    assert isinstance(found, Reject)
    assert str(cell).lower() in found.reason.lower()


def test_the_day_that_never_was_is_named():
    found = read_date("60", START)
    assert isinstance(found, Reject)
    assert "29 February 1900" in found.reason


@pytest.mark.parametrize("word", ["perpetual", "unbefristet", "永久", "бессрочно", "Süresiz"])
def test_a_word_for_no_end_is_an_end_only(word):
    assert read_date(word, END) == Read(None, perpetual=True)
    assert isinstance(read_date(word, START), Reject)


def test_a_bare_year_is_asked_and_never_read_as_a_day_number():
    """Case C081."""
    found = read_date("2027", END)
    assert isinstance(found, Ask)
    assert [choice.code for choice in found.choices] == ["2027-12-31", "1905-07-19"]
    assert "end of 2027 (2027-12-31)" in found.choices[0].meaning


def test_two_digit_years_are_read_by_what_the_date_is_for():
    """Case C080."""
    assert read_date("05.03.26", PAST) == Read(date(2026, 3, 5))
    old = read_date("05.03.98", PAST)
    assert isinstance(old, Read)
    assert old.value == date(1998, 3, 5)
    assert "before the product existed" in old.warning
    assert isinstance(read_date("31.12.98", END), Reject)


def test_one_line_decides_the_order_of_its_column():
    """Case C072."""
    evidence = OrderEvidence()
    for line, cell in enumerate(["03/06/2026", "04/05/2026", "25/11/2026"], 2):
        evidence.add(line, cell)
    decision = decide_orders({"valid until": evidence})["valid until"]
    assert decision.order is DateOrder.DAY_FIRST
    assert "line 4 (25/11/2026)" in decision.why
    assert read_date("03/06/2026", END, decision.order) == Read(date(2026, 6, 3))


def test_a_column_without_proof_follows_the_others_where_they_agree():
    columns = {"from": OrderEvidence(), "to": OrderEvidence(), "bought": OrderEvidence()}
    columns["from"].add(2, "04/05/2026")
    columns["to"].add(3, "11/24/2026")
    assert decide_orders(columns)["from"].order is DateOrder.MONTH_FIRST
    columns["bought"].add(4, "24/11/2026")
    assert decide_orders(columns)["from"].order is None


def test_in_a_contradictory_column_only_ambiguous_cells_are_asked():
    evidence = OrderEvidence()
    for line, cell in enumerate(["24/11/2026", "11/24/2026", "04/05/2026"], 2):
        evidence.add(line, cell)
    order = decide_orders({"to": evidence})["to"].order
    assert evidence.contradicts
    assert read_date("24/11/2026", END, order) == Read(date(2026, 11, 24))
    assert read_date("11/24/2026", END, order) == Read(date(2026, 11, 24))
    asked = read_date("04/05/2026", END, order)
    assert isinstance(asked, Ask)
    assert [choice.code for choice in asked.choices] == ["2026-05-04", "2026-04-05"]


@given(
    st.dates(date(2001, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%Y/%m/%d"]),
)
def test_every_unambiguous_spelling_of_a_day_reads_as_that_day(day, form):
    found = read_date(day.strftime(form), START)
    assert isinstance(found, Read)
    assert found.value == day


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_slashes_follow_the_order_given(day):
    assert read_date(day.strftime("%d/%m/%Y"), START, DateOrder.DAY_FIRST) == Read(day)
    assert read_date(day.strftime("%m/%d/%Y"), START, DateOrder.MONTH_FIRST) == Read(day)


@given(st.text(max_size=40))
def test_any_text_gives_a_result_and_never_1970(text):
    found = read_date(text, END)
    assert not (
        isinstance(found, Read)
        and found.value is not None
        and found.value.year == 1970
        and "1970" not in text
        and "70" not in text
    )


@pytest.mark.parametrize("cell", [10**400, -(10**400), float("inf"), float("nan")])
def test_a_number_beyond_every_calendar_is_no_date(cell):
    assert read_date(cell, Purpose.END) == Reject("A number of this size is no date")
