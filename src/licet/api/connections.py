"""How servers and cloud accounts are asked. Key and secret go into the vault and never come out."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from licet.api.asked import Asked, may_there, there
from licet.api.cloud import CloudAccountRow, get_cloud_account
from licet.api.cloud import router as clouds
from licet.api.installations import InstallationBody, get_installation
from licet.api.installations import router as installations
from licet.api.jobs import get_job
from licet.api.operation import writes
from licet.api.problem import Problem
from licet.api.word import Given, RowNumber, Text
from licet.estate import connection_record as record
from licet.estate.cloud_read import account_numbered
from licet.estate.service_read import connection_of, installation_numbered
from licet.sweep.kinds import put_connection
from licet.sweep.read import JobRow

if TYPE_CHECKING:
    from licet.estate.models import CloudAccount, Installation
    from licet.estate.service_models import Connection


class KeyGiven(Given):
    """Key (of an app's account: its e-mail or phone) and secret (or password)."""

    key: Annotated[Text, Field(min_length=1, max_length=200)]
    secret: Annotated[Text, Field(min_length=1, max_length=500)]


class ServerGiven(KeyGiven):
    """How a HikCentral Professional server is asked. Without ``fingerprint`` (SHA-256) the first certificate is taken for its own."""

    address: Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.:-]+$", description="Host or address")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 443
    fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31})?$", max_length=95)] = ""
    adopt: Annotated[bool, Field(description="Add devices that only the server knows")] = True


class AccountKeyGiven(KeyGiven):
    """How a cloud account is asked, at the vendor's own hosts. ``knowingly``: the app's interface is not a public one of the vendor."""

    knowingly: bool = False


@writes(installations, "put", "/installations/{int:number}/connection", InstallationBody, needs="edit_estate")
def connect_an_installation(request: Asked, number: RowNumber, given: ServerGiven) -> InstallationBody:
    """Say how a server is asked, in the place of what was said before."""
    row = _installation(request, number, "edit_estate")
    record.connect(
        request.actor, row, "hikcentral", given.key, given.secret, address=given.address, port=given.port,
        fingerprint=given.fingerprint, adopt=given.adopt,
    )  # fmt: skip
    return get_installation(request, number)


@writes(installations, "delete", "/installations/{int:number}/connection", None, needs="edit_estate", status=204)
def disconnect_an_installation(request: Asked, number: RowNumber) -> None:
    """Forget how a server is asked, with key and secret. What it told stays."""
    record.disconnect(request.actor, _connection(_installation(request, number, "edit_estate")))


@writes(
    installations, "post", "/installations/{int:number}/connection/accept-certificate", InstallationBody, needs="edit_estate"
)  # fmt: skip
def accept_certificate_of_installation(request: Asked, number: RowNumber) -> InstallationBody:
    """Take the next certificate that a server shows for its own."""
    record.accept_certificate(request.actor, _connection(_installation(request, number, "edit_estate")))
    return get_installation(request, number)


@writes(installations, "post", "/installations/{int:number}/ask", JobRow, needs="sweep", status=202)
def ask_an_installation(request: Asked, number: RowNumber) -> JobRow:
    """Ask a server now, as a job."""
    job = put_connection(request.actor, _connection(_installation(request, number, "sweep")))
    return get_job(request, job.pk)


@writes(clouds, "put", "/cloud-accounts/{int:number}/connection", CloudAccountRow, needs="edit_estate")
def connect_a_cloud_account(request: Asked, number: RowNumber, given: AccountKeyGiven) -> CloudAccountRow:
    """Say how a cloud account is asked, in the place of what was said before."""
    row = _account(request, number, "edit_estate")
    if row.platform == "hik-connect" and not given.knowingly:
        raise Problem(
            409, "The app's interface is not a public one of the vendor: say knowingly, where it is switched on all the same."
        )  # fmt: skip
    record.connect(request.actor, row, row.platform, given.key, given.secret)
    return get_cloud_account(request, number)


@writes(clouds, "delete", "/cloud-accounts/{int:number}/connection", None, needs="edit_estate", status=204)
def disconnect_a_cloud_account(request: Asked, number: RowNumber) -> None:
    """Forget how a cloud account is asked, with key and secret. What it told stays."""
    record.disconnect(request.actor, _connection(_account(request, number, "edit_estate")))


@writes(clouds, "post", "/cloud-accounts/{int:number}/ask", JobRow, needs="sweep", status=202)
def ask_a_cloud_account(request: Asked, number: RowNumber) -> JobRow:
    """Ask a cloud account now, as a job."""
    job = put_connection(request.actor, _connection(_account(request, number, "sweep")))
    return get_job(request, job.pk)


def _installation(request: Asked, number: int, permission: str) -> "Installation":
    row = there(installation_numbered(request.actor, number), "installation", number)
    may_there(request, permission, row.site.path)
    return row


def _account(request: Asked, number: int, permission: str) -> "CloudAccount":
    row = there(account_numbered(request.actor, number), "cloud account", number)
    may_there(request, permission, row.site.path)
    return row


def _connection(row: "Installation | CloudAccount") -> "Connection":
    found = connection_of(row)
    if found is None:
        raise Problem(409, "It has no connection yet.")
    return found
