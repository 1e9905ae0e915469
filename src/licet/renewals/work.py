"""The states of a renewal and which may follow which. Pure."""

from typing import Final

PLANNED, QUOTE, ORDERED, RECEIVED, ACTIVATED, DECLINED = (
    "planned", "quote_requested", "ordered", "received", "activated", "declined",
)  # fmt: skip
OPEN: Final = (PLANNED, QUOTE, ORDERED, RECEIVED)
CLOSED: Final = (ACTIVATED, DECLINED)
STATES: Final = (*OPEN, *CLOSED)
TITLES: Final = {
    PLANNED: "Planned",
    QUOTE: "Quote requested",
    ORDERED: "Ordered",
    RECEIVED: "Received",
    ACTIVATED: "Activated",
    DECLINED: "Declined",
}


def may_move(now: str, to: str) -> bool:
    """Whether one may go from a state to another by hand: among the open ones freely, for a slip is set right by going back.

    ``activated`` is reached by keeping the renewed licences alone, and nothing leaves a closed state.
    """
    return now in OPEN and to in (*OPEN, DECLINED) and now != to
