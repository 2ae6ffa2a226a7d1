"""The description of the API is complete and true, and the documentation lists every route."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clearline.faces.api.endpoints import ENDPOINTS
from clearline.faces.api.openapi import PROBLEMS, document, encoded
from clearline.faces.api.table import JSON, Endpoint

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(encoded(ENDPOINTS))
    return value


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in references(inner)]
    return [ref for inner in value for ref in references(inner)] if isinstance(value, list) else []


def test_every_route_is_described(described: dict[str, Any]) -> None:
    """Each method of each path of the route table stands in the description, and nothing else does."""
    wanted = {(e.path, e.method.lower()) for e in ENDPOINTS}
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == wanted
    names = [e.name for e in ENDPOINTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
def test_an_operation_is_complete(described: dict[str, Any], endpoint: Endpoint) -> None:
    """Parameters, body, answers, problems and security of each operation are there."""
    operation = described["paths"][endpoint.path][endpoint.method.lower()]
    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in described["tags"]}
    in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
    assert in_path == re.findall(r"\{(\w+)\}", endpoint.path)
    in_query = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
    assert in_query == [query.name for query in endpoint.query]
    assert all(p["schema"] for p in operation["parameters"])
    assert ("requestBody" in operation) == (endpoint.takes is not None)
    assert endpoint.takes is None or endpoint.method in ("POST", "PUT")
    for media in endpoint.media if endpoint.takes is not None else ():
        assert operation["requestBody"]["content"][media]["schema"]
    for status in endpoint.answers:
        assert operation["responses"][str(status)]["content"][endpoint.answer_media]["schema"] is not None
    wanted = {"422", "500"} | (set() if endpoint.open else {"401", "403"})
    wanted |= {"408", "413", "415"} if endpoint.takes is not None else set()
    assert wanted <= set(operation["responses"])
    assert ("security" in operation) == endpoint.open


def test_references_lead_somewhere(described: dict[str, Any]) -> None:
    """Every `$ref` names a part of the document."""
    found = references(described)
    assert found
    for ref in found:
        here: Any = described
        for step in ref.removeprefix("#/").split("/"):
            assert step in here, ref
            here = here[step]


def test_the_document_says_which_version_it_is(described: dict[str, Any]) -> None:
    """OpenAPI 3.1 with title, version and both ways to show who asks."""
    assert described["openapi"] == "3.1.0"
    assert described["info"]["title"]
    assert described["info"]["version"]
    assert set(described["components"]["securitySchemes"]) == {"token", "session"}
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert set(described["components"]["responses"]) == {f"Problem{status}" for status in PROBLEMS}
    assert document(ENDPOINTS) == document(ENDPOINTS)


def test_every_shape_is_explained(described: dict[str, Any]) -> None:
    """A schema without a sentence explains nothing."""
    silent = [name for name, schema in described["components"]["schemas"].items() if not schema.get("description")]
    assert silent == []


def test_the_documentation_shows_every_route_with_an_example() -> None:
    """docs/api.md has a heading for each route, below it a request and an answer that is JSON or a stream."""
    parts = re.split(r"^### `(\w+) (\S+?)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shown = {(method, path): text for method, path, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}
    assert set(shown) == {(e.method, e.path) for e in ENDPOINTS}
    for endpoint in ENDPOINTS:
        text = shown[endpoint.method, endpoint.path]
        assert "curl" in text
        blocks = re.findall(r"```(json|text)\n(.*?)```", text, flags=re.DOTALL)
        assert blocks, endpoint.path
        assert all(json.loads(block) for kind, block in blocks if kind == "json"), endpoint.path
        assert (blocks[-1][0] == "text") == (endpoint.answer_media != JSON)
