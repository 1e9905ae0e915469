"""What a server or cloud service answers instead of what was asked, as a few states that each have their own remedy."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How asking a service stands. The words are stable: they are kept, filtered by and shown."""

    OK = "ok"
    INCOMPLETE = "incomplete"  # a list broke off or contradicts itself; nothing is taken for removed
    REFUSED = "refused"  # key, secret or password are wrong
    LOCKED = "locked"  # the account is locked, or a picture code is wanted
    SECOND_FACTOR = "second_factor"  # a code must be entered by a person
    TERMINALS = "terminals"  # too many terminals are bound to the account
    OTHER_REGION = "other_region"  # the account or key lives elsewhere
    CLOCK = "clock"  # the two clocks differ too much
    NO_PERMISSION = "no_permission"  # signed in, but the key's user may not see this
    TOKEN = "token"  # noqa: S105 - the name of a state: the session is over
    QUOTA = "quota"  # called too often, or the plan is used up
    LICENCE = "licence"  # the service says that a licence or plan limit is reached
    UNSUPPORTED = "unsupported"  # this version does not know the question
    BUSY = "busy"  # passing: overloaded, timed out
    UNREACHABLE = "unreachable"
    POLICY = "policy"  # reachable, but a rule forbids to go on (certificate changed, host not the vendor's)
    UNREADABLE = "unreadable"
    FAILED = "failed"  # a refusal without a known meaning


# After one of these nothing is sent with the same secret until a person has changed something.
NEEDS_PERSON = frozenset({State.REFUSED, State.LOCKED, State.SECOND_FACTOR, State.TERMINALS})

REMEDIES: dict[State, str] = {
    State.OK: "",
    State.INCOMPLETE: "Ask again later. Until a list was read whole, no device counts as removed.",
    State.REFUSED: "Enter the right key and secret (or password); nothing is tried before that.",
    State.LOCKED: "Sign in by the app or web page, clear the lock or picture code, then enter the password here again.",
    State.SECOND_FACTOR: "Sign in by the app once and confirm this terminal, or use a key for programs; then enter the password here again.",
    State.TERMINALS: "Remove old terminals in the app (Account, Terminal management), then enter the password here again.",
    State.OTHER_REGION: "Set the account's region to the one named; a password is not at fault.",
    State.CLOCK: "Set both clocks by NTP; the signature is refused when they differ by minutes.",
    State.NO_PERMISSION: "Let the user behind the key see these resources (HikCentral: OpenAPI partner user and its role).",
    State.TOKEN: "Nothing: the next run signs in anew. If it comes back, replace the key.",
    State.QUOTA: "Nothing: it is asked less often by itself. If it stays, look at the plan's call limit.",
    State.LICENCE: "Compare the number of devices with what the licence or plan allows.",
    State.UNSUPPORTED: "Update the server, or enter the figures by hand.",
    State.BUSY: "Nothing: it is asked again later.",
    State.UNREACHABLE: "Check address, port, firewall and name, then run the sweep again.",
    State.POLICY: "Look at the certificate or host that is named; accept the new fingerprint only if you know why it changed.",
    State.UNREADABLE: "Check that address and port are those of the service and not of a proxy or another page.",
    State.FAILED: "Look up the code in the service's own log; the sentence shows it.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A state other than OK with the service's code and one sentence that holds no secret."""

    state: State
    sentence: str
    code: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.state]

    @property
    def needs_person(self) -> bool:
        """Whether nothing may be tried again before a person has changed something."""
        return self.state in NEEDS_PERSON


class ServiceError(Exception):
    """The service did not give what was asked; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble
