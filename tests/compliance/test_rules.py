"""The rules without a database: the catalogue's schema, what applies, measures, due days, signs."""

import ast
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from licet.compliance import catalogue, signs, weekly, words
from licet.compliance.applying import decide, either, of_country
from licet.compliance.controls import RESULTS, Applies, CatalogueError, catalogue_of, joined
from licet.compliance.due import dates_of
from licet.compliance.measures import MEASURES, Said, Seen, Setting, features, judge, made_by
from licet.compliance.policy import inherited, read_value, value_refusal

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DEFAULTS = {name: one.default for name, one in catalogue.shipped().parameters.items()}


def setting(**params):
    return Setting(NOW, NOW.date(), {**DEFAULTS, **params})


def seen(*, outcomes=None, age=1, row=None, **facts):
    at = NOW - timedelta(hours=age)
    return Seen(
        {"serial_number": "DS-X1", **(row or {})},
        {topic: Said(value, number, at) for number, (topic, value) in enumerate(facts.items(), 1)},
        outcomes or {},
    )


def test_the_shipped_catalogue_has_eighty_controls_and_says_what_was_not_looked_up():
    found = catalogue.shipped()
    cited = [one for control in found.controls.values() for one in control.citations]
    assert (len(found.controls), len(cited), sum(not one.checked for one in cited)) == (80, 294, 36)
    assert found.not_waivable == {"BIO-08"}


OWN = {
    "catalogue": {"id": "works", "title": "Works agreement", "version": "1"},
    "controls": [
        {
            "id": "OWN-01", "title": "Works council heard", "group": "own", "evidence": "attested", "severity": "low",
            "review_days": 30, "applies_when": {"any": ["site.workplace"]},
            "regimes": [{"ref": "gdpr", "cite": "Art. 88", "checked": False}], "measure": {"documents": ["minutes"]},
        }
    ],
}  # fmt: skip


def own(**changes):
    return {**OWN, "controls": [{**OWN["controls"][0], **changes}]}


def test_an_own_catalogue_may_use_the_words_of_the_shipped_one():
    both = joined(catalogue.shipped(), catalogue_of(OWN, catalogue.shipped()))
    assert both.controls["OWN-01"].regimes == ("gdpr",)
    assert len(both.controls) == 81


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severity": "terrible"}, "OWN-01: 'terrible' is no severity"),
        ({"applies_when": {"any": ["site.on_the_moon"]}}, "asks for site.on_the_moon, which is no fact"),
        ({"regimes": [{"ref": "moonlaw", "cite": "1"}]}, "there is no regime moonlaw"),
        ({"evidence": "measured"}, "a measured control has data and a rule"),
        ({"id": "own1"}, "is not like RET-01"),
        ({"id": "RET-01"}, "RET-01: is there twice"),
        ({"review_days": 0}, "review_days is a number"),
        ({"colour": "red"}, "colour is no part of a control"),
    ],
)
def test_every_mistake_of_a_catalogue_is_named_with_its_place(changes, said):
    with pytest.raises(CatalogueError) as error:
        catalogue_of(own(**changes), catalogue.shipped())
    assert said in "\n".join(error.value.problems)


def test_a_catalogue_file_is_hostile_input(tmp_path):
    bomb = tmp_path / "a.yaml"
    bomb.write_text("a: &a [x, x]\nb: [*a, *a]\n")
    with pytest.raises(CatalogueError, match="anchors and aliases"):
        catalogue.from_file(bomb)
    bomb.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match="no UTF-8"):
        catalogue.from_file(bomb)
    bomb.write_text("catalogue: !!python/object/apply:os.system ['true']")
    with pytest.raises(CatalogueError, match="no YAML that can be read"):
        catalogue.from_file(bomb)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)))  # fmt: skip
def test_no_plain_data_breaks_the_reader_of_catalogues(plain):
    with pytest.raises(CatalogueError):
        catalogue_of(plain)
    with pytest.raises(CatalogueError):
        catalogue_of({**OWN, "controls": [plain], "regimes": plain, "facts": plain})


