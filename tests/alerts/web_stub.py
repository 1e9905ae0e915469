"""A webhook's receiver on loopback."""

import http.server
import threading


class WebStub:
    def __init__(self):
        self.got = []
        self.status = 200
        self.location = ""
        self.answer = b"taken"
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.got.append((self.path, dict(self.headers), body))
                self.send_response(stub.status)
                if stub.location:
                    self.send_header("Location", stub.location)
                self.send_header("Content-Length", str(len(stub.answer)))
                self.end_headers()
                self.wfile.write(stub.answer)

            def log_message(self, *given):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?token=quite-secret"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
