"""What a sealed text is for, and whether a person may ever see it again. Pure."""

from typing import Final

DEVICE_PASSWORD: Final = "device password"  # noqa: S105 - the name of a kind
LICENCE_KEY: Final = "licence key"
VERIFICATION_CODE: Final = "verification code"
API_SECRET: Final = "api secret"  # noqa: S105 - the name of a kind
TOKEN: Final = "token"  # noqa: S105 - the name of a kind
UPLOAD: Final = "import upload"  # a file that waits to be imported: its cells may hold keys
FEED_UPLOAD: Final = "feed upload"  # a feed of advisories that was looked at and waits to be taken in
CENTRE_KEY: Final = "centre key"  # by which collectors know this installation

ALL: Final = frozenset(
    {DEVICE_PASSWORD, LICENCE_KEY, VERIFICATION_CODE, API_SECRET, TOKEN, UPLOAD, FEED_UPLOAD, CENTRE_KEY}
)
# What a person types elsewhere can be shown to one. The others are used by programs alone.
SHOWN: Final = frozenset({LICENCE_KEY, VERIFICATION_CODE})
