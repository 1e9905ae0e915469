from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.dates.words import fold
from licet.tabular.csvfile import detect_delimiter
from licet.tabular.errors import NotReadable
from licet.tabular.reading import open_table
from licet.tabular.table import MAX_CELL, MAX_COLUMNS, RowKind

KNOWN = {"product", "qty", "customer", "item name", "company", "category", "seats", "notes", "id", "name", "key"}


def known(text):
    return fold(text) in KNOWN


def opened(text, encoding="utf-8", **other):
    return open_table(text.encode(encoding), known, **other)


def lines(table):
    return [(row.line, row.kind, tuple(row.cells)) for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    table = opened(f"Product{delimiter}Qty\nA{delimiter}1\n")
    assert table.delimiter == delimiter
    assert table.headings == ("Product", "Qty")
    assert lines(table) == [(2, RowKind.DATA, ("A", "1"))]


def test_a_comma_inside_numbers_and_notes_does_not_win_over_semicolons():
    table = opened("Product;Qty;Notes\nA;1,5;nice, small, cheap\nB;2,5;a, b, c\n")
    assert (table.delimiter, table.headings) == (";", ("Product", "Qty", "Notes"))


def test_the_first_line_of_excel_that_names_the_delimiter_is_followed():
    table = opened("sep=;\nProduct;Qty\nA;1\n")
    assert (table.delimiter, table.heading_line) == (";", 2)


def test_classic_mac_line_ends_are_read():
    table = opened("Item name,Company,seats\rA,Alpha,8\rB,Beta,9\r")
    assert [row.cells[0] for row in table.rows()] == ["A", "B"]
    assert [row.line for row in table.rows()] == [2, 3]


def test_a_record_with_line_breaks_has_the_number_of_its_first_line():
    table = opened('Item name,notes\nA,"one\n\nthree"\nB,x\n')
    assert lines(table) == [(2, RowKind.DATA, ("A", "one\n\nthree")), (5, RowKind.DATA, ("B", "x"))]


def test_titles_above_the_heading_are_passed_over_and_listed():
    table = opened("Licence register;;\n\nProduct;Qty;Notes\nA;1;\n")
    assert table.heading_line == 3
    assert table.above == ((1, "title"), (2, "blank"))


def test_a_person_can_choose_the_heading_line():
    table = opened("Product,Qty\nWare,Menge\nA,1\n", heading_line=2)
    assert (table.headings, [row.line for row in table.rows()]) == (("Ware", "Menge"), [3])


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (",,", RowKind.BLANK),
        ("  ,,\t", RowKind.BLANK),
        ("Product,Qty,Notes", RowKind.HEADING),
        ("Total,32,", RowKind.TOTAL),
        ("Summe,1.284,", RowKind.TOTAL),
        ("Subtotal Beta,48,", RowKind.SUBTOTAL),
        ("Total Security Ltd,32,see mail", RowKind.DATA),
        ("A,1,", RowKind.DATA),
    ],
)
def test_lines_without_data_are_told_from_data(line, kind):
    assert next(opened(f"Product,Qty,Notes\n{line}\n").rows()).kind is kind


def test_a_short_record_keeps_the_number_of_its_values():
    row = next(opened("Product,Qty,Notes\nA\n").rows())
    assert (row.given, row.cells) == (1, ["A", "", ""])


def test_a_long_record_is_not_cut():
    row = next(opened("Product,Qty\nA,1,2\n").rows())
    assert (row.given, list(row.cells)) == (3, ["A", "1", "2"])


def test_an_open_quote_is_said_and_does_not_swallow_the_file():
    with pytest.raises(NotReadable, match="Line 2: a quote is opened and never closed"):
        opened('Product,Qty\nA,"1\nB,2\nC,3\n')


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel file or one locked by a password"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><table>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "XML"),
        (b"PK\x03\x04damaged", "damaged"),
        (b"1,2\n3,4\n", "No row has known headings"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(data, said):
    with pytest.raises(NotReadable, match=said):
        open_table(data, known)


def test_cells_and_columns_have_limits():
    with pytest.raises(NotReadable, match="Line 2: a cell is longer"):
        list(opened(f"Product,Qty\n{'x' * (MAX_CELL + 1)},1\n").rows())
    with pytest.raises(NotReadable, match="columns"):
        list(opened("Product,Qty\n" + "," * MAX_COLUMNS + "\n").rows())


def test_rows_are_read_one_at_a_time_and_more_than_once():
    table = opened("Product,Qty\n" + "A,1\n" * 100_000)
    rows = table.rows()
    assert isinstance(rows, Iterator)
    assert next(rows).line == 2
    assert sum(1 for _ in rows) == 99_999


def test_a_wrong_encoding_is_said():
    table = open_table("Product,Qty\nGenève,1\n".encode("cp1252"), known, text_encoding="utf-16-le", heading_line=1)
    assert "could not be read as utf-16-le" in table.notes[0]


@given(
    st.lists(
        st.tuples(st.text(alphabet="abc ,;\"'\n|=é", max_size=8), st.text(alphabet='xyz,;"\n', max_size=8)),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_is_read_back(rows):
    from licet.tabular.export import csv_bytes

    table = open_table(csv_bytes(("Product", "Qty"), rows), known, delimiter=",")
    assert [tuple(row.cells) for row in table.rows() if row.kind is RowKind.DATA] == [
        row for row in rows if any(cell.strip() for cell in row)
    ]


def test_a_file_of_one_column_has_a_comma():
    assert detect_delimiter(b"Product\nA\nB\n", "utf-8") == ","


def test_of_many_blank_lines_the_first_thousand_are_listed_and_what_follows_is_read():
    table = open_table(b"Product,Qty\nA,1\n" + b" ,\n" * 5000 + b"B,2\n", lambda text: text in {"Product", "Qty"})
    rows = list(table.rows())
    assert len(rows) == 1002
    assert (rows[-1].line, list(rows[-1].cells)) == (5003, ["B", "2"])


def test_a_text_of_too_many_cells_is_refused_before_they_are_filled():
    heading = ",".join(["Product", *(f"c{n}" for n in range(499))]).encode()
    with pytest.raises(NotReadable, match="500 columns"):
        open_table(heading + b"\n" * 300_000 + b"A\n", lambda text: text == "Product")
