"""A Licet of its own in a process of its own: migrates, fills in the test estate, prints its port, serves until its input ends.

``python -m tests.web.browser.serving [--empty]`` with ``LICET_DATA`` set to an empty folder.
"""

import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    os.environ["DJANGO_SETTINGS_MODULE"] = "licet.settings.embedded"
    import django

    django.setup()
    from django.core.management import call_command

    from licet.sites.first_setup import setup_link

    call_command("migrate", verbosity=0)
    if "--empty" not in sys.argv:
        from datetime import UTC, datetime

        from tests.web.estate_factory import build

        from licet.advisories.update import load_shipped
        from licet.sites.read import anybody

        if not anybody():
            build(cameras=60)
            load_shipped(datetime.now(UTC))
    from django.core.wsgi import get_wsgi_application

    port = next((int(value) for value in sys.argv[1:] if value.isdigit()), 0)
    server = make_server("127.0.0.1", port, get_wsgi_application(), _Server, _Quiet)
    base = f"http://127.0.0.1:{server.server_port}"
    sys.stdout.write(f"{setup_link(base) if '--empty' in sys.argv else base}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    from licet.sweep import carrier, queue

    carrier.Workers((queue.DEFAULT,), 1).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
