"""How the tests share two workers: a module stays together, and so does everything that drives a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

CONSOLE = Path(__file__).parent / "console"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep modules whole, for their nodes, and one browser at a time: two that draw in software starve each other."""
    for item in items:
        group = "browser" if CONSOLE in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
