"""Notices: advance word of a planned activity, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.records.activity import Activity, Nature
from clearline.volumes.volume import Volume


@dataclass(frozen=True, slots=True)
class Details:
    """What an officer may add to a volume; an empty text says nothing was given."""

    callsign: str = ""
    squawk: str = ""
    number_and_type: str = ""
    frequency: str = ""
    contact: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What a notice file says of one notice, before anybody signs it.

    `details` runs parallel to `volumes`: one entry a volume, in file order.
    """

    party: str
    notice: str
    activity: Activity
    nature: Nature
    volumes: tuple[Volume, ...]
    details: tuple[Details, ...]
