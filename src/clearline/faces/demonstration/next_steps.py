"""What a newcomer can try once the day was played: commands that work as they are printed."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearline.faces.demonstration.calling import Officer
from clearline.faces.demonstration.members import Station
from clearline.faces.demonstration.telling import Teller

HELD = "planned,in_force,active,overrun"


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal on a notice of one's own that nobody took up yet: its entry, and the notice changed by it."""

    notice: str
    proposer: str
    entry: str
    file: dict[str, Any]


def open_proposal(officer: Officer) -> OpenProposal | None:
    """Return the first proposal that waits for an answer of this officer's member, or `None`."""
    for held in officer.get(f"notices?party={officer.member}&state={HELD}")["notices"]:
        for rung in held["ladder"]:
            position = rung["position"]
            if position is not None and position["proposal"] is not None:
                file = _changed_by(held["notice_file"], position["proposal"])
                return OpenProposal(held["notice"], rung["member"], position["said"]["entry"]["id"], file)
    return None


def say_next(teller: Teller, stations: Sequence[Station], folder: Path, *, kept: bool) -> None:
    """Tell the addresses of the pages with their tokens, and what to try."""
    teller.write()
    width = max(len(one.name) for one in stations)
    for one in stations:
        teller.write(f"  {one.member}  {one.name:<{width}}  {one.url}/  token {one.token}")
    israel = next(one for one in stations if one.member == "IL")
    officer = Officer(israel)
    try:
        proposal = open_proposal(officer)
    finally:
        officer.close()
    program = _program()
    teller.write()
    teller.write("Open a page in a browser. Then, as Israel's duty watch in another terminal:")
    teller.write(f"  export CLEARLINE_URL={israel.url} CLEARLINE_TOKEN={israel.token}")
    teller.write(f"  {program} notice conflicts")
    if proposal is not None:
        path = folder / "as-proposed.geojson"
        path.write_text(json.dumps(proposal.file, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        teller.write(f"  {program} notice show {israel.member} {proposal.notice}")
        teller.write(f"accept what {proposal.proposer} proposes on {proposal.notice}:")
        teller.write(f"  {program} notice amend {_quoted(path)} --accepts {proposal.entry}")
    teller.write(
        "and prove Türkiye's record, offline" + (":" if kept else " (keep it beyond the end with --data DIR):")
    )
    teller.write(f"  {program} verify {_quoted(folder / 'TR')}")
    teller.write()
    teller.write("End with Ctrl-C.")


def _changed_by(file: dict[str, Any], proposal: dict[str, Any]) -> dict[str, Any]:
    """Return a notice file with the proposed volumes and its own words where both have as many volumes."""
    if len(file["features"]) != len(proposal["features"]):
        return proposal
    features = [
        {**new, "properties": {**old["properties"], **new["properties"]}}
        for old, new in zip(file["features"], proposal["features"], strict=True)
    ]
    return {**file, "features": features}


def _program() -> str:
    """Return how this program is called from where the user stands."""
    called = Path(sys.argv[0])
    if called.name != "clearline":
        return f"{_quoted(Path(sys.executable))} -m clearline"
    return _quoted(called)


def _quoted(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path))
