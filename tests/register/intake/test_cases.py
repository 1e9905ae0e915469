"""The inputs that broke other products, as register and device list: each case of the collection that is about reading a file."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from licet.register.intake import SKIP, Context, NotReadable, read

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.exists(), reason="the collection of cases is not here")


def context(**other):
    return Context(
        today=date(2026, 11, 26), fingerprint=lambda text: sha256(f"test:{text}".encode()).hexdigest(), **other
    )


def reading(text, as_="auto", **other):
    data = text if isinstance(text, bytes) else text.encode()
    return read(data, "file.csv", as_, context(**other))


def case(number, **other):
    (path,) = CASES.glob(f"C{number:03}-*.csv")
    return reading(path.read_bytes(), **other)


def only(items):
    (item,) = items
    return item


def texts(warnings, row):
    return [item.text for item in warnings if item.row == row]


@needs_cases
def test_c045_a_comma_inside_a_version_shifts_nothing():
    result = case(45)
    record = only(result.records)
    assert (record.serial, record.mac, record.address) == (
        "DS-KH6210-L0120190101RRZ00001201",
        "02:00:5e:00:12:01",
        "192.0.2.71",
    )
    assert "joined: V1.0, build 180613" in texts(result.warnings, 2)[0]


def test_c045_a_line_with_too_many_values_that_cannot_be_mended_is_listed():
    result = reading("Product,Qty,Note\nHikCentral-P-VSS-1Ch,3,a,b\n")
    assert only(result.rejected).reason.startswith("4 values for 3 columns")
    assert result.records == []


@needs_cases
def test_c047_rows_of_one_licence_are_its_allocations():
    result = case(47)
    assert [record.line for record in result.records] == [2, 3, 4]
    assert [record.second_allocation_of for record in result.records] == [None, 2, 2]
    assert [record.assignee for record in result.records] == ["CAM-01", "CAM-02", "CAM-03"]
    assert {record.quantity for record in result.records} == {3}
    assert len({record.identity for record in result.records}) == 1


@needs_cases
def test_c048_the_name_alone_is_no_identity():
    records = case(48).records
    assert len({record.identity for record in records}) == 3
    assert [record.price for record in records] == [Decimal("180.00"), Decimal("180.00"), Decimal("195.00")]


@needs_cases
def test_c049_the_same_file_has_the_same_identity():
    assert only(case(49).records).identity_code == only(case(49).records).identity_code


@needs_cases
def test_c051_a_bought_number_is_granted_and_nothing_is_allocated():
    record = only(case(51).records)
    assert (record.quantity, record.metric, record.granted, record.assignee) == (80, "camera", 80, "")


@needs_cases
def test_c052_placeholders_are_empty_and_said():
    result = case(52)
    record = only(result.records)
    assert (record.keys, record.assignee, record.quantity) == ((), "", 1)
    assert any("“none” read as no key" in text for text in texts(result.warnings, 3))
    assert [(item.row, item.reason) for item in result.ignored] == [(2, "blank")]


@needs_cases
def test_c054_the_end_of_support_is_not_the_end_of_the_right():
    record = only(case(54).records)
    assert (record.term, record.expires_on, record.maintenance_until) == ("perpetual", None, date(2026, 6, 30))


@needs_cases
def test_c056_umlauts_of_windows_are_read():
    result = case(56)
    assert (result.encoding, [record.site for record in result.records]) == (
        "cp1252",
        ["München", "Düsseldorf", "Zürich"],
    )


@needs_cases
@pytest.mark.parametrize(("number", "line", "units"), [(57, 2, 16), (58, 2, 32), (66, 2, 5)])
def test_c057_c058_c066_the_line_is_read_and_its_total_asked(number, line, units):
    """The rule of the module is stricter than the case: a product of n per unit with the quantity n is asked."""
    asked = only(case(number).asked)
    assert (asked.row, [choice.code for choice in asked.choices]) == (line, [str(units), str(units * units)])
    record = only(case(number, answers={(line, asked.column): str(units)}).records)
    assert (record.quantity, record.granted) == (units, units)


@needs_cases
def test_c058_headings_with_accents_are_known():
    record = only(case(58, answers={(2, ""): "32"}).records)
    assert (record.order, record.purchased_on, record.expires_on) == (
        "PO-1100",
        date(2025, 3, 1),
        date(2028, 2, 28),
    )


@needs_cases
def test_c060_a_heading_over_two_columns_that_differ_is_asked():
    result = case(60)
    assert any(item.column == "Company" and "columns 2 and 5" in item.text for item in result.decisions)
    asked = {(item.row, item.column): item for item in result.asked}
    assert [choice.code for choice in asked[3, "Company"].choices] == ["2", "5"]
    assert (2, "Company") not in asked
    answers = {(2, "seats"): "8", (3, "seats"): "9", (3, "Company"): "5"}
    assert [record.customer for record in case(60, answers=answers).records] == ["Alpha Ltd", "Beta Ltd"]


@needs_cases
def test_c061_a_repeated_heading_is_passed_over():
    result = case(61)
    assert [(item.row, item.reason) for item in result.ignored] == [(4, "heading repeated")]
    assert [record.quantity for record in case(61, answers={(2, ""): "3", (3, ""): "2"}).records] == [3, 2, 1]


@needs_cases
def test_c066_a_note_keeps_its_line_breaks():
    record = only(case(66, answers={(2, ""): "5"}).records)
    assert record.note == "Bought for tower B, level 2.\n\nSee contract, annex 3."


@needs_cases
def test_c067_a_serial_number_that_lost_digits_is_refused():
    result = case(67)
    refused = only(result.rejected)
    assert refused.reason == "serial 8.93901E+18 lost digits in a spreadsheet, enter it again"
    assert [record.line for record in result.records] == [3]


@needs_cases
def test_c069_two_serial_numbers_in_a_cell_become_two_devices_where_a_person_says_so():
    asked = only(case(69).asked)
    assert asked.reason == "2 serial numbers in one cell"
    records = case(69, answers={(2, "Serial"): "split"}).records
    assert [record.short_serial for record in records] == ["Z00001601", "Z00001602"]


@needs_cases
def test_c070_what_is_no_date_never_becomes_1970():
    result = case(70)
    assert [record.expires_on for record in result.records] == [date(2027, 12, 31), None, None]
    assert all(texts(result.warnings, row) for row in (3, 4))
    assert only(result.rejected).value == "not-a-date"
    assert "1970" not in repr(result)


@needs_cases
def test_c072_one_line_decides_and_is_named():
    result = case(72)
    assert [record.expires_on for record in result.records] == [
        date(2026, 6, 3),
        date(2026, 5, 4),
        date(2026, 11, 25),
    ]
    assert any("line 4 (25/11/2026) proves day-first" in item.text for item in result.decisions)


@needs_cases
def test_c077_all_ends_are_read():
    assert [record.expires_on for record in case(77).records] == [
        date(2026, 11, 27),
        date(2026, 12, 26),
        date(2026, 11, 25),
    ]


@needs_cases
def test_c079_spreadsheet_dates_are_read_and_said():
    result = case(79)
    assert [record.expires_on for record in result.records] == [date(2027, 12, 31), date(2026, 12, 31)]
    assert any("read as spreadsheet date 2027-12-31" in item.text for item in result.decisions)


@needs_cases
def test_c080_two_digit_years():
    result = case(80)
    record = only(result.records)
    assert (record.purchased_on, record.expires_on) == (date(2026, 3, 5), date(2028, 12, 31))
    refused = only(result.rejected)
    assert (refused.row, refused.column) == (3, "Ablauf")
    assert any("1998-03-05 is before the product existed" in text for text in texts(result.warnings, 3))


@needs_cases
def test_c081_a_year_alone_is_confirmed():
    assert only(case(81).asked).choices[0].meaning == "end of 2027 (2027-12-31)"
    assert only(case(81, answers={(2, "valid until"): "2027-12-31"}).records).expires_on == date(2027, 12, 31)
    assert case(81, answers={(2, "valid until"): "2031-01-01"}).records == []


@needs_cases
def test_c083_the_date_to_decide_by_is_no_end():
    record = only(case(83).records)
    assert (record.notice_on, record.expires_on, record.auto_renew) == (date(2026, 11, 30), date(2027, 2, 28), True)


@needs_cases
def test_c086_an_ended_licence_keeps_its_number():
    record = only(case(86).records)
    assert (record.granted, record.unlimited, record.expires_on) == (64, False, date(2026, 3, 31))


@needs_cases
def test_c091_quantities_in_words():
    result = case(91)
    assert [(record.line, record.metric, record.granted) for record in result.records] == [
        (2, "camera", 64),
        (3, "door", 16),
        (10, "camera", 0),
    ]
    assert [item.row for item in result.asked] == [4, 9]
    assert [item.value for item in result.rejected] == ["2 x 32", "10+2", "ca. 20", "-3"]
    confirmed = {record.line: record for record in case(91, answers={(4, ""): "unlimited", (9, ""): "1000"}).records}
    assert (confirmed[4].quantity, confirmed[4].unlimited) == (None, True)
    assert confirmed[9].quantity == 1000


@needs_cases
def test_c096_one_key_in_two_spellings_is_found_without_showing_it():
    result = case(96)
    asked = only(result.asked)
    assert (asked.row, asked.column) == (3, "key")
    assert "same key as line 2" in asked.reason
    assert "gggg" not in repr(result).casefold()
    both = case(96, answers={(3, "key"): "import"}).records
    assert both[0].key_marks == both[1].key_marks


@needs_cases
def test_c098_a_key_in_a_note_is_pointed_out_and_moved_by_a_person():
    asked = only(case(98).asked)
    assert (asked.row, asked.column, asked.value) == (2, "notes", "")
    assert "HHHH" not in repr(case(98).asked)
    moved = case(98, answers={(2, "notes"): "move", (3, "key"): "import"}).records
    assert moved[0].note == "activation code (a key, now in the vault), spare in drawer"
    assert [key.text for key in moved[0].keys] == ["LICT-HHHH-0000-EX01"]
    assert moved[0].key_marks == moved[1].key_marks
    # It is a key for certain: there is no answer that leaves it where anybody may read it.
    assert [choice.code for choice in asked.choices] == ["move"]
    assert not any("HHHH" in record.note for record in case(98, answers={(2, "notes"): "keep"}).records)


@needs_cases
def test_c036_and_c043_the_serial_number_is_the_identity_and_not_the_address():
    assert len({record.identity for record in case(36).records}) == 2
    shared = case(43).records
    assert len({record.identity for record in shared}) == 5
    assert {(record.address, record.activated) for record in shared} == {("192.168.1.64", False)}


def test_c118_a_broken_line_is_named_and_the_others_go_on():
    rows = ["Product,Quantity,valid until", *["HikCentral-P-VSS-1Ch,1,31/12/2027"] * 1642]
    rows = [row.replace(",1,", f",{number},") for number, row in enumerate(rows)]
    result = reading("\n".join([*rows, "HikCentral-P-VSS-1Ch,1,31/02/2026"]))
    refused = only(result.rejected)
    assert (refused.row, refused.column, refused.value) == (1644, "valid until", "31/02/2026")
    assert len(result.records) == 1642


def test_c127_a_line_that_is_there_twice_is_the_same_for_every_reason():
    lines = [f"HikCentral-P-VSS-1Ch,{number},PO-{number}" for number in range(1, 15)]
    result = reading("\n".join(["Product,Quantity,Order", *lines, *lines]))
    assert [(item.row, item.of) for item in result.same_as] == [(number + 14, number) for number in range(2, 16)]
    assert len(result.records) == 14


def test_a_line_that_contradicts_an_earlier_one_about_the_same_licence_is_asked():
    text = "Product,Quantity,Key,Price\nHikCentral-P-VSS-1Ch,5,LICT-AAAA-0000-EX09,50.00\nHikCentral-P-VSS-1Ch,6,LICT-AAAA-0000-EX09,50.00\n"
    asked = only(reading(text).asked)
    assert (asked.row, asked.column) == (3, "Key")
    assert only(reading(text, answers={(3, "Key"): "same"}).same_as).of == 2


def test_equal_lines_of_a_file_without_quantities_are_asked():
    text = "Product,Order\nHikCentral-P-VSS-1Ch,PO-1\nHikCentral-P-VSS-1Ch,PO-1\n"
    asked = only(reading(text).asked)
    assert (asked.row, [choice.code for choice in asked.choices]) == (3, ["more", "same"])
    more = reading(text, answers={(3, "Product"): "more"}).records
    assert len({record.identity_code for record in more}) == 2
    assert only(reading(text, answers={(3, "Product"): "same"}).same_as).of == 2


def test_the_answer_skip_leaves_a_line_out():
    result = reading("Product,Quantity\nA,\nB,2\n", answers={(2, "Quantity"): SKIP})
    assert [(item.row, item.reason) for item in result.ignored] == [(2, "left out by a person")]
    assert result.counts() == {"imported": 1, "same_as": 0, "asked": 0, "rejected": 0, "ignored": 1}


def test_an_asked_quantity_takes_a_number():
    assert only(reading("Product,Quantity\nA,\n", answers={(2, "Quantity"): "7"}).records).quantity == 7
    assert only(reading("Product,Quantity\nA,\n", answers={(2, "Quantity"): "many"}).asked).row == 2


def test_a_note_gives_no_term():
    record = only(reading("Product,Quantity,Expires,Note\nHikCentral-P-VSS-1Ch,1,,perpetual\n").records)
    assert (record.term, record.note) == ("not_stated", "perpetual")


def test_a_length_and_a_beginning_give_the_last_day_and_say_so():
    result = reading("Product,Quantity,Start,Term\nHikCentral-P-VSS-1Ch,1,2026-03-01,12 months\n")
    assert (only(result.records).expires_on, only(result.records).term) == (date(2027, 2, 28), "dated")
    assert any("ends on 2027-02-28" in text for text in texts(result.warnings, 2))


def test_a_part_number_decides_and_the_family_is_no_title():
    text = (
        "Product,SKU,Quantity\nHikCentral Professional,HikCentral-P-VSS-1Ch,4\nVideo channel,HikCentral-P-VSS-1Ch,5\n"
    )
    first, second = reading(text).records
    assert (first.title, first.sku, first.granted) == ("HikCentral-P-VSS-1Ch", "HikCentral-P-VSS-1Ch", 4)
    assert (second.title, second.sku) == ("Video channel", "HikCentral-P-VSS-1Ch")


def test_several_units_of_a_pack_are_multiplied_and_said():
    result = reading("Product,Quantity\nHikCentral-P-VSS-64Ch,2\n")
    assert (only(result.records).quantity, only(result.records).granted) == (2, 128)
    assert any("2 × 64 camera = 128" in text for text in texts(result.warnings, 2))


def test_a_quantity_that_counts_something_else_than_the_product_is_refused():
    assert "counts “door”" in only(reading("Product,Quantity\nHikCentral-P-VSS-1Ch,16 doors\n").rejected).reason


def test_a_mapping_of_a_person_overrules():
    text = "Ding,Menge,Ende\nHikCentral-P-VSS-1Ch,3,2027-01-31\n"
    result = reading(text, mapping={"Ding": "product", "Ende": "maintenance"})
    record = only(result.records)
    assert (record.product, record.expires_on, record.maintenance_until) == (
        "HikCentral-P-VSS-1Ch",
        None,
        date(2027, 1, 31),
    )
    with pytest.raises(NotReadable, match="There is no field “colour”"):
        reading(text, mapping={"Ding": "colour"})


def test_a_register_is_not_read_as_a_device_list_unless_a_person_says_so():
    text = "Name,Serial Number,Seats,Company\nHikCentral-P-VSS-1Ch,LICT-AAAA-0000-EX01,3,Alpha\n"
    assert reading(text).as_ == "licences"
    assert reading(text, "devices").as_ == "devices"


def test_a_rejected_key_is_masked():
    result = reading("Product,Quantity,Key\n,x,LICT-AAAA-0000-EX01\n")
    assert "LICT" not in repr(result)


def test_device_lines_that_contradict_each_other_are_kept_and_said():
    text = "Name,Serial Number,IP\nA,DS-2CD2032-I20150615CCWR600003007,192.0.2.1\nA,DS-2CD2032-I20150615CCWR600003007,192.0.2.2\n"
    result = reading(text, "devices")
    assert [record.address for record in result.records] == ["192.0.2.1", "192.0.2.2"]
    assert texts(result.warnings, 3) == ["line 2 says the same device with another address"]


def test_a_device_without_serial_and_address_is_flagged():
    record = only(reading("Device name,Serial number,IP address\nCAM,--,\n", "devices").records)
    assert not record.identity_known
    assert "identity not known" in record.warnings[0]


@pytest.mark.parametrize(("answer", "same"), [("credential", True), ("device", False)])
def test_one_address_with_two_accounts_is_decided_by_a_person(answer, same):
    text = "Device name,IP address,Port,User name\nA,192.0.2.1,8000,admin\nB,192.0.2.1,8000,viewer\n"
    assert only(reading(text).asked).column == "IP address"
    first, second = reading(text, answers={(3, "IP address"): answer}).records
    assert (first.identity == second.identity) is same


@pytest.mark.parametrize("address", ["192.0.2.300", "two words!", "http://192.0.2.1/", "a" * 300])
def test_what_is_no_address_is_refused(address):
    assert "is no address" in only(reading(f"Device name,IP address\nA,{address}\n").rejected).reason


def test_a_row_keeps_its_device_but_no_address_that_is_not_asked(monkeypatch):
    monkeypatch.delenv("LICET_ALSO_ASK")
    read = reading("Device name,IP address,Serial No.\nA,169.254.169.254,DS-2CD2146G2-ISU20230415AAWRZ00003001\n")
    assert only(read.records).address is None
    assert "169.254.169.254 is where a cloud tells a machine its secrets" in str(read)


def test_an_error_names_the_file():
    with pytest.raises(NotReadable, match=r"^file\.csv: The file is empty"):
        reading(b"")
