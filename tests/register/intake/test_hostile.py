"""Whatever stands in a file: a result in which every line has one outcome, or one sentence."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from licet.register.intake import Context, NotReadable, read
from licet.register.intake.headings import DEVICE_HEADINGS, LICENCE_HEADINGS

CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "n/a",
            "2 x 32",
            "1,000",
            "31/02/2026",
            "1e999",
            "9" * 30,
            "=1+1",
            "-5",
            "2027",
            "HikCentral-P-VSS-64Ch",
            "64",
        ]
    ),
)


def outcome(data):
    try:
        return read(data, "file.csv", "auto", Context(date(2026, 11, 26), str.casefold))
    except NotReadable as error:
        said = str(error)
    assert said.startswith("file.csv: ")
    assert "\n" not in said
    return None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_or_one_sentence(data):
    outcome(data)


@given(st.binary(max_size=200))
def test_a_damaged_workbook_gives_one_sentence(data):
    assert outcome(b"PK\x03\x04" + data) is None


@given(
    st.lists(st.sampled_from(sorted({*LICENCE_HEADINGS, *DEVICE_HEADINGS})), min_size=1, max_size=8),
    st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6),
)
def test_every_line_has_exactly_one_outcome(headings, rows):
    quoted = ["\t".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [headings, *rows]]
    result = outcome("\n".join(quoted).encode("utf-8", "surrogatepass"))
    if result is None:
        return
    lines = [
        *{record.line for record in result.records},
        *(item.row for item in (*result.ignored, *result.same_as)),
        *{item.row for item in result.asked},
        *{item.row for item in result.rejected},
    ]
    assert len(lines) == len(set(lines)) == result.rows == sum(result.counts().values())
