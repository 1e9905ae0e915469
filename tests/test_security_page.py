"""The threat model names the tests that hold it; none of them may be gone."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_the_threat_model_names_exists():
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not re.search(rf"^(?:async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_line_of_the_threat_model_names_a_test():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 4]
    threats = [
        line
        for line in lines
        if "---" not in line and "he tries" not in line and not line.startswith(("| `", "| setting"))
    ]
    assert len(threats) > 12
    assert [line for line in threats if "`tests/" not in line] == []
