"""The console's one table of colours: what is read stands out from its ground, and colour-blind eyes tell them apart.

Sources: contrast by WCAG 2.2, success criteria 1.4.3 (text, 4.5:1) and 1.4.11 (graphics and controls, 3:1); the
colours that protanopes, deuteranopes and tritanopes see by Machado, Oliveira and Fernandes 2009, table 1, severity
1.0; distances by CIE 1976 L*a*b* (ΔE*ab) under D65.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest

from clearline.faces import chart_ink

TOKENS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[2] / "console" / "src" / "tokens.json").read_text("utf-8")
)
THEMES = sorted(TOKENS)
GROUNDS = ("ground", "raised", "sunk")
MAP = ("land", "sea")
PARTIES = tuple(f"party-{n}" for n in range(1, 6))

TEXT = [
    *((text, ground) for text in ("ink", "quiet", "note", "link", "alarm", "warning") for ground in GROUNDS),
    *((text, ground) for text in ("ink", "quiet") for ground in ("alarm-ground", "warning-ground")),
    ("alarm", "alarm-ground"),
    ("warning", "warning-ground"),
    *((text, ground) for text in ("place", "contested", "ink") for ground in MAP),
    *((party, "sunk") for party in PARTIES),
]
"""Every text with each ground on which it is written; names of areas are in a party's colour within a rim of `sunk`."""

GRAPHICS = [
    *(("rule", ground) for ground in GROUNDS),
    *(("focus", ground) for ground in (*GROUNDS, *MAP)),
    *((party, ground) for party in PARTIES for ground in (*GROUNDS, *MAP)),
    *(("alarm", ground) for ground in (*MAP, "alarm-ground")),
    *(("border", ground) for ground in MAP),
]
"""Rims of controls and of what is focused, shapes of the parties, marks of conflicts, borders."""

TEXT_MIN, GRAPHICS_MIN = 4.5, 3.0

APART_MIN = 15.0
"""Least ΔE*ab between two of the first three members' colours, alarm and warning, for every kind of eye: some six
times what is just noticeable (2.3); shape and word always say it too."""

OTHERS_APART_MIN = 6.0
"""The same for the fourth and fifth members, who are no parties as a rule: names beside the shapes tell them."""

EYES = {
    "all three cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)

Triple = tuple[float, float, float]


def linear(colour: str) -> Triple:
    """Return a hexadecimal sRGB colour as linear light (IEC 61966-2-1)."""
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return r, g, b


def times(matrix: tuple[Triple, Triple, Triple], of: Triple) -> Triple:
    a, b, c = (sum(x * y for x, y in zip(row, of, strict=True)) for row in matrix)
    return a, b, c


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours, 1 to 21, by WCAG."""
    light, dark = sorted((times(XYZ, linear(one))[1] for one in (a, b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(light: Triple) -> Triple:
    def bent(t: float) -> float:
        return float(t ** (1 / 3)) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29

    x, y, z = (bent(v / w) for v, w in zip(times(XYZ, light), WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour: str, eye: str) -> Triple:
    """Return the colour in L*a*b* as an eye sees it; the simulation works on linear light and is cut to the gamut."""
    r, g, b = (min(1.0, max(0.0, c)) for c in times(EYES[eye], linear(colour)))
    return lab((r, g, b))


def distance(a: str, b: str, eye: str) -> float:
    return math.dist(seen(a, eye), seen(b, eye))


def test_the_measures_are_right() -> None:
    """Black on white is 21:1; white is L* 100; red and green lie nearer to one another for a deuteranope."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab((1.0, 1.0, 1.0)) == pytest.approx((100, 0, 0), abs=0.02)
    assert lab(linear("#ff0000")) == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    assert distance("#c04040", "#608000", "deuteranopia") < distance("#c04040", "#608000", "all three cones") / 2


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_every_token(theme: str) -> None:
    """A token that one theme lacks would leave a text without its colour there."""
    assert TOKENS[theme].keys() == TOKENS["dark"].keys()


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_read_on_its_ground(theme: str) -> None:
    """Each text has at least 4.5:1 on each ground on which it stands."""
    tokens = TOKENS[theme]
    low = {(a, b): round(c, 2) for a, b in TEXT if (c := contrast(tokens[a], tokens[b])) < TEXT_MIN}
    assert low == {}


@pytest.mark.parametrize("theme", THEMES)
def test_graphics_stand_out(theme: str) -> None:
    """Each shape, mark and rim of a control has at least 3:1 to what surrounds it."""
    tokens = TOKENS[theme]
    low = {(a, b): round(c, 2) for a, b in GRAPHICS if (c := contrast(tokens[a], tokens[b])) < GRAPHICS_MIN}
    assert low == {}


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_eyes_tell_parties_alarm_and_warning_apart(theme: str, eye: str) -> None:
    """No kind of colour blindness makes one party look like another, or like an alarm or a warning."""
    tokens = TOKENS[theme]
    first, rest = (*PARTIES[:3], "alarm", "warning"), PARTIES[3:]
    near = {}
    for a, b in itertools.combinations((*first, *rest), 2):
        least = OTHERS_APART_MIN if b in rest else APART_MIN
        if (d := distance(tokens[a], tokens[b], eye)) < least:
            near[a, b] = round(d, 1)
    assert near == {}


def hue_is_red(colour: str) -> bool:
    """Report whether a colour is a strong red: its hue in L*a*b* from -10° to 50°, its chroma above 40."""
    _, a, b = lab(linear(colour))
    return math.hypot(a, b) > 40 and -10 <= math.degrees(math.atan2(b, a)) <= 50


@pytest.mark.parametrize("theme", THEMES)
def test_red_is_for_alarms_alone(theme: str) -> None:
    """No other token is a strong red."""
    assert hue_is_red(TOKENS[theme]["alarm"])
    assert [t for t, c in TOKENS[theme].items() if hue_is_red(c) and t not in ("alarm", "alarm-ground")] == []


def test_the_drawn_chart_takes_the_same_colours() -> None:
    """The chart that the node draws has the console's colours on screen, and those of the light theme on paper."""
    dark, light = TOKENS["dark"], TOKENS["light"]
    for token, colour in zip(
        (*PARTIES[:3], "alarm", "warning"), (*chart_ink.PARTIES, chart_ink.ALARM, chart_ink.WARNING), strict=True
    ):
        assert (colour, chart_ink.PAPER[colour]) == (dark[token], light[token]), token
    assert (chart_ink.GROUND, chart_ink.PAPER[chart_ink.GROUND]) == (dark["ground"], light["ground"])
