"""docs/records.md describes what can be said: every kind, and every member that golden bytes hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from clearline.records.body import KINDS
from clearline.records.notice import Details

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")


def section(kind: str) -> str:
    return TEXT.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]


def names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from names(item)
    elif isinstance(value, list):
        for item in value:
            yield from names(item)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_described_with_all_its_members(kind: str) -> None:
    """Each kind has a section that names its members; members inside of them are named somewhere in the document."""
    body = json.loads((ROOT / "tests" / "golden" / f"body.{kind}.json").read_bytes())
    assert section(kind).strip(), f"docs/records.md has no section on {kind}"
    for name in body:
        if name not in ("kind", "v"):
            assert f"`{name}`" in section(kind), f"docs/records.md, {kind}: {name} is not described"
    for name in names(body):
        assert f"`{name}`" in TEXT, f"docs/records.md: {name} is not described"


def test_no_section_describes_a_kind_that_there_is_not() -> None:
    """A kind that was renamed does not live on in the document."""
    headings = {line.removeprefix("## ") for line in TEXT.splitlines() if line.startswith("## ")}
    assert headings == {*KINDS, "Volumes"}


def test_every_detail_is_described() -> None:
    """Details are optional, so that golden bytes need not hold them all."""
    for field in fields(Details):
        assert f"`{field.name}`" in section("notice")
