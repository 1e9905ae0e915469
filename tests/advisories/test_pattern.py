import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.advisories.pattern import Fit, fits, split
from licet.advisories.shipped import shipped


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("DS-K1T341A/K1T341B", ("DS-K1T341A", "DS-K1T341B")),
        ("DS-K1T671/K5671", ("DS-K1T671", "DS-K5671")),
        ("DS-K1T8003/8004", ("DS-K1T8003", "DS-K1T8004")),
        ("DS-A71024/48/72R", ("DS-A71024R", "DS-A71048R", "DS-A71072R")),
        ("DS-K1T342/K1T343/DS-K1T6QT-F72/F43", ("DS-K1T342", "DS-K1T343", "DS-K1T6QT-F72", "DS-K1T6QT-F43")),
        ("DS-76xxNI-E1/2", ("DS-76XXNI-E1", "DS-76XXNI-E2")),
        ("DS-7604NXI-K1/4P", ("DS-7604NXI-K1/4P",)),
        ("DS-7604NI-K1 / 4P(B)", ("DS-7604NI-K1/4P(B)",)),
        ("DS-2CD2026G2-IU/SL", ("DS-2CD2026G2-IU/SL",)),
        ("DS-71xxNI-Q1(/xP)/M", ("DS-71XXNI-Q1(/XP)/M",)),
    ],
)
def test_compound_names_are_split_and_others_are_not(name, parts):
    assert split(name) == parts


@pytest.mark.parametrize(
    ("model", "name", "fit"),
    [
        ("DS-2CD2532F-IWS", "DS-2CD2xx2F-I Series", Fit.FULL),
        ("DS-2CD2542FWD-I", "DS-2CD2xx2F-I Series", Fit.NONE),
        ("DS-2CD4A25FWD-IZ", "DS-2CD4xx5 Series", Fit.FULL),
        ("DS-7616NXI-K2 / 16P", "DS-76xxNXI-K2(/xP)", Fit.FULL),
        ("DS-7616NXI-K2(D)", "DS-76xxNXI-Kx(/xP)  including(D)、(E)、(B)", Fit.FULL),
        ("DS-7616NXI-K2", "DS-76xxNI-Mx", Fit.NONE),
        ("DS-96128NI-I16", "DS-96xxxNI-Ix", Fit.FULL),
        ("DS-9632NI-I8", "DS-96xxxNI-Ix", Fit.NONE),
        ("DS-2CD2066G2-IU", "DS-2CD2066G2-I(U)", Fit.FULL),
        ("DS-2CD2066G2-I", "DS-2CD2066G2-I(U)", Fit.FULL),
        ("DS-7604NI-K1/4P(B)", "DS-7604NI-K1 / 4P(B)", Fit.FULL),
        ("DS-7604NI-K1/4P", "DS-7604NI-K1 / 4P(B)", Fit.LOOSE),
        ("DS-7604NI-K1/4P(C)", "DS-7604NI-K1 / 4P(B)", Fit.NONE),
        ("DS-K1T341BMI", "DS-K1T341A/K1T341B", Fit.LOOSE),
        ("iDS-7204HUHI-M1(C)", "iDS-72XXHUH-M(C)", Fit.LOOSE),
        ("iDS-7204HUHI-M1(E)", "iDS-72XXHUH-M(C)", Fit.NONE),
        ("DS-2CD1323GO-IUF", "DS-2CD1323G0-IUF", Fit.NONE),  # a letter O is not corrected in silence
        ("", "DS-2CD1xx1", Fit.NONE),
    ],
)
def test_a_model_fits_fully_loosely_or_not(model, name, fit):
    assert fits(model, name).fit is fit


def test_the_more_specific_name_has_more_literal_characters():
    series, single = fits("DS-7604NI-M1/4P", "DS-76xxNI-Mx"), fits("DS-7604NI-M1/4P", "DS-7604NI-M1/4P")
    assert (series.fit, single.fit) == (Fit.FULL, Fit.FULL)
    assert single.literal > series.literal


def test_every_shipped_name_without_wildcard_fits_itself():
    names = {name for entry in shipped().entries for rows in entry.rows for name in rows.models}
    alone = [
        name
        for name in names
        if "x" not in name.lower() and "series" not in name.lower() and split(name) == (name.upper(),)
    ]
    assert len(alone) > 30
    assert [name for name in alone if fits(name, name).fit is not Fit.FULL] == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_reader(model, name):
    assert fits(model, name).fit in Fit
