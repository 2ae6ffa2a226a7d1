"""docs/api.md shows every route of the officers' API, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from clearline.faces.api.endpoints import ENDPOINTS

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### `([A-Z]+ \S+)`$", TEXT, flags=re.MULTILINE)


def test_every_route_has_a_heading_once() -> None:
    """Whoever adds an endpoint adds its section."""
    routes = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    assert sorted(routes - set(HEADINGS)) == [], "docs/api.md lacks these"
    assert sorted(set(HEADINGS) - routes) == [], "docs/api.md shows routes that there are not"
    assert len(HEADINGS) == len(set(HEADINGS))


def test_every_query_parameter_is_named_in_its_section() -> None:
    """A parameter that the table knows is explained."""
    sections = dict(zip(HEADINGS, re.split(r"^### `[A-Z]+ \S+`$", TEXT, flags=re.MULTILINE)[1:], strict=True))
    for endpoint in ENDPOINTS:
        section = sections.get(f"{endpoint.method} {endpoint.path}", "")
        for query in endpoint.query:
            assert f"`{query.name}`" in section, f"{endpoint.path}: {query.name}"
