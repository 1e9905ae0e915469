"""aiohttp must not send a request again by itself: it could be a second try of a password."""

import aiohttp

from licet.wire.transport import Transport


async def test_the_session_knows_the_switch_and_it_is_off():
    async with aiohttp.ClientSession() as plain:
        assert plain._retry_connection is True
    async with Transport() as transport:
        assert transport._session._retry_connection is False