def test_the_shipped_catalogue_survives_being_written_and_read_again():
    plain = yaml.safe_load((Path(catalogue.__file__).parents[1] / "data" / "controls.yaml").read_text(encoding="utf-8"))
    assert catalogue_of(plain) == catalogue.shipped()


@pytest.mark.parametrize(
    ("all_", "any_", "facts", "applies"),
    [
        (("a",), (), {"a": True}, True),
        (("a",), (), {"a": False}, False),
        (("a",), (), {}, None),
        ((), ("a", "b"), {"a": False}, None),
        ((), ("a", "b"), {"a": False, "b": False}, False),
        ((), ("a", "b"), {"b": True}, True),
        (("a",), ("b",), {"a": False}, False),
        (("always",), (), {}, True),
    ],
)
def test_an_open_question_is_neither_yes_nor_no(all_, any_, facts, applies):
    assert decide(Applies(all_, any_), facts).applies is applies


def test_the_reason_of_not_applying_is_kept():
    assert decide(Applies(("a", "b")), {"a": True, "b": False}).because == (("b", False),)


def test_one_device_that_has_a_feature_is_enough_for_its_site():
    assert [either([]), either([None]), either([None, True]), either([False])] == [False, None, True, False]


def test_the_country_of_a_site_answers_where_it_can():
    assert of_country("DE") == {"j.eu": True, "j.uk": False, "j.us": False, "j.us_il": False, "j.us_tx": False}
    assert "j.us_il" not in of_country("US")
    assert of_country("") == {}


TRACK = {"enabled": True, "hours": 720, "save_audio": False}


@pytest.mark.parametrize(
    ("code", "facts", "result", "reason"),
    [
        ("RET-01", {"tracks": {"tracks": [TRACK]}}, "pass", "holds"),
        ("RET-01", {"tracks": {"tracks": [{**TRACK, "hours": 721}]}}, "fail", "kept_too_long"),
        ("RET-01", {"tracks": {"tracks": [TRACK, {**TRACK, "hours": 0}]}}, "fail", "no_limit"),
        ("RET-01", {"tracks": {"tracks": [{**TRACK, "hours": None}]}}, "manual", "field_missing"),
        ("RET-04", {"storage": {"disks": [{"status": "ok"}]}}, "manual", "half_read"),
        ("RET-04", {"storage": {"disks": [{"status": "smartFailed"}]}}, "fail", "disk_bad"),
        ("ACC-01", {"user_check": {"default_password": False}}, "pass", "holds"),
        ("ACC-01", {"user_check": {"default_password": True}}, "fail", "default_password"),
        ("ACC-01", {"user_check": {}}, "manual", "field_missing"),
        ("ACC-02", {"user_check": {"risk_password": True}}, "fail", "risk_password"),
        ("ACC-04", {"login_lock": {"enabled": True, "max_attempts": 5, "lock_seconds": 1800}}, "pass", "holds"),
        ("ACC-04", {"login_lock": {"enabled": True, "max_attempts": 6, "lock_seconds": 1800}}, "fail", "too_many_tries"),
        ("ACC-04", {"login_lock": {"enabled": True, "max_attempts": 5, "lock_seconds": 1799}}, "fail", "lock_too_short"),
        ("ACC-04", {"login_lock": {"enabled": False}}, "fail", "lock_off"),
        ("ACC-05", {"users": {"users": [{"name": "admin", "level": "Administrator"}]}}, "manual", "nothing_approved"),
        ("NET-01", {"admin_accesses": {"protocols": [{"protocol": "HTTPS", "enabled": True}, {"protocol": "HTTP", "enabled": False}]}}, "pass", "holds"),
        ("NET-01", {"admin_accesses": {"protocols": [{"protocol": "HTTPS", "enabled": True}, {"protocol": "HTTP", "enabled": True}]}}, "fail", "http_on"),
        ("NET-01", {"admin_accesses": {"protocols": [{"protocol": "HTTPS", "enabled": True}, {"protocol": "HTTP"}]}}, "manual", "field_missing"),
        ("NET-05", {"ezviz": {"enabled": False}}, "pass", "holds"),
        ("NET-05", {"ezviz": {"enabled": True}}, "fail", "cloud_on"),
        ("NET-06", {"isup": {"enabled": False}}, "manual", "half_read"),
        ("LOG-01", {"time": {"mode": "manual"}}, "fail", "not_ntp"),
        ("LOG-01", {"time": {"mode": "NTP"}, "ntp": {"servers": [{"host": "ntp.example", "interval_minutes": 60}]}}, "manual", "nothing_approved"),
        ("LOG-02", {"time": {"drift_seconds": -5}}, "pass", "holds"),
        ("LOG-02", {"time": {"drift_seconds": 6}}, "fail", "clock_wrong"),
        ("FLD-02", {"stream_audio": {"enabled": False}}, "pass", "holds"),
        ("FLD-02", {"stream_audio": {"enabled": True}}, "fail", "sound_on"),
        ("FLD-02", {"stream_audio": {"enabled": None}}, "manual", "field_missing"),
        ("BIO-01", {"face_libraries": {"libraries": [{"id": "1", "entries": 3}]}}, "fail", "face_on"),
        ("BIO-01", {"face_libraries": {"libraries": [{"id": "1", "entries": 0}]}}, "manual", "half_read"),
    ],
)  # fmt: skip
def test_a_measure_says_what_the_facts_prove_and_no_more(code, facts, result, reason):
    found = judge(code, seen(**facts), setting())
    assert (found.result, found.reason) == (result, reason)


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_what_no_device_said_never_passes(code):
    assert judge(code, seen(), setting()).result != "pass"
    assert judge(code, seen(outcomes=dict.fromkeys(MEASURES[code][1], "not_offered")), setting()).result != "pass"


