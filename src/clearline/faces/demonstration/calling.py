"""A watch officer's calls to its own node, over the officers' API as anybody else's."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import quote

from clearline.errors import Refused
from clearline.faces.demonstration.members import HOST, Station

TIMEOUT_S = 20.0

NOT_YET = 503
ATTEMPTS = 40
"""Attempts at an act while its node asks its peers how far its own logs are: some seconds on any machine."""
PAUSE_S = 0.5


class Answered(Refused):
    """The node answered with a problem."""

    def __init__(self, station: Station, doing: str, status: int, body: Any) -> None:
        detail = body.get("detail", body) if isinstance(body, dict) else body
        super().__init__(f"{station.member}'s node answered {doing} with {status}: {detail}")
        self.code = status


class Officer:
    """One officer at one node, over one connection that stays open."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.member = station.member
        self._line = http.client.HTTPConnection(HOST, station.port, timeout=TIMEOUT_S)

    def answers(self) -> bool:
        """Report whether the node answers this officer."""
        try:
            self.get("health")
        except (OSError, http.client.HTTPException, Answered):
            self._line.close()
            return False
        return True

    def get(self, path: str) -> Any:
        """Return what the node answers to a GET under `/api/v1/`."""
        return self._call("GET", path, None)

    def find(self, path: str) -> Any:
        """Return as `get`, or `None` where the node knows no such thing."""
        try:
            return self.get(path)
        except Answered as fault:
            if fault.code == 404:
                return None
            raise

    def post(self, path: str, value: Any) -> Any:
        """Post JSON and return the answer."""
        return self._call("POST", path, value)

    def put(self, path: str, value: Any) -> Any:
        """Put JSON and return the answer."""
        return self._call("PUT", path, value)

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def _call(self, method: str, path: str, value: Any) -> Any:
        """Call the node; one that has just started first asks its peers, and says so: it is asked again."""
        for _ in range(ATTEMPTS):
            try:
                return self._called(method, path, value)
            except Answered as fault:
                if fault.code != NOT_YET or method == "GET":
                    raise
                time.sleep(PAUSE_S)
        return self._called(method, path, value)

    def _called(self, method: str, path: str, value: Any) -> Any:
        headers = {"authorization": f"Bearer {self.station.token}"}
        body = None
        if value is not None:
            body = json.dumps(value, ensure_ascii=False).encode()
            headers["content-type"] = "application/json"
        self._line.request(method, f"/api/v1/{path}", body, headers)
        response = self._line.getresponse()
        raw = response.read()
        try:
            answer = json.loads(raw) if raw else None
        except ValueError:
            answer = raw.decode("utf-8", "replace")[:200]
        if response.status >= 300:
            raise Answered(self.station, f"{method} {path}", response.status, answer)
        return answer


def part(text: str) -> str:
    """Return a reference as one part of a path."""
    return quote(text, safe="")
