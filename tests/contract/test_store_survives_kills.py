"""`kill -9` at any moment of a busy writer: what was answered is there, and the node starts cleanly."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearline.testing import kills

KILLS = 50


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Over 50 kills of a process with two nodes: every printed entry stands, nobody is accused, the fold holds."""
    answered = kills.kill_and_judge(tmp_path, KILLS, seed=9, judge_every=5)
    assert answered.count > 2 * KILLS, "the writers hardly wrote: this proves little"


def test_an_entry_that_is_gone_is_found_out(tmp_path: Path) -> None:
    """The judgement can fail: an answered entry that the record does not hold is named."""
    answered = kills.kill_and_judge(tmp_path, 2, seed=1)
    answered.said.setdefault(("IL", "IL/main"), {})[10**6] = "0" * 64
    with pytest.raises(AssertionError, match="lost entries"):
        kills.judge(tmp_path, answered)
