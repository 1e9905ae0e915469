"""Reading registers and device lists of any known shape: bytes in, records and reasons out. Pure; nothing is written.

:func:`read` is the whole of it. What it returns is compared with the register, and written, elsewhere.
"""

from licet.register.intake.context import Context, Recalled
from licet.register.intake.reading import Reading, read, stream
from licet.register.intake.records import DeviceRecord, DeviceService, LicenceRecord
from licet.register.intake.result import SKIP, Asked, Decision, Ignored, Rejected, Result, SameAs, SheetNote, Warned
from licet.register.intake.secret import Secret
from licet.tabular.errors import NotReadable

__all__ = [
    "SKIP",
    "Asked",
    "Context",
    "Decision",
    "DeviceRecord",
    "DeviceService",
    "Ignored",
    "LicenceRecord",
    "NotReadable",
    "Reading",
    "Recalled",
    "Rejected",
    "Result",
    "SameAs",
    "Secret",
    "SheetNote",
    "Warned",
    "read",
    "stream",
]
