"""What a web server runs. Beside the pages, one thread keeps time and some work through the queue (``LICET_WORKERS``, 0 = none)."""

import atexit
import os
import threading

from django.core.wsgi import get_wsgi_application

from licet.settings import use

use()
application = get_wsgi_application()


def _beside_the_pages() -> None:
    from licet.sweep import carrier, queue  # noqa: PLC0415 - only once the application is set up
    from licet.sweep.clock import keep_time  # noqa: PLC0415 - same

    threading.Thread(target=keep_time, args=(threading.Event(),), name="clock", daemon=True).start()
    carrier.listen()
    if threads := int(os.environ.get("LICET_WORKERS", "2")):
        workers = carrier.Workers((queue.DEFAULT,), threads)
        workers.start()
        atexit.register(workers.stop)


_beside_the_pages()
