"""The documentation explains every error that the code can raise, and no other."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import clearline
from clearline.errors import ClearlineError

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def classes(root: type[ClearlineError]) -> Iterator[type[ClearlineError]]:
    yield root
    for below in root.__subclasses__():
        yield from classes(below)


def known() -> dict[str, type[ClearlineError]]:
    """Every error class of the package by its slug, after importing every module."""
    for module in pkgutil.walk_packages(clearline.__path__, "clearline."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {one.slug: one for one in classes(ClearlineError) if one.__module__.startswith("clearline.")}


def sections() -> dict[str, str]:
    """Each heading of the third level and the text below it."""
    parts = re.split(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: re.split(r"^## ", text, flags=re.MULTILINE)[0].strip()
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_slug_has_a_heading_with_cause_and_remedy() -> None:
    """Who meets an error finds in docs/errors.md what it means and what to do: at least two sentences."""
    explained = sections()
    missing = sorted(slug for slug in known() if slug not in explained)
    assert missing == [], f"docs/errors.md lacks: {', '.join(missing)}"
    thin = sorted(slug for slug in known() if len(explained[slug]) < 40)
    assert thin == []


def test_no_heading_without_an_error() -> None:
    """A slug that is gone is gone from the documentation too."""
    assert sorted(set(sections()) - set(known())) == []


def test_slugs_are_words_with_hyphens() -> None:
    """A slug can stand in a URL as it is."""
    assert [slug for slug in known() if not re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)] == []


def test_a_status_in_the_page_is_the_status_in_the_code() -> None:
    """Where the page names a status, the code answers with it."""
    found = known()
    for slug, text in sections().items():
        said = re.match(r"Status (\d{3})\.", text)
        if said:
            assert int(said[1]) == found[slug].status, slug
