"""The vendor's clouds on loopback: every region behind one port, told apart by the Host header (hik-connect.md 5).

Built from the answers of public clients' tests; what the real services do beyond that is not known.
"""

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from licet.simulator.service import Reply, Request

HOME: Final = "apiieu.hik-connect.com"


@dataclass(frozen=True, slots=True)
class Bound:
    """One device an account lists."""

    short_serial: str
    name: str = ""
    full_serial: str = ""
    model: str = "DS-2CD2146G2-ISU"
    online: bool = True
    shared: bool = False
    site: str = ""
    plan_days: int | None = None  # days left of cloud storage; negative = over; None = never had one


@dataclass(slots=True)
class CloudQuirks:
    """How the cloud misbehaves."""

    login_code: int = 200  # meta.code of every sign-in with the right password
    redirects: int = 1  # how often a sign-in is answered by 1100 before the home region takes it
    redirect_to: str = HOME
    home: str = HOME  # the host a successful sign-in names
    null_maps: bool = False
    endless: bool = False  # hasNext stays true with an empty page
    repeats: bool = False  # every page is the first one
    session_seconds: int = 86_400
    kills_sessions: int = 0  # so many device lists are answered by 401
    number_codes: bool = False
    bearer_refused: bool = False
    foreign_area: str = ""
    terminals: list[str] = field(default_factory=list)  # every featureCode seen
    most_terminals: int = 0  # 0 = any number; else a further one is refused with 6002


class CloudServer:
    """Answers as the app cloud, Teams and Hik-Partner Pro, by path. ``tries`` counts sign-ins by password or key."""

    def __init__(
        self,
        devices: Sequence[Bound],
        *,
        account: str = "owner@example.org",
        password: str = "",
        key: str = "",
        secret: str = "",
        sites: Sequence[Mapping[str, Any]] = (),
        region: str = "ieu.hikcentralconnect.com",
        quirks: CloudQuirks | None = None,
    ) -> None:
        self.devices = list(devices)
        self.account = account
        self.password = password
        self.key = key
        self.secret = secret
        self.sites = list(sites)
        self.region = region
        self.quirks = quirks or CloudQuirks()
        self.tries = 0
        self.asked: list[tuple[str, str]] = []
        self.forbidden: list[str] = []
        self._number = 0
        self._sessions: set[str] = set()

    def handle(self, request: Request) -> Reply:
        """One answer."""
        host = request.headers.get("host", "")
        self.asked.append((host, request.path))
        match request.method, request.path:
            case "POST", "/v3/users/login/v2":
                return self._login(request, host)
            case "PUT", "/v3/apigateway/login":
                return self._refresh(request)
            case "GET", "/v3/userdevices/v1/devices/pagelist":
                return self._pagelist(request)
            case "POST", ("/api/hccgw/platform/v1/token/get" | "/api/hpcgw/v1/token/get"):
                return self._token(request, host)
            case "POST", "/api/hccgw/resource/v1/devices/get":
                return self._keyed(request, host, "device", self._teams_rows(), "pageIndex")
            case "POST", "/api/hpcgw/v1/device/list":
                return self._keyed(request, host, "rows", self._partner_rows(), "page")
            case "POST", "/api/hpcgw/v1/site/search":
                return self._keyed(request, host, "rows", [dict(site) for site in self.sites], "page")
        self.forbidden.append(f"{request.method} {request.path}")
        return Reply({"meta": {"code": 404, "message": "not found"}}, 404)

    def _login(self, request: Request, host: str) -> Reply:
        form = parse_qs(request.body.decode())
        terminal = request.headers.get("featurecode", "")
        if not terminal:
            return _meta(1001, "参数错误")
        right = hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()
        if self.quirks.redirects > 0 and host != self.quirks.home:
            self.quirks.redirects -= 1
            area = {"apiDomain": self.quirks.redirect_to, "areaName": "Europe"}
            return Reply({"meta": {"code": 1100, "message": "客户端需要重定向用户请求域名(海外)"}, "loginArea": area})
        self.tries += 1
        if form.get("account") != [self.account]:
            return _meta(1013, "用户不存在")
        if form.get("password") != [right]:
            return _meta(1014, "密码错误")
        if terminal not in self.quirks.terminals:
            if self.quirks.most_terminals and len(self.quirks.terminals) >= self.quirks.most_terminals:
                return _meta(20031, "终端绑定")
            self.quirks.terminals.append(terminal)
        if self.quirks.login_code != 200:
            return _meta(self.quirks.login_code, "获取验证码过于频繁")
        session, refresh = self._pair()
        return Reply({
            "meta": {"code": 200, "message": "操作成功", "moreInfo": None},
            "loginSession": {"sessionId": session, "rfSessionId": refresh},
            "loginArea": {"apiDomain": self.quirks.home, "webDomain": "ieu.hik-connect.com", "areaName": "Europe", "areaId": 118},
            "loginUser": {"userId": "simulated", "username": "simulated", "email": self.account},
            "loginTerminalStatus": {"terminalBinded": "0", "terminalOpened": "0"},
        })  # fmt: skip

    def _pair(self) -> tuple[str, str]:
        session = self._jwt("s", self.quirks.session_seconds)
        refresh = self._jwt("rf", 90 * 86_400)
        self._sessions.update({session, refresh})
        return session, refresh

    def _jwt(self, kind: str, seconds: int) -> str:
        self._number += 1
        now = int(time.time())
        claims = {"aud": "simulated", "exp": now + seconds, "iat": now, "sub": kind, "n": self._number}
        parts = ({"alg": "HS384"}, claims)
        coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
        return f"{coded[0]}.{coded[1]}.simulated"

    def _refresh(self, request: Request) -> Reply:
        [token] = parse_qs(request.body.decode()).get("refreshSessionId", [""])
        if token not in self._sessions:
            return _meta(403, "refresh no longer valid")
        session, refresh = self._pair()
        info = {"sessionId": session, "refreshSessionId": refresh}
        return Reply({"meta": {"code": 200, "message": "ok"}, "sessionInfo": info})

    def _pagelist(self, request: Request) -> Reply:
        if request.headers.get("sessionid") not in self._sessions:
            return Reply({"meta": {"code": 401, "message": "unauthorized"}}, 401)
        if self.quirks.kills_sessions > 0:
            self.quirks.kills_sessions -= 1
            self._sessions.discard(request.headers["sessionid"])
            return Reply({"meta": {"code": 401, "message": "unauthorized"}}, 401)
        query = parse_qs(request.query)
        start = 0 if self.quirks.repeats else int(query.get("offset", ["0"])[0])
        limit = int(query.get("limit", ["50"])[0])
        some = self.devices[start : start + limit]
        more = start + limit < len(self.devices) or self.quirks.endless or self.quirks.repeats
        return Reply({
            "meta": {"code": 200, "message": "操作成功", "moreInfo": {}},
            "page": {"offset": start, "limit": limit, "totalResults": 0, "hasNext": more},
            "deviceInfos": [_app_row(one) for one in some],
            "statusInfos": None if self.quirks.null_maps else {one.short_serial: _status(one) for one in some},
            "connectionInfos": None,
            "CLOUD": {f"r{n}": _plan(one) for n, one in enumerate(some)},
        })  # fmt: skip

    def _token(self, request: Request, host: str) -> Reply:
        asked = request.json()
        partner = request.path.startswith("/api/hpcgw")
        self.tries += 1
        if asked.get("appKey") != self.key or (not partner and host != self.region):
            return self._coded("OPEN000001")
        if asked.get("secretKey") != self.secret:
            return self._coded("OPEN000010")
        token = f"hcc.simulated-{self._next()}"
        self._sessions.add(token)
        area = self.quirks.foreign_area or f"https://{'ieuapi.hik-partner.com' if partner else self.region}"
        expires = int(time.time()) + 7 * 86_400
        expire = expires * 1000 if partner else expires
        return self._coded("0", {"accessToken": token, "expireTime": expire, "areaDomain": area, "userId": "u"})

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _keyed(self, request: Request, host: str, name: str, rows: list[dict[str, Any]], number: str) -> Reply:
        if host == "api.hik-partner.com":
            return Reply({"message": "not here"}, 404)
        token = request.headers.get("token") or request.headers.get("authorization", "")
        if token.startswith("Bearer ") and self.quirks.bearer_refused:
            return self._coded("OPEN000007")
        token = token.removeprefix("Bearer ")
        if self.quirks.kills_sessions > 0:
            self.quirks.kills_sessions -= 1
            self._sessions.discard(token)
        if token not in self._sessions:
            return self._coded("OPEN000006")
        asked = request.json()
        at, size = asked.get(number, 0), asked.get("pageSize", 50)
        if not isinstance(at, int) or at < 1:
            return self._coded("OPEN000003")
        start = 0 if self.quirks.repeats else (at - 1) * size
        data = {
            "totalCount": len(rows),
            "total": len(rows),
            number: at,
            "pageSize": size,
            name: rows[start : start + size],
        }
        return self._coded("0", data)

    def _coded(self, code: str, data: Mapping[str, Any] | None = None) -> Reply:
        shown: Any = int(code) if self.quirks.number_codes and code.isdigit() else code
        return Reply({"errorCode": shown, "message": "simulated", "data": data or {}})

    def _teams_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"device-{n}", "name": one.name, "category": "encodingDevice", "type": one.model,
                "serialNo": one.short_serial, "onlineStatus": int(one.online),
            }
            for n, one in enumerate(self.devices)
        ]  # fmt: skip

    def _partner_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"device-{n}", "deviceName": one.name, "deviceSerial": one.short_serial, "deviceType": one.model,
                "deviceCategory": "IPC", "deviceOnlineStatus": int(one.online), "siteName": one.site,
            }
            for n, one in enumerate(self.devices)
        ]  # fmt: skip


