"""Keys in the register: several under one licence, found again in any spelling, sealed by imports; cases C092 to C098, C110, C111."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import factories as make
from tests.conftest import NOW, SHARED

from licet.ledger.read import entries
from licet.register import keys as read
from licet.register.bulk_add import Wanted, add_many
from licet.register.bulk_change import change_many
from licet.register.catalogue import load_catalogue
from licet.register.change import change_licence
from licet.register.importing import import_file
from licet.register.keys_check import NotAKey, differences, look
from licet.register.keys_pattern import BadPattern, shape
from licet.register.keys_record import change_key, put_key, retire_key, set_pattern, set_rule, set_two_people
from licet.register.keys_reveal import needs_second, reveal_key
from licet.register.life import add_note
from licet.register.models import KeyMark, Licence, LicenceKey
from licet.register.purchase import put_vendor
from licet.register.record import NewLicence, add_licence
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret
from licet.vault.record import use

needs_cases = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not on this machine")
KEY = "LICT-GGGG-0000-EX01"


def case(name):
    return next((SHARED / "cases").glob(f"{name}-*")).read_bytes()


def codes(looked):
    return {(one.code, one.position) for one in looked.findings}


class TestLooking:
    @needs_cases
    def test_c092_white_space_around_and_within_is_no_other_key(self):
        looked = look(case("C092").decode())
        assert looked.text == "LICT-DDDD-0000-EX01"
        assert looked.comparable == "LICTDDDD0000EX01"

    @needs_cases
    def test_c093_invisible_characters_are_taken_out_and_named(self):
        looked = look(case("C093").decode())
        assert looked.text == "LICT-EEEE-0000-EX01"
        said = " ".join(one.detail for one in looked.findings)
        assert all(name in said for name in ("U+200B", "U+00A0", "U+00AD"))
        assert {("invisible", 8), ("invisible", 13), ("invisible", 16)} <= codes(looked)

    @needs_cases
    def test_c095_look_alikes_are_pointed_out_and_never_replaced(self):
        first, second = case("C095").decode().splitlines()
        looked = look(first)
        assert looked.text == first
        assert {place for code, place in codes(looked) if code == "look_alike"} == {
            2,
            6,
            7,
            8,
            9,
            11,
            12,
            13,
            14,
            18,
            19,
        }
        assert look(second).text == "LICT-0001-EX02"
        assert ("full_width", None) in codes(look(second))

    @pytest.mark.parametrize(("text", "place"), [("LIСT", 3), ("ΑBC", 1)], ids=["Cyrillic", "Greek"])
    def test_letters_of_another_script_are_pointed_out_and_kept(self, text, place):
        looked = look(text)
        assert ("foreign_letter", place) in codes(looked)
        assert looked.text == text

    @given(st.text(max_size=200))
    def test_no_text_is_repeated_whatever_it_is(self, text):
        try:
            looked = look(text)
        except NotAKey as error:
            looked = error
        if isinstance(looked, NotAKey):
            assert str(looked) == "There is no key in that text."
            return
        assert looked.hint.replace(" characters", "").replace(" in groups of ", "").replace("-", "").isdigit()
        assert "text=" not in repr(looked)

    @pytest.mark.parametrize("text", ["", " \n", "--", "\u200b", "x" * 2001])
    def test_what_is_no_key_is_said(self, text):
        with pytest.raises(NotAKey):
            look(text)

    def test_two_keys_differ_at_places(self):
        assert differences("LICT-OOII", " lict-o0ii\n") == (9, [7])
        assert differences("AB", "ABC") == (3, [3])
        assert differences(KEY, KEY.replace("-", "–"))[1] == []


class TestPatterns:
    @pytest.mark.parametrize("text", ["[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", "^(AB|CD)-\\d{8}$", "X.{0,40}Y"])
    def test_a_bounded_pattern_is_taken(self, text):
        assert shape(text).compiled.pattern == text

    @pytest.mark.parametrize(
        "text",
        ["", "(", "a*", "a+", "(a+)+", "(a|a){30}", "(a|b|ab){1,50}", "[A-Z]{0,90}[A-Z]{0,90}[A-Z]{0,90}", r"(a)\1", "(?=a)a", "(?<!a)b",
         "a?", "x" * 201, "(" * 150 + "a" + ")" * 150 + "{1,101}", "a{1,101}", r"\bA"],
    )  # fmt: skip
    def test_what_could_run_away_or_says_nothing_is_refused(self, text):
        with pytest.raises(BadPattern):
            shape(text)

    @given(st.text(alphabet="ab(){}|,123?[]-", max_size=25), st.text(alphabet="ab", max_size=60))
    def test_whatever_is_taken_answers_at_once(self, pattern, key):
        try:
            found = shape(pattern)
        except BadPattern:
            return
        assert found.fits(key) in {True, False}


@pytest.fixture
def licences():
    """Two licences of one product at two sites, and a person at each."""
    product = make.product()
    alpha, beta = make.site("Alpha"), make.site("Beta")
    rows = [make.licence(make.installation(site).pool, 8, product=product) for site in (alpha, beta)]
    return rows, [make.person(name, "licence_manager", row.site).actor() for name, row in zip("ab", rows, strict=True)]


@pytest.mark.django_db
class TestKeeping:
    def test_several_keys_stand_under_one_licence(self, licences):
        (licence, _), (anna, _) = licences
        first, _ = put_key(anna, licence, KEY, quantity=64, state="active", host="hcp-berlin")
        second, _ = put_key(anna, licence, "LICT-GGGG-0000-EX02", quantity=16)
        rows = read.keys(anna, read.KeyFilter(licence=licence.pk)).rows
        assert [(row.id, row.quantity, row.state, row.host) for row in rows] == [
            (first.pk, 64, "active", "hcp-berlin"), (second.pk, 16, "unused", ""),
        ]  # fmt: skip

    def test_the_text_as_it_was_typed_is_sealed(self, licences):
        (licence, _), (anna, _) = licences
        row, _ = put_key(anna, licence, " lict-gggg-\n0000-ex01 ")
        assert use(row.secret) == "lict-gggg-\n0000-ex01"
        now = datetime.now(UTC)
        assert (
            reveal_key(SYSTEM, row, reason="test of the reveal", authenticated_at=now, now=now) == "lict-gggg-0000-ex01"
        )

    def test_c096_the_same_key_in_another_spelling_names_the_other_licence(self, licences):
        (one, other), (_anna, _) = licences
        put_key(SYSTEM, one, KEY)
        with pytest.raises(NotPossible, match=f"already kept for licence {one.pk}"):
            put_key(SYSTEM, other, "lictgggg0000ex01")
        assert LicenceKey.objects.count() == Secret.objects.count() == 1
        row, findings = put_key(SYSTEM, other, "lictgggg0000ex01", again=True)
        assert findings[0].code == "duplicate"
        assert row.licence == other

    def test_a_duplicate_outside_the_scope_is_not_named(self, licences):
        (one, other), (_, bob) = licences
        put_key(SYSTEM, one, KEY)
        with pytest.raises(NotPossible, match="that you may not see") as refused:
            put_key(bob, other, KEY)
        assert str(one.pk) not in str(refused.value)
        assert read.check_key(bob, KEY).duplicate_of is None

    def test_the_same_key_twice_under_one_licence_is_one(self, licences):
        (licence, _), (anna, _) = licences
        put_key(anna, licence, KEY)
        with pytest.raises(NotPossible, match="has that key already, as key"):
            put_key(anna, licence, KEY.lower())

    def test_a_key_that_was_only_marked_is_completed(self, licences):
        (licence, _), (anna, _) = licences
        row, _ = put_key(anna, licence, KEY)
        mark = row.mark_id
        row.delete()
        assert read.only_marked(licence.pk) == 1
        assert put_key(anna, licence, KEY)[0].mark_id == mark

    def test_who_may_not_change_the_register_keeps_no_key(self, licences):
        (licence, _), (_, bob) = licences
        with pytest.raises(NotPossible):
            put_key(bob, licence, KEY)
        assert not KeyMark.objects.exists()

    def test_no_text_of_the_register_takes_a_key_that_the_vault_has(self, licences):
        (licence, _), (anna, _) = licences
        put_key(anna, licence, KEY)
        site, told = licence.site, f"code: {KEY.lower()}"
        for name in ("title", "assignee", "note", "cost_centre", "contact", "support_contract"):
            words = name.replace("_", " ")
            with pytest.raises(NotPossible, match=f"^The {words} holds a licence key. Write it without.$"):
                add_licence(anna, site, NewLicence(**{"title": "Base", name: told}))
            with pytest.raises(NotPossible, match=f"^The {words} holds"):
                change_licence(anna, licence, {name: told})
            new = NewLicence(**{"title": "Base", name: told})
            refused, kept = add_many(anna, [Wanted(site, new), Wanted(site, NewLicence(title="Other"))])
            assert (refused, kept.title) == (f"The {words} holds a licence key. Write it without.", "Other")
        for work in (
            lambda: change_licence(anna, licence, {"custom": {"rack": told}}),
            lambda: add_note(anna, licence, told),
            lambda: put_vendor(anna, site, {"name": "Example Ltd", "note": told}),
            lambda: change_many(anna, [licence.pk], {"cost_centre": told}),
            lambda: change_many(anna, [licence.pk], {"add_tag": told}),
        ):
            with pytest.raises(NotPossible, match="holds a licence key"):
                work()

    def test_a_key_in_host_or_reason_is_refused(self, licences):
        (licence, _), (anna, _) = licences
        with pytest.raises(NotPossible, match="The host is the key"):
            put_key(anna, licence, KEY, host=KEY)
        row, _ = put_key(anna, licence, KEY)
        for changes in ({"host": KEY.lower()}, {"state": "invalid", "reason": f"was {KEY}"}):
            with pytest.raises(NotPossible, match="licence key"):
                change_key(anna, row, **changes)

    def test_texts_of_nothing_but_words_like_keys_are_refused_and_not_looked_at_for_ever(self, licences, monkeypatch):
        (licence, _), (anna, _) = licences
        looked = []
        monkeypatch.setattr(read, "_mark", lambda run: looked.append(run) or run)
        note = "".join(f"A{n:06}-" for n in range(read.MOST_RUNS // 8))
        with pytest.raises(NotPossible, match="too many words that could be licence keys"):
            add_licence(anna, licence.site, NewLicence(title="Base", note=note))
        assert len(looked) <= read.MOST_RUNS

    def test_an_end_needs_a_reason_and_every_change_is_one_entry(self, licences):
        (licence, _), (anna, _) = licences
        row, _ = put_key(anna, licence, KEY)
        with pytest.raises(NotPossible, match="Say why"):
            change_key(anna, row, state="replaced")
        retire_key(anna, row, "replaced", "server exchanged")
        assert not change_key(anna, row, state="replaced")
        said = [(one["action"], one["reason"]) for one in entries(object_type="licence_key", object_id=row.pk)]
        assert said == [("register:key:kept", ""), ("register:key:changed", "server exchanged")]
        assert "GGGG" not in str(list(entries()))

    def test_a_pattern_is_compared_and_never_forbids(self, licences):
        (licence, _), (anna, _) = licences
        with pytest.raises(NotPossible, match="for all sites"):
            set_pattern(anna, "hikcentral-professional", "[A-Z]{4}")
        set_pattern(SYSTEM, "hikcentral-professional", "[A-Z]{4}(-[A-Z0-9]{4}){3}")
        assert "pattern" not in {one.code for one in put_key(anna, licence, KEY)[1]}
        assert "pattern" in {one.code for one in put_key(anna, licence, "LICT-1")[1]}

    def test_a_second_person_asked_for_above_is_not_waived_below(self, licences):
        (licence, _), (anna, _) = licences
        row, _ = put_key(anna, licence, KEY)
        below = make.site("Hall", licence.site)
        assert not needs_second(row)
        set_rule(SYSTEM, licence.site, two_people=True, request_hours=8, notice_to="keys@example.org")
        set_rule(SYSTEM, below, two_people=False, request_hours=2, notice_to="")
        assert needs_second(row)
        assert read.rule_of(below) == read.Rule(True, 2, "keys@example.org")
        set_two_people(anna, licence, on=True)
        with pytest.raises(NotPossible):
            set_two_people(anna, licence, on=False)


REGISTER = "Product,Quantity,Order,Key,Note\nHikCentral-P-VSS-1Ch,8,{order},{key},{note}\n"


def bring(site, actor=SYSTEM, *, key="", note="", order="PO-1", **options):
    data = REGISTER.format(order=order, key=key, note=note).encode()
    return import_file(actor, data, "register.csv", site=site, now=NOW, **options)


@pytest.mark.django_db
class TestImports:
    @pytest.fixture(autouse=True)
    def _catalogue(self):
        load_catalogue()

    def test_an_import_seals_the_key_and_keeps_the_mark(self):
        report = bring(make.site(), key=KEY)
        row = LicenceKey.objects.get()
        assert (report.keys, row.quantity, row.state, use(row.secret)) == (1, 8, "unused", KEY)
        assert row.mark.licence == Licence.objects.get()

    def test_the_same_file_again_seals_nothing_twice(self):
        site = make.site()
        bring(site, key=KEY)
        assert bring(site, key=KEY).unchanged == 1
        assert (LicenceKey.objects.count(), Secret.objects.count()) == (1, 1)

    def test_a_file_read_again_completes_keys_that_were_only_marked(self):
        site = make.site()
        bring(site, key=KEY)
        LicenceKey.objects.all().delete()
        bring(site, key=KEY)
        assert use(LicenceKey.objects.get().secret) == KEY

    def test_a_dry_run_seals_nothing(self):
        bring(make.site(), key=KEY, dry_run=True)
        assert not Secret.objects.exists()
        assert not KeyMark.objects.exists()

    def test_c096_a_key_of_another_licence_is_asked_about(self):
        one, other = make.site("Alpha"), make.site("Beta")
        bring(one, key=KEY)
        report = bring(other, key=KEY.lower(), order="PO-2")
        assert (report.created, report.asked[0].row, report.asked[0].column) == (0, 2, "Key")
        assert report.asked[0].reason == f"its key is already kept for licence {Licence.objects.get().pk}"
        assert bring(other, key=KEY, order="PO-2", answers={(2, "Key"): "import"}).created == 1

    def test_a_key_of_a_licence_outside_the_scope_is_asked_about_without_naming_it(self):
        one, other = make.site("Alpha"), make.site("Beta")
        bring(one, key=KEY)
        report = bring(other, make.person("bob", "licence_manager", other).actor(), key=KEY, order="PO-2")
        assert report.asked[0].reason == "its key is already kept for a licence that you may not see"

    def test_a_key_of_another_shape_is_a_remark_of_its_line(self):
        set_pattern(SYSTEM, "hikcentral-professional", "[A-Z]{4}(-[A-Z0-9]{4}){3}")
        report = bring(make.site(), key="LICT-1234-56789")
        assert (report.created, [row for row, text in report.warnings if "shape" in text]) == (1, [2])

    @needs_cases
    def test_c098_a_key_in_a_note_waits_for_a_person_and_then_stands_in_the_vault_alone(self):
        site = make.site()
        data = case("C098")
        data = b"\n".join(
            line + (b",product" if n == 0 else b",HikCentral-P-VSS-1Ch") for n, line in enumerate(data.splitlines())
        )
        first = import_file(SYSTEM, data, "notes.csv", site=site, now=NOW)
        assert 2 in {one.row for one in first.asked}
        answers = {(2, "notes"): "move", (3, "key"): "import"}
        import_file(SYSTEM, data, "notes.csv", site=site, now=NOW, answers=answers)
        assert not Licence.objects.filter(note__icontains="HHHH").exists()
        assert "LICT-HHHH-0000-EX01" in [use(row.secret) for row in LicenceKey.objects.all()]

    def test_c098_what_a_pattern_recognises_in_a_note_is_pointed_out(self):
        set_pattern(SYSTEM, "hikcentral-professional", "LICT(-[A-Z0-9]{4}){3}")
        site = make.site()
        report = bring(site, note="spare LICT-HHHH-0000-EX09 in drawer")
        assert [choice.code for choice in report.asked[0].choices] == ["move", "keep"]
        assert report.created == 0
        bring(site, note="spare LICT-HHHH-0000-EX09 in drawer", answers={(2, "Note"): "move"})
        assert use(LicenceKey.objects.get().secret) == "LICT-HHHH-0000-EX09"


@pytest.mark.django_db
def test_c110_nothing_of_a_key_of_another_company_is_found_by_guessing_its_number(licences):
    (one, _), (_, bob) = licences
    row, _ = put_key(SYSTEM, one, KEY, host="hcp-alpha")
    assert read.key(bob, row.pk) is None
    assert read.find_key(bob, row.pk) is None
    assert not read.keys(bob, read.KeyFilter(licence=one.pk)).rows
    assert not list(read.every_key(bob, read.KeyFilter(text="hcp-alpha")))


@needs_cases
@pytest.mark.django_db
def test_c111_an_import_line_that_names_a_foreign_site_reads_like_one_that_does_not_exist():
    load_catalogue()
    top, foreign = make.site("Alpha"), make.site("Beta")
    clerk = make.person("clerk", "technician", top).actor()
    report = import_file(clerk, case("C111"), "devices.csv", site=top, as_="devices", now=NOW)
    why = "(sites are added by an import of somebody who administers Alpha)"
    assert {one.row: one.reason for one in report.rejected} == {
        3: f"no such site: Beta {why}", 4: f"no such site: Nowhere {why}",
    }  # fmt: skip
    assert foreign.pk not in read.KeyRule.objects.values_list("site", flat=True)
