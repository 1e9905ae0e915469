"""WS-Discovery: devices that answer ONVIF's probe."""

from licet.wire.onvif.asking import PORT, Found, discover

__all__ = ["PORT", "Found", "discover"]
