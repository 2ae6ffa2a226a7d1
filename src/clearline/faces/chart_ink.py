"""What every chart is written with: its colours, on paper too, and texts that keep apart."""

from __future__ import annotations

from clearline.faces import chart_base

GROUND, INK, FAINT = "#121a23", "#e6edf3", "#33424f"
PARTIES = ("#4486ea", "#8ff7cc", "#bfb4e0")
"""Colours of the parties, in the order of their names; they stay apart for colour-blind eyes."""
ALARM, WARNING = "#ff7a70", "#f0b429"
PAPER = {
    GROUND: "#ffffff",
    INK: "#16202a",
    FAINT: "#cfd6dd",
    "#8ea0b0": "#4a5866",
    "#4486ea": "#2a64d0",
    "#8ff7cc": "#087853",
    "#bfb4e0": "#714ba5",
    ALARM: "#c50433",
    WARNING: "#614000",
    **chart_base.PAPER,
}
"""What each colour becomes on paper: the light theme of the console, dark enough for a printer without colour."""

EDGE_DASH = "1.5 4"
"""Dots: the outer edge of a notice that is not drawn volume by volume."""

Rect = tuple[float, float, float, float]


def on_paper(svg: str) -> str:
    """Return a drawn chart in the colours of paper. A quote in a text of others is escaped: only attributes change."""
    for dark, light in PAPER.items():
        svg = svg.replace(f'"{dark}"', f'"{light}"')
    return svg


def escape(text: str) -> str:
    """Return the text for use in XML content or a quoted attribute; what XML cannot hold becomes `?`."""
    fit = "".join(c if c.isprintable() or c in "\n\t\u2068\u2069" else "?" for c in text)
    return (
        fit.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#39;")
    )


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is, in px: no font is at hand where it is drawn."""
    return sum(0.62 if ord(c) < 0x2E80 else 1.05 for c in text) * size


def rect_of(x: float, y: float, text: str, size: float) -> Rect:
    """Return left, top, right and bottom of a text whose baseline begins at a spot."""
    return (x - 1, y - size, x + width_of(text, size) + 1, y + size * 0.3)


def meet(a: Rect, b: Rect) -> bool:
    """Report whether two rectangles cover a spot in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def text_at(x: float, y: float, text: str, *, colour: str, size: float, rtl: bool = False, anchor: str = "end") -> str:
    """Return a text whose left edge is at `x`; a right-to-left one ends there, or with `start` begins there."""
    turned = f' direction="rtl" text-anchor="{anchor}"' if rtl else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size:g}" stroke="{GROUND}" stroke-width="3" '
        f'paint-order="stroke" unicode-bidi="isolate"{turned}>{escape(text)}</text>'
    )
