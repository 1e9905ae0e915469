"""How far a sheet reaches is known before a reader builds it: no reference that a program would not write gets past."""

import pytest

from licet.tabular.errors import NotReadable
from licet.tabular.extent import XlsxSheet


def measured(reference):
    sheet = XlsxSheet()
    sheet.feed(f'<sheetData><row r="1"><c r={reference} t="n"><v>1</v></c></row></sheetData>'.encode())
    sheet.close()


@pytest.mark.parametrize("reference", ['"A1"', '"CV5000"', "'B2'"])
def test_a_reference_that_programs_write_passes(reference):
    measured(reference)


@pytest.mark.parametrize(
    "reference",
    [
        '"zzzz4000"',
        '"ZZZZ9999999"',
        '"ZZZZZZ99999999999"',
        '"zzz9999999"',
        '"A99999999999"',
        '"XFD1048576"',
        "'ZZZZ4000'",
        '"A1B2"',
        '""',
    ],
)
def test_a_reference_far_away_or_of_no_known_form_is_refused(reference):
    with pytest.raises(NotReadable):
        measured(reference)


def test_a_reference_cannot_hide_behind_other_attributes():
    with pytest.raises(NotReadable):
        measured('"A1" x="' + "y" * 400 + '" r="ZZZ9999999"')


def test_a_reference_is_found_where_two_pieces_join():
    text = b'<sheetData><row r="1"><c s="1" r="zzzz4000"><v>1</v></c></row></sheetData>'
    for cut in range(1, len(text)):
        sheet = XlsxSheet()
        sheet.feed(text[:cut])
        sheet.feed(text[cut:])
        with pytest.raises(NotReadable):
            sheet.close()