def test_an_old_fact_is_unknown_and_a_refused_topic_too():
    assert judge("NET-05", seen(age=49, ezviz={"enabled": False}), setting()).reason == "too_old"
    assert judge("NET-05", seen(outcomes={"ezviz": "no_privilege"}), setting()).result == "unknown"
    assert judge("NET-05", seen(outcomes={"ezviz": "not_offered"}), setting()).result == "manual"


def test_policy_approves_single_devices():
    on = seen(ezviz={"enabled": True})
    assert judge("NET-05", on, setting(approved_cloud_devices=["DS-X1"])).result == "pass"
    assert (
        judge("FLD-02", seen(stream_audio={"enabled": True}), setting(audio_approved_channels=["DS-X1/1"])).result
        == "pass"
    )


def test_known_exploited_advisories_fail_and_unsure_ones_are_unknown():
    info = {"model": "x"}
    assert judge("VUL-01", seen(device_info=info, row={"exploited_affected": ["CVE-1"]}), setting()).result == "fail"
    assert judge("VUL-01", seen(device_info=info, row={"exploited_unsure": ["CVE-1"]}), setting()).result == "unknown"
    assert judge("VUL-01", seen(device_info=info), setting()).reason == "no_advisories"
    loaded = {"advisories_loaded": True}
    assert judge("VUL-01", seen(device_info=info, row=loaded), setting()).reason == "not_named"
    assert judge("VUL-01", seen(device_info=info, row={**loaded, "named": True}), setting()).result == "pass"


def test_absence_of_a_word_proves_no_absence_of_a_feature():
    found = features(seen(capabilities={"flags": {"isSupportEZVIZ": True}}))
    assert (found["feature.face"], found["feature.anpr"], found["feature.attributes"]) == (None, None, None)
    assert features(seen(capabilities={"flags": {"isSupportFaceDetect": True}}))["feature.face"] is True


