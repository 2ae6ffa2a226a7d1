"""The closed lists: what a notice is about, and what its volumes are to the reader."""

from __future__ import annotations

from enum import StrEnum


class Activity(StrEnum):
    """What is planned. A closed list: an unknown word is refused, never guessed."""

    AIR = "air"
    GROUND = "ground"
    SEA = "sea"
    FIRES = "fires"
    UNCREWED = "uncrewed"
    EXERCISE = "exercise"
    DEPLOYMENT = "deployment"
    RADAR = "radar"
    AIR_DEFENCE = "air_defence"
    JAMMING = "jamming"
    PROTECTED_MOVEMENT = "protected_movement"
    PROTECTED_SITE = "protected_site"


class Nature(StrEnum):
    """What the volumes are: where one's own people are, where danger is, or what must not be harmed."""

    OWN_PRESENCE = "own_presence"
    HAZARD_AREA = "hazard_area"
    PROTECTED = "protected"
