"""A mail server on loopback that can be down, up, or refuse."""

import socketserver
import threading
from email import message_from_bytes, policy


class _Session(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self):
        stub = self.server.stub
        self.wfile.write(b"220 stub\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb in {b"EHLO", b"HELO"}:
                self.wfile.write(b"250 stub\r\n")
            elif verb == b"RCPT" and stub.refuse:
                self.wfile.write(f"{stub.refuse} no such mailbox\r\n".encode())
            elif verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                data = b""
                while (text := self.rfile.readline()) not in {b".\r\n", b""}:
                    data += text[1:] if text.startswith(b"..") else text
                stub.got.append(message_from_bytes(data, policy=policy.default))
                self.wfile.write(b"250 kept\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class SmtpStub:
    def __init__(self):
        self.got = []
        self.refuse = 0
        self._server = None
        self.port = 0

    def start(self):
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), _Session)
        self._server.daemon_threads = True
        self._server.stub = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
