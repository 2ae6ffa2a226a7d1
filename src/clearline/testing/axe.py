"""What axe finds broken on the screen that stands; for tests."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from clearline.testing.browser import Desk

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.2, levels A and AA, as axe names them."""

COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules that another theme can break."""


def violations(desk: Desk, rules: tuple[str, ...] | None = None) -> list[str]:
    """Return what axe finds broken on the screen that stands: of WCAG 2.2 A and AA, or of the named rules."""
    page = desk.page
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    only = {"type": "tag", "values": RULES} if rules is None else {"type": "rule", "values": rules}
    result = page.evaluate("runOnly => axe.run(document, {runOnly})", only)
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in result["violations"]]
