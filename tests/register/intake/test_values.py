"""Quantities, money, keys and part numbers, cell by cell."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.dates.reading import Ask, Reject
from licet.register.intake.catalogue import read_catalogue, shipped
from licet.register.intake.keytext import clean_key, comparable, keys_in_note, read_keys
from licet.register.intake.money import MarkEvidence, Money, currency_of, read_money
from licet.register.intake.quantity import Quantity, read_quantity
from licet.register.intake.secret import Secret, masked
from licet.register.intake.sku import family, match


class TestQuantity:
    """Case C091."""

    @pytest.mark.parametrize(
        ("cell", "value", "metric"),
        [
            ("64 ch", 64, "camera"),
            ("64ch", 64, "camera"),
            ("16 Türen", 16, "door"),
            ("16 Kanäle", 16, "camera"),
            ("8 дверей", 8, "door"),
            ("32路", 32, "camera"),
            ("0Ch", 0, "camera"),
            ("10 licences", 10, ""),
            ("5 Stk.", 5, ""),
            (" 12 ", 12, ""),
            (64, 64, ""),
            (64.0, 64, ""),
            ("1'000", 1000, ""),
            ("1 000", 1000, ""),
            ("1.234.567", 1234567, ""),
            ("12,00", 12, ""),
        ],
    )
    def test_it_reads_a_number_and_what_it_counts(self, cell, value, metric):
        assert read_quantity(cell) == Quantity(value, metric)

    @pytest.mark.parametrize(
        "cell", ["2 x 32", "10+2", "ca. 20", "-3", -3, "2.5", 2.5, "ten", "12 apples", "1-2", True]
    )
    def test_it_refuses_what_is_no_whole_number_with_its_text(self, cell):
        found = read_quantity(cell)
        assert isinstance(found, Reject)
        assert cell is True or str(cell) in found.reason

    def test_one_mark_and_three_digits_are_asked(self):
        found = read_quantity("1,000")
        assert isinstance(found, Ask)
        assert [choice.code for choice in found.choices] == ["1000", "1"]

    def test_the_mark_of_the_file_decides(self):
        assert read_quantity("1.200", ",") == Quantity(1200)
        assert read_quantity("1,000", ".") == Quantity(1000)
        assert isinstance(read_quantity("1.200", "."), (Ask, Reject))

    @pytest.mark.parametrize("cell", ["", None, "  ", "n/a"])
    def test_an_empty_cell_is_asked_and_never_one(self, cell):
        assert isinstance(read_quantity(cell), Ask)

    @pytest.mark.parametrize("cell", ["unlimited", "unbegrenzt", "∞"])
    def test_unlimited_is_confirmed_by_a_person(self, cell):
        found = read_quantity(cell)
        assert isinstance(found, Ask)
        assert [choice.code for choice in found.choices] == ["unlimited"]

    @given(st.integers(0, 10_000_000))
    def test_every_whole_number_reads_as_itself(self, number):
        assert read_quantity(str(number)) == Quantity(number)

    @given(st.text(max_size=30))
    def test_any_text_gives_a_result(self, text):
        assert isinstance(read_quantity(text), (Quantity, Ask, Reject))


class TestMoney:
    """Case C064."""

    @pytest.mark.parametrize(
        ("cell", "amount", "currency"),
        [
            ("27,83", "27.83", None),
            ("1.234,56", "1234.56", None),
            ("158.369,24", "158369.24", None),
            ("151.97", "151.97", None),
            ("1'250.00", "1250.00", None),
            ("$1,200.50", "1200.50", "USD"),
            ("€180,00", "180.00", "EUR"),
            ("2.880,00 €", "2880.00", "EUR"),
            ("360,00 EUR", "360.00", "EUR"),
            ("CHF 12.50", "12.50", "CHF"),
            ("1 234,50 zł", "1234.50", "PLN"),
            ("-12.50", "-12.50", None),
            (450, "450.00", None),
            (450.5, "450.50", None),
            ("0,00", "0.00", None),
        ],
    )
    def test_it_reads_amounts_that_prove_themselves(self, cell, amount, currency):
        assert read_money(cell) == Money(Decimal(amount), currency)

    @pytest.mark.parametrize("cell", [None, "", "-", "n/a"])
    def test_an_empty_cell_is_no_amount_and_not_zero(self, cell):
        assert read_money(cell) == Money()

    @pytest.mark.parametrize("cell", ["free", "12 apples", "1.2.3,4,5", "1e9", True])
    def test_it_refuses_what_is_no_amount(self, cell):
        assert isinstance(read_money(cell), Reject)

    def test_thousands_or_decimals_is_decided_by_the_column_or_asked(self):
        asked = read_money("1.200")
        assert isinstance(asked, Ask)
        assert [choice.code for choice in asked.choices] == ["1200", "1.200"]
        assert read_money("1.200", ",") == Money(Decimal(1200))
        assert read_money("1.200", ".") == Money(Decimal("1.20"))

    def test_a_column_is_decided_by_its_first_proof(self):
        evidence = MarkEvidence()
        for line, cell in enumerate(["1.200", "1'250.00", "27,83"], 2):
            evidence.add(line, cell)
        assert evidence.decision() == (",", "line 4 (27,83) proves a decimal comma")

    def test_a_column_that_proves_both_decides_nothing(self):
        evidence = MarkEvidence()
        evidence.add(2, "$540.00")
        evidence.add(3, "€180,00")
        assert evidence.decision()[0] is None
        assert "line 2 (540.00)" in evidence.decision()[1]

    @pytest.mark.parametrize(
        ("text", "code"), [("EUR", "EUR"), ("eur", "EUR"), ("€", "EUR"), ("US$", "USD"), ("Euro", "EUR"), ("x", None)]
    )
    def test_a_currency_is_known_by_sign_word_and_code(self, text, code):
        assert currency_of(text) == code

    @given(st.decimals("0.01", "999999999", places=2))
    def test_both_ways_of_writing_an_amount_read_the_same(self, amount):
        english = f"{amount:,.2f}"
        german = english.translate(str.maketrans(",.", ".,"))
        assert read_money(english) == read_money(german) == Money(amount)

    @given(st.text(max_size=30))
    def test_any_text_gives_a_result(self, text):
        assert isinstance(read_money(text), (Money, Ask, Reject))


class TestKeys:
    @pytest.mark.parametrize(
        "written",
        [
            "  LICT-DDDD-\n0000-EX01 \t",
            "lict-dddd-0000-ex01",
            "LICTDDDD0000EX01",
            "LICT-DD\u200bDD-00\u00ad00-\u00a0EX01",
            "ＬＩＣＴ－ＤＤＤＤ－００００－ＥＸ０１",
            "LICT‐DDDD–0000—EX01",
            "LICT DDDD 0000 EX01",
        ],
    )
    def test_every_spelling_of_a_key_compares_equal(self, written):
        """Cases C092, C093 and C095."""
        keys, _ = read_keys(written)
        assert [comparable(key.text) for key in keys] == ["LICTDDDD0000EX01"]
        assert keys[0].original.strip() == written.strip()

    def test_invisible_characters_are_named(self):
        found = clean_key("LICT-EE\u200bEE-00\u00ad00-\u00a0EX01")
        assert found.clean == "LICT-EEEE-0000-EX01"
        for name in ("U+200B zero width space", "U+00A0 no-break space", "U+00AD soft hyphen"):
            assert name in found.warnings[0]

    def test_look_alikes_are_warned_about_and_kept(self):
        found = clean_key("LICT-O0I1-B8S5-EX01")
        assert found.clean == "LICT-O0I1-B8S5-EX01"
        assert found.warnings == ("the key holds characters that look alike (O/0, I/1/L, B/8, S/5)",)

    def test_two_keys_in_a_cell_are_two(self):
        keys, _ = read_keys("LICT-REG0-0003-EX01\nLICT-REG0-0003-EX02")
        assert [key.text for key in keys] == ["LICT-REG0-0003-EX01", "LICT-REG0-0003-EX02"]

    @pytest.mark.parametrize("cell", ["", "  ", "n/a", "none", "-", "keine"])
    def test_a_word_for_nothing_is_no_key(self, cell):
        assert read_keys(cell) == ((), ())

    def test_only_a_known_key_is_found_in_a_note(self):
        note = "activation code LICT-HHHH-0000-EX01, order SO-77-1-A, HikCentral-P-VSS-1Ch"
        assert keys_in_note(note, {"LICTHHHH0000EX01"}.__contains__) == ("LICT-HHHH-0000-EX01",)

    def test_a_secret_shows_four_characters_at_most(self):
        secret = Secret("LICT-DDDD-0000-EX01", "lict dddd")
        assert (repr(secret), str(secret)) == ("Secret(…)", "…EX01")
        assert masked("QWERTY") == "…"
        assert "LICT" not in repr((secret,))

    @given(st.text(alphabet="ABcd019 -‐–\t\n\u200b\u00a0\u00adＡＢ０－", max_size=40))
    def test_cleaning_twice_changes_nothing(self, text):
        once = clean_key(text).clean
        assert clean_key(once).clean == once


class TestPartNumbers:
    @pytest.mark.parametrize(
        ("text", "code", "how"),
        [
            ("HikCentral-P-VSS-1Ch", "HikCentral-P-VSS-1Ch", "listed"),
            ("hikcentral p vss 1ch", "HikCentral-P-VSS-1Ch", "listed"),
            ("HIKCENTRAL-P-VSS-BASE/0CH", "HikCentral-P-VSS-Base/0Ch", "listed"),
            ("HikCentral-P-VSS-Base-0Ch", "HikCentral-P-VSS-Base/0Ch", "listed"),
            ("HikCentral-P-ACS-Base/16Door", "HikCentral-P-ACS-16Door/Base", "alias"),
            ("HikCentral-P-ANPR-1ch", "HikCentral-P-ANPR-1Camera", "alias"),
            ("HikCentral-L-ACS-1Door", "HIKCENTRAL-L-ACS-1DOOR", "listed"),
            ("Hik-ProConnect health monitoring", "Health Monitoring Service", "alias"),
            ("HikCentral-P-VSS-64Ch", "HikCentral-P-VSS-64Ch", "pattern"),
            ("Something else", "Something else", "unknown"),
        ],
    )
    def test_a_part_number_is_found_in_any_spelling(self, text, code, how):
        found = match(text, shipped())
        assert (found.code, found.how) == (code, how)

    @pytest.mark.parametrize(
        ("text", "metric", "units", "kind", "prerequisite"),
        [
            ("HikCentral-P-VSS-64Ch", "camera", 64, "expansion", "HikCentral-P-VSS-Base/0Ch"),
            ("HikCentral-P-ACS-8Door", "door", 8, "expansion", "HikCentral-P-ACS-16Door/Base"),
            ("HikCentral-P-VSS-Base/16Ch", "camera", 16, "base", ""),
            ("HikCentral-P-FACE-4Ch", None, None, "expansion", ""),
            ("HikCentral-P-ACS-8Ch", None, None, "expansion", "HikCentral-P-ACS-16Door/Base"),
        ],
    )
    def test_the_pattern_gives_what_is_certain_and_no_more(self, text, metric, units, kind, prerequisite):
        found = match(text, shipped())
        assert (found.metric, found.units, found.kind, found.prerequisite) == (metric, units, kind, prerequisite)

    def test_the_name_of_a_family_is_no_part_number(self):
        assert family("HikCentral Professional", shipped()) == "hikcentral-professional"
        assert match("HikCentral Professional", shipped()).how == "unknown"
        assert family("", shipped()) == family("VSS", shipped()) == ""

    def test_two_part_numbers_with_one_spelling_are_refused(self):
        row = "{code: %s, metric: camera, quantity: 1, kind: base, term: x, source: s, confidence: high}"
        text = (
            "products:\n- {code: a, vendor: v, name: n, effect_on_expiry: unknown, needs_activation: false, "
            f"installation_kind: x, source: s, confidence: high, skus: [{row % 'A-1'}, {row % 'a/1'}]}}\n"
        )
        with pytest.raises(ValueError, match="share the spelling"):
            read_catalogue(text)
