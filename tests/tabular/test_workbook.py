import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from licet.dates.words import fold
from licet.tabular.errors import NotReadable
from licet.tabular.reading import open_table
from licet.tabular.table import RowKind
from licet.tabular.workbook import _cell

KNOWN = {"product", "qty", "name", "site", "customer / name", "customer / site", "licence / qty", "key", "device", "to"}


def known(text):
    return fold(text) in KNOWN


def workbook(*sheets, merged=()):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_numbers_dates_and_texts_keep_their_kind():
    moment = datetime(2026, 1, 2, 6, 14)  # noqa: DTZ001 - spreadsheet cells carry no zone
    data = workbook(("S", [["Product", "Qty", "To"], ["001", 80, date(2026, 1, 2)], ["B", 2.5, moment]]))
    table = open_table(data, known)
    first, second = table.rows()
    assert list(first.cells) == ["001", 80, date(2026, 1, 2)]
    assert list(second.cells) == ["B", 2.5, moment]
    assert (table.encoding, table.delimiter, table.sheet) == (None, None, "S")


def test_a_number_beyond_all_numbers_is_a_text_that_is_no_number():
    assert _cell(float("inf")) == "inf"
    assert _cell(float("nan")) == "nan"


def test_a_heading_of_two_merged_rows_is_joined():
    rows = [
        ["Customer", None, "Licence", "Key"],
        ["Name", "Site", "Qty", None],
        ["Alpha", "Tower", 1, "K"],
        [None, "Yard", 2, "L"],
    ]
    data = workbook(("S", rows), merged=["A1:B1", "D1:D2", "A3:A4"])
    table = open_table(data, known)
    assert table.headings == ("Customer / Name", "Customer / Site", "Licence / Qty", "Key")
    assert (table.heading_line, table.heading_lines) == (1, 2)
    assert [(row.line, row.cells[0]) for row in table.rows()] == [(3, "Alpha"), (4, "Alpha")]


def test_the_sheet_with_most_known_headings_is_read_and_the_others_are_named():
    data = workbook(("Cover", [["Hello"]]), ("Old", [["Product"], ["A"]]), ("Now", [["Product", "Qty"], ["B", 1]]))
    table = open_table(data, known)
    assert table.sheet == "Now"
    assert [name for name, _ in table.sheets] == ["Cover", "Old", "Now"]
    assert open_table(data, known, sheet="Old").headings == ("Product",)
    with pytest.raises(NotReadable, match="There is no sheet “Next”"):
        open_table(data, known, sheet="Next")


def test_blank_rows_and_totals_are_told():
    data = workbook(("S", [["Product", "Qty"], ["A", 1], [None, None], ["Total", 1]]))
    assert [row.kind for row in open_table(data, known).rows()] == [RowKind.DATA, RowKind.BLANK, RowKind.TOTAL]


def test_a_workbook_that_unpacks_to_much_is_refused_before_it_is_read():
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(32 << 20))
    with pytest.raises(NotReadable, match="unpacks to more than"):
        open_table(kept.getvalue(), known)


def test_a_stray_cell_far_away_is_refused():
    book = Workbook()
    book.active["A1"] = "Product"
    book.active["XFD1048576"] = "x"
    kept = BytesIO()
    book.save(kept)
    with pytest.raises(NotReadable, match="spans 1048576 rows"):
        open_table(kept.getvalue(), known)


def test_a_workbook_without_known_headings_is_refused():
    with pytest.raises(NotReadable, match="No sheet of “S” has a row of known headings"):
        open_table(workbook(("S", [["Apples", "Pears"], [1, 2]])), known)


def test_another_archive_is_no_workbook():
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(NotReadable, match="packed file without a spreadsheet"):
        open_table(kept.getvalue(), known)


def test_a_fault_inside_the_reader_is_a_sentence(monkeypatch):
    class PanicException(BaseException):
        pass

    @staticmethod
    def panic(_data):
        raise PanicException("index out of bounds")

    monkeypatch.setattr("licet.tabular.workbook.CalamineWorkbook", type("Reader", (), {"from_filelike": panic}))
    with pytest.raises(NotReadable, match="malformed"):
        open_table(workbook(("S", [["Product", "Qty"], ["A", 1]])), known)
