"""A server on loopback that never comes to an end: each byte comes in time, and the whole never."""

import contextlib
import socket
import threading

HEADER = (b"HTTP/1.1 200 OK\r\nX: ", b"a")
CONTINUES = (b"", b"HTTP/1.1 100 Continue\r\n\r\n")
BODY = (b"HTTP/1.1 200 OK\r\n\r\n", b" ")
GREETING = (b"220-", b"a")


@contextlib.contextmanager
def dripping(first, then):
    """The port of a server that says ``first`` and then ``then`` every 50 ms."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def drip(link):
        with contextlib.suppress(OSError), link:
            link.sendall(first)
            while not over.wait(0.05):
                link.sendall(then)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        server.close()
