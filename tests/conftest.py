"""Fixtures that every part uses."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def shared():
    """The folder of shared cases and recordings; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the shared cases and recordings are not on this machine")
    return SHARED


# In CI the property tests draw the same examples each time, so that a run says something of the change alone.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