def _meta(code: int, message: str) -> Reply:
    return Reply({"meta": {"code": code, "message": message, "moreInfo": None}})


def _app_row(one: Bound) -> dict[str, Any]:
    return {
        "name": one.name, "deviceSerial": one.short_serial, "fullSerial": one.full_serial, "deviceType": one.model,
        "version": "V5.7.17 build 240606", "status": 1 if one.online else 2, "userDeviceCreateTime": "2024-03-01 09:00:00",
        "deviceShareInfo": {"shared": True} if one.shared else None, "deviceCategory": "COMMON", "deviceSubCategory": "IPC",
    }  # fmt: skip


def _status(one: Bound) -> dict[str, Any]:
    return {
        "globalStatus": 1 if one.online else 2, "upgradeAvailable": 0, "encryptPwd": "an-invented-hash",
        "optionals": {"latestUnbandTime": "1586592421107"},
    }  # fmt: skip


def _plan(one: Bound) -> dict[str, Any]:
    if one.plan_days is None:
        return {
            "deviceSerial": one.short_serial,
            "channelNo": 1,
            "status": -1,
            "totalDays": 0,
            "validDays": 0,
            "ext": None,
        }
    status = 1 if one.plan_days >= 0 else 2
    return {
        "deviceSerial": one.short_serial, "channelNo": 1, "status": status, "totalDays": 30, "validDays": one.plan_days,
        "ext": '{"usingTryService": false}',
    }  # fmt: skip
