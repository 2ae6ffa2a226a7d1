"""Every endpoint of the officer's API, in the order of the documentation."""

from __future__ import annotations

from clearline.faces.api import events, findings, notices
from clearline.faces.api.table import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *notices.ENDPOINTS,
    *findings.ENDPOINTS,
    *events.ENDPOINTS,
)
