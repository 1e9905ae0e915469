import pytest
from tests import factories as make
from tests.conftest import NOW

from licet.compliance.models import Kind, Result
from licet.compliance.named import NamedFilter, every_named, named, named_facets
from licet.sites.scope import SYSTEM


@pytest.fixture
def brands(db):
    site = make.site()
    rows = {
        "own": make.device(site, model="iDS-2CD7A26", serial_number="iDS-1"),
        "model": make.device(site, model="HWI-T641H", serial_number="X1"),
        "serial": make.device(site, model="LTS-CMIP", serial_number="DS-2CD20230415AAWR1"),
        "manufacturer": make.device(site, model="NVR-9", serial_number="Y1"),
        "unknown": make.device(site, model="NVR-8", serial_number="Y2"),
    }
    Result.objects.create(
        control="SUP-01", rank=1, kind=Kind.DEVICE, subject=rows["manufacturer"].pk, site=site, result="informational",
        reason="named", params={"maker": "Dahua", "why": "manufacturer"}, began_at=NOW,
    )  # fmt: skip
    return rows


def test_each_device_has_one_brand_and_the_list_counts_what_it_shows(brands):
    found = {row.id: (row.state, row.maker, row.why) for row in every_named(SYSTEM, NamedFilter())}
    hikvision = "Hangzhou Hikvision"
    assert found == {
        brands["own"].pk: ("own", hikvision, "model"),
        brands["model"].pk: ("oem", hikvision, "model"),
        brands["serial"].pk: ("oem", hikvision, "serial number (OEM)"),
        brands["manufacturer"].pk: ("oem", "Dahua", "manufacturer"),
        brands["unknown"].pk: ("unknown", "", ""),
    }
    assert named_facets(SYSTEM, NamedFilter())[1] == {"own": 1, "oem": 3, "unknown": 1}
    for chosen in ({"states": ("oem",)}, {"states": ("own", "unknown")}, {"states": ("oem",), "text": "NVR"}):
        wanted = NamedFilter(**chosen)
        assert named_facets(SYSTEM, wanted)[0].number == len(named(SYSTEM, wanted).rows), chosen
