"""The API as OpenAPI 3.1, from the route table and the shapes alone.

Source: OpenAPI Specification 3.1.0; RFC 9457 for problems.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

import clearline
from clearline.faces.api import shapes
from clearline.faces.api.problems import PROBLEM_JSON
from clearline.faces.api.table import EVENT_STREAM, Endpoint

TAGS = {
    "carry": "What a stick or a one-way link carries to another member, and brings from it",
    "notices": "Advance word of planned activities.",
    "ladder": "Sent, delivered, seen, read back, passed on, and a position. Silence is not consent.",
    "findings": "Conflicts, touches of areas, and suggestions. No overlap found is no permission.",
    "messages": "The hotline between watch positions.",
    "alerts": "What cannot wait: by every bearer at once, ringing until it is seen; nothing mutes it.",
    "deadlines": "What is owed, by whom, until when; overdue is shown to both sides.",
    "phrases": "The phrase book: the code travels, each reader sees the own language; slots are read back.",
    "areas": "Zones and red lines: shown, never enforced.",
    "drafts": "Acts that wait for their second person.",
    "keys": "Whose keys are whose, and what became of them.",
    "agreement": "What the parties have agreed, and how they change it.",
    "lines": "Each line by its evidence; checks; suspension, which leaves the safety floor open, and resumption.",
    "shifts": "Who holds a watch position, and what is handed over with it.",
    "third parties": "What members say is not theirs, or is; and entries passed on, checked.",
    "pairs": "Two acts that take effect together or not at all.",
    "enquiries": "Explanations asked for, given, and not given.",
    "meetings": "Convened, minuted, and the minutes agreed.",
    "paper": "Dictation cards with check characters, and what was taken down from dictation, beside the signed word.",
    "session": "Officers' sessions in this node's own pages; programs use bearer tokens.",
    "record": "The logs as this node holds them, and the health of its lines.",
    "events": "What was committed, as it happens.",
    "chart": "What a chart draws.",
    "access": "Who asks.",
    "description": "This description.",
}

PROBLEMS = {
    400: "The request cannot be read.",
    401: "No token, or one that admits nobody.",
    403: "Another party's, or not for this officer.",
    404: "There is no such thing here.",
    405: "The path takes other methods.",
    408: "The body did not arrive in time.",
    409: "It contradicts what stands: a reference in use, an ended notice, a version that was amended.",
    413: "A named limit is exceeded.",
    415: "The body is of another media type.",
    422: "A value is malformed: where, what was found, what is expected.",
    429: "Too many requests or tries; Retry-After says when the next is granted.",
    500: "Clearline's own fault; the cause stands in the node's log.",
    503: "Not now; Retry-After says when to try again.",
}


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI document of the endpoints."""
    endpoints = tuple(endpoints)
    types = [shapes.ProblemOut]
    for endpoint in endpoints:
        types += [kind for kind in (endpoint.takes, *endpoint.answers.values()) if kind is not None]
    found, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas = iter(found)
    problem = next(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        takes = next(schemas) if endpoint.takes is not None else None
        answers = {status: next(schemas) for status in endpoint.answers}
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, takes, answers)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clearline: the officer's API",
            "version": clearline.__version__,
            "summary": "Clarity and a record; never safety, never permission.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                f"Problem{status}": {
                    "description": about,
                    "content": {PROBLEM_JSON: {"schema": problem}},
                }
                for status, about in PROBLEMS.items()
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The watch position's bearer token."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "clearline_session_8800",
                    "description": "The session of the node's own page; its name ends with the node's port.",
                },
            },
        },
    }


def encoded(endpoints: Iterable[Endpoint]) -> bytes:
    """Return the OpenAPI document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(endpoints)), indent=1)


def _operation(endpoint: Endpoint, takes: Any, answers: dict[int, Any]) -> dict[str, Any]:
    refused = {422, 500, 503, *endpoint.problems}
    if not endpoint.open:
        refused |= {401, 403}
    if takes is not None:
        refused |= {408, 413, 415}
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": [
            *(
                {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
                for part in endpoint.segments
                if part.startswith("{")
            ),
            *(
                {"name": q.name, "in": "query", "description": q.about, "required": False, "schema": q.schema}
                for q in endpoint.query
            ),
        ],
        "responses": {
            **{str(status): _answered(endpoint, schema) for status, schema in answers.items()},
            **{str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(refused)},
        },
    }
    if endpoint.answer_media == EVENT_STREAM:
        operation["parameters"].append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last event received; the stream resumes after it.",
                "required": False,
                "schema": {"type": "integer", "minimum": 0},
            }
        )
    if endpoint.open:
        operation["security"] = []
    if takes is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {endpoint.body_bytes_max} bytes.",
            "content": {media: {"schema": takes} for media in endpoint.media},
        }
    return operation


def _answered(endpoint: Endpoint, schema: Any) -> dict[str, Any]:
    return {"description": endpoint.summary, "content": {endpoint.answer_media: {"schema": schema}}}
