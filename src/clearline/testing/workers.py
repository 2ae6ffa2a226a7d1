"""How tests share two workers, as a plugin of pytest: a module stays together, and all that drives a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

CONSOLE = Path("tests", "console").parts


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep modules whole, for their nodes, and one browser at a time: two that draw in software starve each other."""
    for item in items:
        group = "browser" if item.path.parts[-3:-1] == CONSOLE else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
