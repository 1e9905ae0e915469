"""Step 7: what the device says of its own way out, against what is seen from here (G.3, 7). The device's word counts for its network."""

from licet.doctor.look import DEVICE, Look
from licet.doctor.reported import told
from licet.doctor.step import Seen, Step, fine, note, problem
from licet.wire.facts import Ezviz


async def _run(look: Look) -> Seen | None:
    state = told(look, Ezviz)
    if state is None:
        return None
    if not state.enabled:
        return fine("Hik-Connect is switched off in the device") if state.enabled is False else None
    server = f" ({state.server})" if state.server else ""
    if state.registered is False:
        if look.cloud_reached is None:
            return problem(
                "cloud_enabled_but_offline",
                f"Hik-Connect is on, and the device says: not registered{server}",
                stops=False,
            )
        if look.cloud_reached:
            return problem(
                "camera_network_filtered",
                f"the cloud is reached from here; the device says: not registered{server}",
                stops=False,
            )
        return problem(
            "site_network_filtered",
            f"the cloud is not reached from here, and the device says: not registered{server}",
            stops=False,
        )
    if state.registered and look.cloud_reached is False:
        return note(
            f"the device is registered{server}, although the cloud is not reached from here", "server_only_filtered"
        )
    if state.registered:
        return _bound(look, bound=bool(state.bound), server=server)
    return note("the device does not tell whether it is registered")


def _bound(look: Look, *, bound: bool, server: str) -> Seen:
    if bound and look.known.lists_kept and look.known.bound_to_ours is False:
        return problem(
            "cloud_bound_elsewhere", f"registered{server} and bound, but in no list of an account of yours", stops=False
        )
    return fine(
        f"the device is registered in the cloud{server}"
        + (" and bound to an account" if bound else ", bound to no account")
    )


STEP = Step("vantage", "The cloud, as the device sees it", 110, frozenset({DEVICE}), _run, network=False)