def test_a_maker_is_named_by_word_model_or_serial_number_only():
    assert made_by(seen(row={"model": "DS-2CD2146G2-ISU"})) == ("Hangzhou Hikvision", "model")
    assert made_by(seen(row={"model": "LTS-CMIP7442", "serial_number": "DS-2CD2142"}))[1] == "serial number (OEM)"
    assert made_by(seen(row={"model": "Q1656", "serial_number": "ACCC8E"})) == ("", "")


@pytest.mark.parametrize(
    ("text", "shown", "minutes"),
    [
        ("always", "always", 10080),
        ("Mon-Fri 07:00-19:00, sat 08:00-12:00", "Mon-Fri 07:00-19:00, Sat 08:00-12:00", 3840),
        ("Sun 22:00-02:00", "Mon 00:00-02:00, Sun 22:00-24:00", 240),
        ("Sat-Mon 00:00-24:00", "Mon 00:00-24:00, Sat-Sun 00:00-24:00", 4320),
        ("Mon-Sun 00:00-12:00, Mon-Sun 12:00-24:00", "always", 10080),
    ],
)
def test_weekly_hours_are_read_and_told(text, shown, minutes):
    spans = weekly.read(text)
    assert (weekly.told(spans), sum(end - begin for begin, end in spans)) == (shown, minutes)


@pytest.mark.parametrize(
    "text", ["", "Monday 07:00-19:00", "Mon 7-19", "Mon 07:00-25:00", "Mon 07:60-08:00", "Mon-Fri"]
)
def test_what_is_no_weekly_time_is_refused_with_how_to_write_it(text):
    with pytest.raises(ValueError, match=r"write Mon-Fri|no time of day"):
        weekly.read(text)


_MINUTES = st.lists(
    st.tuples(st.integers(0, 10079), st.integers(1, 5000)).map(lambda one: (one[0], one[0] + one[1])), max_size=6
)


@given(_MINUTES, _MINUTES)
def test_what_lies_outside_is_each_minute_that_is_in_the_one_and_not_in_the_other(one, other):
    every = lambda spans: {minute for begin, end in weekly.merged(spans) for minute in range(begin, end)}  # noqa: E731
    assert every(weekly.outside(one, other)) == every(one) - every(other)


def test_recording_hours_are_held_against_those_of_the_channel_the_device_or_all():
    day = {"id": "101", "channel": 101, "enabled": True, "schedule": [[420, 1140]]}  # Monday 07:00 to 19:00
    night = {"id": "201", "channel": 2, "enabled": True, "schedule": [[0, 300]]}
    off = {"id": "301", "channel": 3, "enabled": False, "schedule": None}
    tracks = seen(tracks={"tracks": [day, night, off]})
    told = lambda hours, facts=tracks: judge("FLD-03", facts, setting(schedule_approved=hours))  # noqa: E731
    assert told({}).reason == "nothing_approved"
    assert told({"DS-X1/1": "Mon 07:00-19:00", "DS-X1/2": "always"}).result == "pass"
    assert told({"DS-X1": "Mon 00:00-20:00"}).result == "pass"
    assert told({"DS-X1/1": "always"}).params == {"channels": "channel 2"}
    found = told({"*": "Mon-Fri 08:00-18:00", "DS-X1/2": "always"})
    assert (found.result, found.params) == ("fail", {"times": {"channel 1": "Mon 07:00-08:00, Mon 18:00-19:00"}})
    alike = seen(tracks={"tracks": [{**day, "channel": number} for number in (1, 2, 3, 5, 10)]})
    assert list(told({"*": "Mon 07:00-18:00"}, alike).params["times"]) == ["channels 1-3, 5, 10"]
    unsaid = seen(tracks={"tracks": [{**day, "schedule": None}]})
    assert told({"*": "always"}, unsaid).reason == "field_missing"


