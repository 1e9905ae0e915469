"""The evidence pack of an audit: one file that an auditor can check without trusting Licet."""

from licet.audits.pack.checking import Checked, NotAPack, verify
from licet.audits.pack.writing import write

__all__ = ["Checked", "NotAPack", "verify", "write"]
