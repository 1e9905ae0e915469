"""What a person types for a device, where several have it."""

import pytest
from tests import factories as make

from licet.estate.read import find_device, no_device
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_device_whose_address_another_has_too_is_named_by_its_port_or_number():
    first = make.device(make.site("Berlin"), serial_number=None, name="", address="192.0.2.64", port=80)
    second = make.device(make.site("Hamburg"), serial_number=None, name="", address="192.0.2.64", port=8080)
    assert find_device(SYSTEM, "192.0.2.64") is None
    assert no_device(SYSTEM, "192.0.2.64") == (
        "several devices are called '192.0.2.64'; name one of them: "
        f"device:{first.pk} (Berlin, port 80), device:{second.pk} (Hamburg, port 8080)"
    )
    assert find_device(SYSTEM, f"device:{second.pk}") == second
    assert find_device(SYSTEM, "192.0.2.64:80") == first
    assert no_device(SYSTEM, "device:0").startswith("no device 'device:0'")
