"""Step 3: the TCP connection; open, refused, dropped and rejected are told apart by the host's other ports (troubleshooting.md G.3, 3)."""

import asyncio

from licet.doctor.connecting import Ended, attempt, attempts, icmp_code, on_segment, prohibited
from licet.doctor.look import ADDRESS, CLOUD, DEVICE, SOFTWARE, Look, Place
from licet.doctor.step import Seen, Step, fine, left_out, problem


async def _run(look: Look) -> Seen | None:
    if look.place is None:
        return left_out("no address of it is known")
    if not look.addresses:
        return left_out("the name has no address")
    return await judged(look, look.place, look.addresses)


async def judged(look: Look, place: Place, addresses: tuple[str, ...]) -> Seen:
    """Try the place at up to three of its addresses; the first that opens counts."""
    last = Ended.TIMEOUT
    for address in addresses[:3]:
        last = await attempts(address, place.port, look.patience.connect, look.patience.tries)
        if last is Ended.OPEN:
            return fine(f"port {place.port} of {address} is open")
    address, where = addresses[0], f"port {place.port} of {addresses[0]}"
    if last is Ended.FORBIDDEN:
        return problem("local_firewall", f"this machine does not let the connection to {where} out")
    if last is Ended.NOT_REACHED:
        code = await icmp_code(address, place.port, look.patience.connect)
        if prohibited(code):
            return problem(
                "firewall_reject_icmp", f"a router answers for {where}: administratively prohibited (ICMP code {code})"
            )
        return problem("host_unreachable", f"{where}: host or network unreachable")
    others = [port for port in look.other_ports if port != place.port]
    ends = dict(
        zip(
            others,
            await asyncio.gather(*(attempt(address, port, look.patience.connect) for port in others)),
            strict=True,
        )
    )
    told = "; ".join(f"{port} {end}" for port, end in ends.items())
    opened = Ended.OPEN in ends.values()
    if last is Ended.REFUSED:
        word = "port_closed" if opened else "firewall_reject_or_host_policy"
        return problem(word, f"{where} refuses the connection (others: {told or 'none tried'})")
    silent = f"{where} does not answer within {look.patience.connect:g} s (others: {told or 'none tried'})"
    if opened or Ended.REFUSED in ends.values():
        return problem("firewall_drop_port", silent)
    return problem("host_firewall" if on_segment(address) else "unreachable_or_drop", silent)


STEP = Step("connection", "The connection (TCP)", 30, frozenset({DEVICE, CLOUD, ADDRESS, SOFTWARE}), _run)
