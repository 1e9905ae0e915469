"""Engine slots of many recorders from one file."""

import pytest
from tests import factories as make

from licet.estate.engine_file import read, take_in
from licet.estate.service_models import EngineSlots
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor

pytestmark = pytest.mark.django_db


def test_a_file_states_slots_by_serial_number_and_says_what_it_left_out():
    one, two = (make.device(make.site(), kind="recorder", serial_number=f"REC-00{n}") for n in (1, 2))
    data = b"serial;slots;used;source\nREC-001;4;6;data sheet\nrec-002;8;;\nREC-003;4;1;\nREC-002;many;1;\n"
    lines, refused = read(data)
    assert refused == [(5, "slots: “many” is no number from 0 to 1024")]
    kept, left_out = take_in(SYSTEM, lines, source="list", now=make.NOW)
    assert kept == [one.pk]
    assert [line for line, _why in left_out] == [3, 4]
    row = EngineSlots.objects.get(device=one)
    assert (row.total, row.used, row.source) == (4, 6, "data sheet (file)")
    EngineSlots.objects.create(device=two, total=2, used=2, source="menu", observed_at=make.NOW)
    assert take_in(SYSTEM, lines, source="list", now=make.NOW)[0] == [one.pk, two.pk]
    assert EngineSlots.objects.get(device=two).total == 8
    assert take_in(Actor(label="nobody"), lines, source="list", now=make.NOW)[0] == []


def test_a_file_without_the_column_is_refused():
    with pytest.raises(NotPossible, match="slots"):
        read(b"serial;name\nREC-001;x\n")
