"""The centre's own keys. Their seed is sealed in the vault, so that every process and every backup has the same."""

import threading

from django.db import IntegrityError, transaction

from licet.sweep.collector.keys import Keys, new_seed
from licet.sweep.collector_models import CentreKey
from licet.vault import purpose
from licet.vault import record as vault

_kept: dict[int, Keys] = {}
_lock = threading.Lock()


def centre_keys() -> Keys:
    """The keys, made at their first use. Raises ``CannotOpen`` where the vault does not open the seed."""
    row = CentreKey.objects.select_related("secret__wrapping_key").first() or _made()
    with _lock:
        found = _kept.get(row.secret_id)
        if found is None:
            _kept.clear()
            found = _kept[row.secret_id] = Keys(bytes.fromhex(vault.use(row.secret)))
    return found


def _made() -> CentreKey:
    try:
        with transaction.atomic():
            return CentreKey.objects.create(secret=vault.put(purpose.CENTRE_KEY, new_seed().hex()))
    except IntegrityError:
        return CentreKey.objects.select_related("secret__wrapping_key").get()
