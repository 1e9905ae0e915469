"""Cases and recordings of the shared folder, as data."""

import json
from pathlib import Path

import pytest
from hypothesis import settings

from licet.wire.digest import Login

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
RECORDINGS = sorted((SHARED / "recordings").glob("*.json")) if SHARED.is_dir() else []


@pytest.fixture
def case(shared):
    """The bytes of one case by its number."""

    def read(number: str) -> bytes:
        (path,) = (shared / "cases").glob(f"{number}-*")
        return path.read_bytes()

    return read


@pytest.fixture
def recording(shared):
    """The answers of one recorded device: path -> {status, xml}."""

    def read(name: str) -> dict:
        return json.loads((shared / "recordings" / f"{name}.json").read_text())["answers"]

    return read


@pytest.fixture
def login():
    return Login("licet-audit", "Example-Pass-1")
