"""Names on the map in a right-to-left page: each bracket opens to the side to which its reader expects it to open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clearline.testing.browser import Desk

LEANS = """
async (bracket) => {
  const found = await window.chart.style.glyphManager.getGlyphs({ "Noto Sans": { default: [bracket] } });
  const { width, height, data } = found["Noto Sans"].default[bracket].bitmap;
  const middle = (row) => {
    let sum = 0;
    let all = 0;
    for (let x = 0; x < width; x++) {
      const ink = Math.max(0, data[row * width + x] - 150);
      sum += ink * x;
      all += ink;
    }
    return all === 0 ? null : sum / all;
  };
  const rows = Array.from({ length: height }, (_, row) => middle(row)).filter((x) => x !== null);
  return rows[Math.floor(rows.length / 2)] - rows[0];
}
"""
"""How far the belly of a bracket lies right of its upper end, in pixels of its picture: `(` bulges to the left."""


@pytest.mark.parametrize("language", ["en", "he", "ar"])
def test_brackets_are_drawn_as_they_are(desks: Callable[..., Desk], language: str) -> None:
    """The map mirrors brackets itself where it orders a name; the picture of a bracket is not mirrored once more."""
    desk = desks("IL", "watch", language=language)
    desk.chart_loaded()
    assert desk.page.evaluate(LEANS, "(") < -1
    assert desk.page.evaluate(LEANS, ")") > 1
