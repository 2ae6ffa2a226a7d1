"""docs/threat-model.md claims nothing that no test shows, and no case of the list is without its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
TEXT = PAGE.read_text(encoding="utf-8")

CASES = (
    "one byte edited at rest",
    "an entry dropped mid-chain",
    "tail truncated and re-signed",
    "node restored from an old backup",
    "host shows two histories",
    "witness restarted with lost state",
    "ciphertext swapped between recipients",
    "ciphertext that opens differently for two recipients",
    "a body withheld",
    "forged acknowledgement",
    "old acknowledgement on an amended notice",
    "whole entry replayed in the same channel",
    "whole entry replayed in another channel",
    "whole entry carried from drill to real",
    "one log, two checkpoints of one size",
    "back-dated entry older than its `seen`",
    "entry by a revoked key",
    "entry by an expired role",
    "rotation signed by the old key only",
    "red line with one officer, and with one officer twice",
    "officer key injected by the host",
    "malformed notes, proofs and JSON",
    "non-canonical encodings and duplicate members",
    "look-alike letters in names",
    "blocked line",
)
"""Every attack that must end in a named refusal or alarm."""


def named_tests() -> list[str]:
    return sorted(set(re.findall(r"`(tests/[^`]+::\w+)`", TEXT)))


def rows() -> dict[str, list[str]]:
    """Return the tests of each case in the table."""
    found = {}
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and "::" in cells[2]:
            found[cells[0]] = re.findall(r"`(tests/[^`]+::\w+)`", cells[2])
    return found


@pytest.mark.parametrize("test", named_tests())
def test_each_named_test_is_there(test: str) -> None:
    """The file exists, holds a function of that name, and the function says what it promises."""
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    assert len(found) == 1, f"{path} has no {name}"
    assert ast.get_docstring(found[0]), f"{test} does not say what it shows"


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_a_test(case: str) -> None:
    """No attack of the list is without the test that shows its end."""
    assert rows().get(case), f"the table has no test for: {case}"


def test_the_table_names_no_other_slug_than_there_is() -> None:
    """What a case ends in is a slug that docs/errors.md explains, wherever it is written as one."""
    errors = set(re.findall(r"^### (.+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and "::" in cells[2]:
            for slug in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", cells[1]):
                assert slug in errors, f"{slug} has no heading in docs/errors.md"
