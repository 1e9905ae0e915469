"""What a web server runs. Beside the pages, a thread judges each minute what the passing of time has changed."""

import logging
import threading
from datetime import UTC, datetime

from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, close_old_connections

from licet.settings import use

use()
application = get_wsgi_application()

FIRST = 3.0  # seconds after the start: what fell into a pause is told soon
EVERY = 60.0
log = logging.getLogger(__name__)


def keep_time(stop: threading.Event) -> None:
    """Judge what is due and tell who must hear of it until told to stop; a database that is busy or down is asked again a minute later."""
    from licet.alerts.tick import failed, tick  # noqa: PLC0415 - only once the application is set up
    from licet.authorization.reconcile import due  # noqa: PLC0415 - same
    from licet.sites.sign_in import close_windows  # noqa: PLC0415 - same
    from licet.web.audits.worker import due as audits_due  # noqa: PLC0415 - same
    from licet.web.imports.worker import tidy  # noqa: PLC0415 - same

    wait = FIRST
    while not stop.wait(wait):
        wait = EVERY
        try:
            due(datetime.now(UTC))
            close_windows()
            tidy(datetime.now(UTC))
            audits_due(datetime.now(UTC))
        except DatabaseError as error:
            log.warning("what is due could not be judged: %s", str(error).splitlines()[0])
        try:
            tick()
        except Exception as error:  # noqa: BLE001 - one that fails is told on the page, and the clock goes on
            failed(datetime.now(UTC), error)
        finally:
            close_old_connections()


threading.Thread(target=keep_time, args=(threading.Event(),), name="clock", daemon=True).start()
