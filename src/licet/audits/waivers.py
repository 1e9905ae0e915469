"""The waivers of rules as a list."""

from typing import Final

from licet.audits import naming
from licet.audits.looking import in_words
from licet.audits.models import Waiver
from licet.sites.waivers import WaiverTable

TABLE: Final = WaiverTable(Waiver.objects.all, "rule", naming.named, in_words)
