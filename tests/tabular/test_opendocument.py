from datetime import date

import pytest
from tests.tabular.opendocument import HEAD, KIND, TAIL, file, ods

from licet.tabular.errors import NotReadable
from licet.tabular.reading import open_table
from licet.tabular.table import RowKind

ROWS = [["Product", "Qty", "Expires"], ["HikCentral-P-VSS-1Ch", 64, date(2027, 3, 31)], ["", "", ""], ["Total", 64, ""]]


def known(text):
    return text in {"Product", "Qty", "Expires"}


def test_an_ods_file_is_a_table_with_its_dates_and_numbers():
    table = open_table(ods(Licences=ROWS, Other=[["x"]]), known)
    assert (table.sheet, table.headings, table.encoding) == ("Licences", ("Product", "Qty", "Expires"), None)
    rows = list(table.rows())
    assert [list(row.cells)[:2] for row in rows[:1]] == [["HikCentral-P-VSS-1Ch", 64]]
    assert rows[0].cells[2] == date(2027, 3, 31)
    assert [row.kind for row in rows] == [RowKind.DATA, RowKind.BLANK, RowKind.TOTAL]


def test_a_sheet_is_chosen_by_its_name():
    other = [["Product", "Qty"], ["A", 1]]
    table = open_table(ods(First=ROWS, Second=other), known, sheet="Second")
    assert (table.sheet, table.heading_line) == ("Second", 1)
    with pytest.raises(NotReadable, match="There is no sheet “Third”; there are “First”, “Second”"):
        open_table(ods(First=ROWS, Second=other), known, sheet="Third")


def repeated(rows, columns):
    cells = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cells}</table:table-row>'
    return file(f'{HEAD}<table:table table:name="A">{row}</table:table>{TAIL}')


@pytest.mark.parametrize(("rows", "columns"), [(1_000_000, 16), (1, 16_384), (999_999_999, 512)])
def test_a_cell_repeated_beyond_reason_is_refused_before_it_is_read(rows, columns):
    with pytest.raises(NotReadable, match="A sheet spans"):
        open_table(repeated(rows, columns), known)


def test_an_encrypted_document_is_said_to_be_locked():
    manifest = '<manifest:manifest xmlns:manifest="x"><manifest:encryption-data/></manifest:manifest>'
    with pytest.raises(NotReadable, match="locked by a password"):
        open_table(file("x", manifest=manifest), known)


def test_a_text_document_is_no_spreadsheet():
    with pytest.raises(NotReadable, match="no spreadsheet"):
        open_table(file(HEAD + TAIL, kind=KIND.replace("spreadsheet", "text")), known)


def test_entities_are_refused():
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(NotReadable, match="declares entities"):
        open_table(file(bomb), known)


def test_content_that_is_no_xml_is_said_to_be_damaged():
    with pytest.raises(NotReadable, match="damaged"):
        open_table(file("<a><b></a>"), known)


def test_a_workbook_packed_beyond_reason_is_refused():
    with pytest.raises(NotReadable, match="200 times its size"):
        open_table(file("<a>" + " " * 20_000_000 + "</a>"), known)
