import pytest

from licet.dates.countries import countries, country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), (" de ", "DE"), ("Germany", "DE"), ("GERMANY", "DE"), ("Georgia", "GE"), ("United  Kingdom", "GB"), ("uk", "GB"),
        ("Britain (UK)", "GB"), ("South Korea", "KR"), ("Czechia", "CZ"), ("Ge rmany", None), ("Germ", None), ("D1", None), ("", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_code_or_name(text, code):
    assert country_code(text) == code


def test_all_codes_have_a_name():
    assert len(countries()) > 240
    assert all(len(code) == 2 and name for code, name in countries().items())
