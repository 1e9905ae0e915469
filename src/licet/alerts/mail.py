"""Hands a message to the mail server."""

import os
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from licet.alerts.models import MailServer
from licet.alerts.webhook import EXCERPT, Answer
from licet.vault import record as vault
from licet.vault.record import CannotOpen
from licet.wire.deadline import Deadline, Smtp, SmtpTls

TIMEOUT: Final = 15.0  # seconds to hand over one message, altogether
ENVIRONMENT: Final = "LICET_SMTP_URL"
_SECURITY: Final = {"smtps": "tls", "smtp+starttls": "starttls", "smtp": "none"}
_PORTS: Final = {"tls": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over. ``source`` is environment or page."""

    host: str
    port: int
    security: str
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    source: str = "page"


class BadSetting(Exception):
    """LICET_SMTP_URL cannot be read; the text is one sentence without anything of it."""


def server() -> Server | None:
    """The mail server in force: that of the environment, else that of the page; None where there is none."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return _of_environment(named)
    row = MailServer.objects.select_related("secret__wrapping_key").filter(pk=1).first()
    if row is None:
        return None
    try:
        password = vault.use(row.secret) if row.secret else ""
    except CannotOpen:
        raise BadSetting("The vault's key does not open the mail server's password; enter it again.") from None
    return Server(row.host, row.port, row.security, row.sender, row.username, password)


def _of_environment(text: str) -> Server:
    try:
        parts = urlsplit(text)
        security, port = _SECURITY[parts.scheme], parts.port
    except (ValueError, KeyError):
        raise BadSetting(f"{ENVIRONMENT} is no address like smtps://user:password@mail.example.org:465") from None
    sender = os.environ.get("LICET_MAIL_FROM", "")
    if not parts.hostname or "@" not in sender:
        raise BadSetting(f"{ENVIRONMENT} needs a host, and LICET_MAIL_FROM the sender's address.")
    return Server(
        parts.hostname, port or _PORTS[security], security, sender, unquote(parts.username or ""),
        unquote(parts.password or ""), source="environment",
    )  # fmt: skip


def send(where: Server, *, key: str, to: str, subject: str, body: str, at: datetime) -> Answer:
    """Send one message. Its Message-ID is the same at every try. Never raises for what the network or the server does."""
    try:
        message = _message(where, key, to, subject, body, at)
    except ValueError:
        return Answer(ok=False, status="address", excerpt="The receiver's address cannot be written.", gone=True)
    try:
        with Deadline(TIMEOUT) as deadline, _connected(where, deadline) as smtp:
            if where.username:
                smtp.login(where.username, where.password)
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (0, b""))
        return Answer(ok=False, status=str(code), excerpt=_text(said), gone=500 <= code < 600)
    except smtplib.SMTPAuthenticationError as error:
        return Answer(ok=False, status=str(error.smtp_code), excerpt="The mail server refused user name or password.")
    except smtplib.SMTPResponseException as error:
        return Answer(ok=False, status=str(error.smtp_code), excerpt=_text(error.smtp_error))
    except smtplib.SMTPException as error:
        return Answer(ok=False, status="smtp", excerpt=str(error)[:EXCERPT])
    except ssl.SSLError:
        return Answer(ok=False, status="tls", excerpt="No trusted TLS connection could be made with the mail server.")
    except OSError as error:
        return Answer(ok=False, status="network", excerpt=(error.strerror or "It did not answer in time.")[:EXCERPT])
    return Answer(ok=True, status="250", excerpt="accepted")


def _connected(where: Server, deadline: Deadline) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if where.security == "tls":
        return SmtpTls(deadline, where.host, where.port, context)
    smtp = Smtp(deadline, where.host, where.port)
    if where.security == "starttls":
        smtp.starttls(context=context)
    return smtp


def _message(where: Server, key: str, to: str, subject: str, body: str, at: datetime) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = where.sender
    message["To"] = to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{where.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:EXCERPT]
