"""What is printed is paper: light whatever the screen is, without the desk, each page with its head and foot."""

from __future__ import annotations

from collections.abc import Callable

from clearline.testing.browser import Desk


def test_the_picture_is_printed_as_paper(desks: Callable[..., Desk]) -> None:
    """A dark desk prints on white, without its bar; drill, as of, and that silence is no consent go along."""
    page = desks("IL", "print").page
    page.evaluate("localStorage.setItem('clearline-theme', 'dark')")
    page.reload()
    page.wait_for_selector("[data-print] tfoot")
    ground = "getComputedStyle(document.documentElement).getPropertyValue('--ground')"
    assert page.evaluate(ground) != "#ffffff"
    assert page.locator("header").is_visible()
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "#ffffff"
    assert not page.locator("header").is_visible()
    assert "DRILL" in page.locator("[data-print] > thead").inner_text()
    assert "As of" in page.locator("[data-print] > thead").inner_text()
    assert "Silence is not consent" in page.locator("[data-print] > tfoot").inner_text()
    repeated = "s => getComputedStyle(document.querySelector(s)).display"
    assert page.evaluate(repeated, "[data-print] > thead") == "table-header-group"
    assert page.evaluate(repeated, "[data-print] > tfoot") == "table-footer-group"
    assert page.locator("[data-print] img").evaluate("i => i.complete && i.naturalWidth > 0")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
