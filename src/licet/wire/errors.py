"""What can go wrong on the wire, named for what the caller does next. Every message is one sentence without a secret."""


class WireError(Exception):
    """Anything that ends one question to a device. ``reason`` is one of the stable words of ``facts.Report.reason``."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class NoConnectionError(WireError):
    """Nobody answered at that address and port: connect_refused, dns, timeout, no_answer."""


class NoAnswerError(WireError):
    """A connection stood, but no whole answer came: timeout, no_answer."""


class DroppedError(NoAnswerError):
    """The device closed a kept connection before the first byte of its answer."""


class PolicyError(WireError):
    """A rule forbids to connect or to go on: address_not_asked, certificate_changed, certificate_unpinned, tls_outdated, plain_http_on_tls_port."""


class UnreadableError(WireError):
    """An answer came and cannot be taken: too large, not XML, a DOCTYPE, broken."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unreadable", sentence)
