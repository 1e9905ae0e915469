"""The rules beside the knowledge base: each of its ids is a rule or says what it would need; each rule documents itself."""

import re
from pathlib import Path

import pytest
from docs.reference.make_audit_rules import text

from licet.audits.populations import POPULATIONS
from licet.audits.rule import QUESTIONS, shown
from licet.audits.rules import RULES, UNDECIDED

ROOT = Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT.parent / "shared" / "domain" / "troubleshooting.md"


@pytest.mark.skipif(not KNOWLEDGE.exists(), reason="the knowledge base is not here")
def test_each_id_of_the_knowledge_base_is_a_rule_or_says_what_it_needs():
    lines = [line for line in KNOWLEDGE.read_text("utf-8").splitlines() if line.startswith("- Rule:")]
    ids = {code for line in lines for code in re.findall(r"`([a-z]+\.[a-z_]+)`", line)}
    assert len(ids) == 76
    assert ids - set(RULES) - set(UNDECIDED) == set()
    assert set(RULES) & set(UNDECIDED) == set()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_each_rule_documents_itself(rule):
    assert rule.about in POPULATIONS
    assert rule.question in QUESTIONS
    for words in (rule.title, rule.detail, rule.remedy, rule.source):
        assert len(words) > 8
    named = set(re.findall(r"\{(\w+)", rule.detail))
    assert named <= set(rule.shows)


@pytest.mark.parametrize("one", UNDECIDED.values(), ids=lambda one: one.code)
def test_each_rule_that_cannot_be_decided_says_what_it_would_need(one):
    assert len(one.needs) > 10
    assert re.fullmatch(r"TS-\d\d", one.source)


def test_the_page_of_rules_is_up_to_date():
    assert (ROOT / "docs" / "reference" / "audit-rules.md").read_text("utf-8") == text()


def test_a_sentence_has_words_where_the_data_has_codes_instants_and_gaps():
    said = {
        "license.trial_in_production": {"valid_until": "2026-12-09T23:00:00+00:00"},
        "license.unlicensed": {"right": "software.camera"},
        "license.feature_missing": {"right": "feature.app:Queue", "status": "over_capacity"},
        "license.near_limit": {"metric": "anpr_camera", "demanded": 6, "entitled": 6, "free": 0},
        "advisory.possibly_affected": {"advisory__code": "CVE-2021-36260", "version": "5.7.15", "fixed": ""},
    }
    assert [shown(RULES[code], params) for code, params in said.items()] == [
        "A trial until 2026-12-09 23:00 UTC is in production.",
        "Camera channel licence is unlicensed.",
        "On-camera app: Queue is over capacity.",
        "anpr camera: 6 of 6 in use, 0 free.",
        "CVE-2021-36260 may affect version 5.7.15; fixed in: not stated.",
    ]
