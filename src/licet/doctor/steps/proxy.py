"""The web proxy, where one is set: whether it lets us through. No password is ever sent to it."""

import asyncio

from licet.doctor.exchange import NotHttp, head_of
from licet.doctor.look import ADDRESS, CLOUD, SOFTWARE, Look
from licet.doctor.step import Seen, Step, fine, note, problem


async def _run(look: Look) -> Seen | None:
    if look.proxy is None or look.place is None:
        return None
    host, port = look.proxy
    question = f"CONNECT {look.place} HTTP/1.1\r\nHost: {look.place}\r\n\r\n".encode()
    try:
        async with asyncio.timeout(look.patience.connect + look.patience.answer):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(question)
                status, _ = await head_of(reader)
            finally:
                writer.close()
    except (OSError, TimeoutError, NotHttp):
        return note(f"the proxy {host}:{port} that is set does not answer")
    if status == 407:
        return problem("proxy_auth_required", f"the proxy {host}:{port} answers 407")
    if status >= 300:
        return problem("proxy_refuses", f"the proxy {host}:{port} answers {status} for {look.place}")
    return fine(f"the proxy {host}:{port} connects to {look.place}")


STEP = Step("proxy", "The proxy", 18, frozenset({CLOUD, ADDRESS, SOFTWARE}), _run)
