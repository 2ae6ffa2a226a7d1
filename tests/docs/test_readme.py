"""The README says what is so: its links lead somewhere, its commands exist, and what it prints is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from clearline.faces.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "walks").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    """Every `clearline NAME` that a page shows is a command."""
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"(?:^ {4}\$ \S*|`)clearline ([a-z-]+)", text, flags=re.MULTILINE):
        assert name in COMMANDS, f"{page.name} shows clearline {name}"


def test_the_check_in_the_readme_prints_what_the_readme_shows() -> None:
    """The example runs as it stands, and word for word."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("    $ .venv/bin/clearline check"))
    end = next(n for n, line in enumerate(lines) if n > start and line and not line.startswith("    "))
    shown = "\n".join(line[4:] for line in lines[start + 1 : end]).strip()
    file = lines[start].split()[-1]
    result = CliRunner().invoke(main, ["check", str(ROOT / file)])
    assert result.exit_code == 1, result.stderr
    assert result.stdout.strip() == shown


def test_the_make_targets_of_the_readme_exist() -> None:
    """Each `make NAME` is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for name in re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")):
        if name not in ("and",):
            assert name in targets, f"make {name}"
