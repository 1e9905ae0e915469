from licet.wire.sadp.discovery import Discovery, discover
from licet.wire.sadp.inquiry import PORT

__all__ = ["PORT", "Discovery", "discover"]
