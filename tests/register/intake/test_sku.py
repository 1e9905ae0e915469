"""Part numbers: the whole of the study's list, every spelling, and the pattern for those not listed."""

import csv
from pathlib import Path

import pytest

from licet.register.intake.catalogue import read_catalogue, shipped
from licet.register.intake.sku import match

LIST = Path(__file__).resolve().parents[4] / "shared" / "domain" / "skus.csv"
ROWS = list(csv.DictReader(LIST.read_text("utf-8").splitlines())) if LIST.exists() else []
METRICS = {"video channel": "camera", "door": "door", "anpr camera": "anpr_camera"}

in_the_list = pytest.mark.skipif(not LIST.exists(), reason="the study's list of part numbers is not here")
each_row = pytest.mark.parametrize("row", ROWS, ids=[row["sku"] for row in ROWS])


def part_number(row):
    text = row["sku"].removeprefix("(none) ")
    return text[1:-1] if text.startswith("(") else text


def names(row):
    aliases = [alias.strip() for alias in row["aliases"].split(";")]
    return [part_number(row), *(alias for alias in aliases if alias not in {"", "UNVERIFIED"})]


@in_the_list
@each_row
def test_every_part_number_is_found_in_every_spelling(row):
    for name in names(row):
        bare = name.replace("-", "").replace("/", "").replace(" ", "")
        for spelling in (name, name.upper(), name.lower(), name.replace("-", " "), f" {name} ", bare):
            found = match(spelling, shipped())
            assert found.how in {"listed", "alias"}, spelling
            assert found.code == match(part_number(row), shipped()).code


@in_the_list
@each_row
def test_the_catalogue_says_what_the_list_says(row):
    found = match(part_number(row), shipped())
    if row["metric"] in METRICS:
        assert found.metric == METRICS[row["metric"]]
        assert found.units == int(row["quantity"])
    assert found.kind == row["kind"]
    assert found.confidence == row["confidence"].lower()
    assert found.prerequisite == (row["prerequisite"] if row["prerequisite"] != "UNVERIFIED" else "")


@in_the_list
def test_the_catalogue_has_nothing_that_the_list_has_not():
    assert {sku.code for sku in shipped().skus} == {match(part_number(row), shipped()).code for row in ROWS}


@pytest.mark.parametrize(
    ("text", "code", "metric", "units", "kind"),
    [
        ("HikCentral-P-VSS-64Ch", "HikCentral-P-VSS-64Ch", "camera", 64, "expansion"),
        ("hikcentral p acs 4 door", "HikCentral-P-ACS-4Door", "door", 4, "expansion"),
        ("HikCentral-P-VSS-Base/16Ch", "HikCentral-P-VSS-Base/16Ch", "camera", 16, "base"),
        ("HikCentral-P-VSS-16Ch/Base", "HikCentral-P-VSS-Base/16Ch", "camera", 16, "base"),
        ("HIKCENTRAL-P-ANPR-5CAMERA", "HikCentral-P-ANPR-5Camera", "anpr_camera", 5, "expansion"),
        ("HikCentral-L-ACS-2Door", "HikCentral-L-ACS-2Door", "door", 2, "expansion"),
        ("HikCentral-P-FOO-2Ch", "HikCentral-P-FOO-2Ch", None, None, "expansion"),
        ("HikCentral-P-ACS-2Ch", "HikCentral-P-ACS-2Ch", None, None, "expansion"),
    ],
)
def test_a_part_number_that_is_not_listed_is_read_by_its_pattern(text, code, metric, units, kind):
    found = match(text, shipped())
    assert found.how == "pattern"
    assert (found.code, found.metric, found.units, found.kind) == (code, metric, units, kind)


@pytest.mark.parametrize("text", ["Something else", "HikCentral", "VSS", "", "HikCentral-P-VSS-1Ch extra"])
def test_what_is_neither_listed_nor_of_the_pattern_is_unknown(text):
    found = match(text, shipped())
    assert (found.how, found.code, found.metric, found.units) == ("unknown", text, None, None)


def test_every_entry_names_a_source_and_how_sure_it_is():
    entries = [*shipped().products, *shipped().skus]
    assert all(entry.source for entry in entries)
    assert {entry.confidence for entry in entries} <= {"high", "medium", "low", "unverified"}
    effects = {product.effect_on_expiry for product in shipped().products}
    assert effects <= {"use_continues", "no_additions", "stops", "unknown"}


def test_a_prerequisite_is_itself_listed():
    listed = {sku.code for sku in shipped().skus}
    assert {sku.prerequisite for sku in shipped().skus} - listed == {"", "XProtect base (SLC)"}


def test_two_part_numbers_may_not_share_a_spelling():
    product = "products: [{code: p, vendor: v, name: n, effect_on_expiry: unknown, needs_activation: false, installation_kind: server, source: s, confidence: low, skus: [%s]}]"
    sku = "{code: %s, metric: '', quantity: null, kind: base, term: not_stated, source: s, confidence: low}"
    with pytest.raises(ValueError, match="a-b and A/B share the spelling ab"):
        read_catalogue(product % ", ".join(sku % code for code in ("A/B", "a-b")))
