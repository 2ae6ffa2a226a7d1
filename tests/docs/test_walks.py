"""The walks in docs/walks run as they stand: each command, what it prints, and how it ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clearline.testing.walk import Walk, WalkFailed

WALKS = Path(__file__).parents[2] / "docs" / "walks"
PAGES = sorted(path for path in WALKS.glob("*.md") if path.name != "README.md")
SENTENCES = (
    "absent-contact",
    "stop-fire",
    "wrong-grid",
    "late-notice",
    "overlap-settled",
    "last-mile",
    "not-ours",
    "refused-line",
    "suspend-and-resume",
    "paired-cancellation",
    "unusual-activity",
    "two-languages",
    "drill",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_walk_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    """Whoever types what the page shows gets what the page shows."""
    walk = Walk(page, tmp_path)
    try:
        walk.run()
    finally:
        if os.environ.get("CLEARLINE_SHOW_WALKS") == "1":
            for ran in walk.ran:
                print(f"\n$ clearline {ran.words}\n{ran.printed}(exit {ran.exit_code})")
    assert len(walk.ran) >= 4, "too short to be a walk"


def test_there_is_a_walk_for_each_promise() -> None:
    """Thirteen sentences, thirteen walks, in their order; the list of walks names each."""
    assert [page.stem.partition("-")[2] for page in PAGES] == list(SENTENCES)
    listed = (WALKS / "README.md").read_text(encoding="utf-8")
    assert all(page.name in listed for page in PAGES)


def test_a_walk_that_says_something_else_fails(tmp_path: Path) -> None:
    """The runner finds a wrong word, a wrong end, and what is no command."""
    for wrong in ("TR$ clearline message list\nnever printed\n", "TR$ clearline message list\n(exit 1)\n", "[rain]\n"):
        page = tmp_path / "wrong.md"
        page.write_text(f"Clock: 2026-11-22T08:00:00Z\n\n```console\n{wrong}```\n", encoding="utf-8")
        with pytest.raises(WalkFailed):
            Walk(page, tmp_path).run()