def _reasons(path):
    """The reason codes that a module's results can have."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Judged", "is_") and len(node.args) > 1:
            for one in ast.walk(node.args[1]):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
                    yield one.value


def test_every_reason_has_its_sentence():
    folder = Path(catalogue.__file__).parent
    used = {
        reason
        for name in ("measures", "partly", "judging", "attested", "others")
        for reason in _reasons(folder / f"{name}.py")
    }
    assert {"no_limit", "not_in_scope", "not_attested", "over"} <= used
    assert used - words.REASONS.keys() == set()
    assert set(words.RESULT_TITLES) == set(RESULTS)


def test_the_nearest_site_decides():
    given_ = {("", "a"): 1, ("/1/", "a"): 2, ("/1/5/", "b"): 3}
    assert inherited(["/1/5/", "/2/"], given_) == {"/1/5/": {"a": 2, "b": 3}, "/2/": {"a": 1}}


def test_a_limit_takes_only_what_fits():
    parameters = catalogue.shipped().parameters
    assert value_refusal(parameters["retention_max_days"], True)
    assert value_refusal(parameters["retention_max_days"], -1)
    assert read_value(parameters["approved_accounts"], "admin, viewer\nguard") == ["admin", "viewer", "guard"]
    assert read_value(parameters["certificate_self_signed_allowed"], "yes") is True
    with pytest.raises(ValueError, match=r"^retention_max_days is a whole number of days from 0 to 1,000,000\.$"):
        read_value(parameters["retention_max_days"], "abc")
    with pytest.raises(ValueError, match="is yes or no"):
        read_value(parameters["certificate_self_signed_allowed"], "perhaps")


@pytest.mark.parametrize(
    ("regime", "what", "received", "acknowledge", "due", "extended"),
    [
        ("gdpr", "access", date(2026, 1, 31), None, date(2026, 2, 28), date(2026, 4, 30)),
        ("ukgdpr", "complaint", date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 1), date(2026, 10, 1)),
        ("ccpa", "access", date(2026, 11, 26), date(2026, 12, 10), date(2027, 1, 10), date(2027, 2, 24)),
    ],
)
def test_due_days_follow_the_law(regime, what, received, acknowledge, due, extended):
    found = dates_of(regime, what, received)
    assert (found.acknowledge_on, found.due_on, found.extended_to) == (acknowledge, due, extended)


@pytest.mark.parametrize("language", sorted(signs.LANGUAGES))
def test_a_sign_invents_nothing(language):
    assert len(signs.sign(language, {}).lines) == 1  # the rights
    assert signs.sign(language, {}, signs.Law.OTHER).lines == ()
    full = signs.sign(
        language, {"controller": "Nordwind <Example>", "purpose": "x", "contact": "y", "more": "z", "days": "3"}
    )
    drawn = ET.fromstring(signs.as_svg(full))
    assert any("<Example>" in (one.text or "") for one in drawn.iter())


@pytest.mark.parametrize(
    ("country", "california", "law"),
    [("DE", None, "gdpr"), ("GB", None, "gdpr"), ("", None, "gdpr"), ("NZ", None, "other"), ("US", False, "other"), ("US", True, "california")],
)  # fmt: skip
def test_a_sign_tells_the_rights_of_the_law_that_holds_at_its_site(country, california, law):
    assert signs.law_of({**of_country(country), "j.us_ca": california}) == law


def test_a_reason_names_what_decides_by_its_meaning_and_not_by_its_code():
    means = {code: one.means for code, one in catalogue.current().facts.items() if one.means}
    asked = ["org.us_federal_agency", "role.processor_used"]
    assert words.detail("open_question", {"open": asked}, means) == (
        "Whether it applies is open: US executive agency; installer, cloud provider, guard company or monitoring centre can reach footage."
    )
    assert words.detail("not_in_scope", {"because": {"feature.recorder": False}}, means) == (
        "It does not apply: device stores recordings = no."
    )
    assert (
        words.detail("over", {"metrics": {"anpr_camera": 9, "door": 2}}, means)
        == "More is used than bought: anpr camera = 9, door = 2."
    )
