"""Drill: nothing of it in any real view or export, and no face of it that could be taken for the real one.

The drill here has the same members, officers and keys as the real channel; only its genesis says that it is one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner

from clearline.bootstrap import RunningNode
from clearline.channel.push import Push
from clearline.errors import ClearlineError, Refused
from clearline.faces.api.endpoints import ENDPOINTS
from clearline.faces.chart import draw_chart
from clearline.faces.cli import COMMANDS, main
from clearline.faces.drill import BANNER, HEADER, MARK, SENTENCE, names_a_drill
from clearline.records.words import MemberId
from clearline.store.folder import FolderOfAnotherChannel
from clearline.testing.browser import until
from clearline.testing.floor import ApiRefused, Floor, token_of
from clearline.testing.members import founded_channel
from clearline.testing.nodes import LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file

WORD = "KARTAL-7731"
"""Said in the drill alone; it must stand nowhere in the real channel."""

HEX = "0" * 64
TR = MemberId("TR")


@pytest.fixture(scope="module")
def two_channels() -> tuple[Floor, Floor]:
    """A real channel and a drill of the same members with the same keys, and a day's talk in the drill."""
    real, drill = Floor(seed="both"), Floor(seed="both", drill=True)
    drill.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": f"Exercise {WORD}", "precedence": "FLASH"})
    drill.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": f"Exercise {WORD}"})
    drill.api("TR", "POST", "/api/v1/notices", file_at(drill))
    drill.advance(5)
    return real, drill


def file_at(floor: Floor, **more: Any) -> dict[str, Any]:
    """Return a notice file of the next hours of a floor's clock."""
    value: dict[str, Any] = json.loads(json.dumps(notice_file("TR", WORD)))
    for feature in value["features"]:
        feature["properties"]["start"], feature["properties"]["end"] = floor.zulu(7_200), floor.zulu(9_000)
    return {**value, **more}


def test_the_drill_has_another_channel(two_channels: tuple[Floor, Floor]) -> None:
    """Same members, same keys, another id: so another origin of every log and another name of every key."""
    real, drill = two_channels
    assert real.side.roster.channel != drill.side.roster.channel
    assert real.side.founded.keyrings[TR].main.public.raw == drill.side.founded.keyrings[TR].main.public.raw
    for log in ("main", "safety"):
        assert real.side.roster.origin("TR", log) != drill.side.roster.origin("TR", log)


@pytest.mark.parametrize("log", ["main", "safety"])
def test_what_was_said_in_the_drill_is_refused_by_the_real_channel(two_channels: tuple[Floor, Floor], log: str) -> None:
    """Its push is refused by name, and nothing of it is stored."""
    real, drill = two_channels
    held = drill.side.nodes["TR"].own(log)
    assert held.size
    before = real.side.nodes["IL"].store.last_event()
    notes = [entry.note for entry in drill.side.stores["TR"].entries(f"TR/{log}", 0, 100)]
    assert held.signed is not None
    push = Push(held.signed.raw(), 0, tuple(notes), ())
    with pytest.raises(ClearlineError) as refused:
        real.side.give("IL", push)
    assert refused.value.slug in ("wrong-channel", "unknown-signer", "malformed", "not-signed"), refused.value
    assert real.side.nodes["IL"].logs[f"TR/{log}"].size == 0
    assert real.side.nodes["IL"].store.last_event() == before


def test_nothing_of_the_drill_is_in_any_real_view(two_channels: tuple[Floor, Floor]) -> None:
    """No answer of any GET of the real nodes, and no command, holds the drill's word; the drill's do."""
    real, drill = two_channels
    found = 0
    for endpoint in ENDPOINTS:
        if endpoint.method != "GET" or "{" in endpoint.path or endpoint.path.endswith("/events"):
            continue
        for floor, held in ((real, False), (drill, True)):
            for member in ("AZ", "IL", "TR"):
                try:
                    answer = json.dumps(floor.api(member, "GET", endpoint.path))
                except ApiRefused as refusal:
                    # What needs a parameter refuses alike in both; nothing else may be refused.
                    assert refusal.status in (404, 422), endpoint.path
                    continue
                except (json.JSONDecodeError, UnicodeDecodeError):
                    continue
                if held:
                    found += WORD in answer
                else:
                    assert WORD not in answer, (endpoint.path, member)
                    assert '"drill": true' not in answer, (endpoint.path, member)
    assert found >= 3, "the drill says too little to prove anything"
    for command in (("message", "list"), ("notice", "list")):
        assert WORD in drill.cli("IL", *command).stdout
        assert WORD not in real.cli("IL", *command).stdout


def test_every_answer_of_a_drill_says_so(two_channels: tuple[Floor, Floor]) -> None:
    """Whatever is asked of a drill's node, the header stands on the answer, refusals too; on a real one's, never."""
    for floor, expected in zip(two_channels, (None, "true"), strict=True):
        app = floor._apps["IL"]
        answers, drawn = asyncio.run(walk(app)), 0
        assert len(answers) == len([e for e in ENDPOINTS if not e.path.endswith("/events")]) + len(PAGES)
        for (method, path), answer in answers.items():
            assert answer.headers.get(HEADER) == expected, (method, path)
            if path in PAGES and answer.headers.get("content-type", "").startswith("text/html") and answer.text:
                assert (BANNER in answer.text) == (expected is not None), path
                drawn += path in ("/", "/fragment")
        assert drawn == 2, "the page was not shown"


PAGES = ("/login", "/", "/fragment", "/static/page.css", "/nowhere")


async def walk(app: Any) -> dict[tuple[str, str], httpx.Response]:
    """Ask every path of the API and of the page, each once, with and without access."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    found = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8800") as client:
        for endpoint in ENDPOINTS:
            if endpoint.path.endswith("/events"):
                continue
            path = endpoint.path.replace("{entry}", HEX).replace("{", "").replace("}", "")
            found[(endpoint.method, endpoint.path)] = await client.request(endpoint.method, path)
        own = {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8800"}
        await client.post("/login", data={"token": token_of("IL")}, headers=own)
        for path in PAGES:
            found[("GET", path)] = await client.get(path)
    return found


def test_every_as_of_says_whether_it_is_a_drill(two_channels: tuple[Floor, Floor]) -> None:
    """A machine that reads an answer cannot miss it either."""
    real, drill = two_channels
    for path in ("/api/v1/messages", "/api/v1/notices", "/api/v1/conflicts", "/api/v1/health", "/api/v1/phrases"):
        assert real.api("IL", "GET", path)["as_of"]["drill"] is False
        assert drill.api("IL", "GET", path)["as_of"]["drill"] is True


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from leaves(below, (*path, name))
    else:
        yield path, command


def test_every_command_that_asks_a_node_begins_with_the_banner(
    two_channels: tuple[Floor, Floor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First line of standard error, once; standard output stays as a machine reads it. At a real node: never."""
    monkeypatch.chdir(tmp_path)
    asked = 0
    for path, command in [leaf for name in sorted(COMMANDS) for leaf in leaves(sub(name), (name,))]:
        if not any(option.name == "url" for option in command.params):
            continue
        words = [*path, *arguments(command)]
        told = two_channels[1].cli("IL", *words, given="")
        if SENTENCE in told.stderr:
            asked += 1
            assert told.stderr.startswith(SENTENCE + "\n"), words
            assert told.stderr.count(SENTENCE) == 1, words
        else:
            # It was refused before the node was asked, so nothing of a channel was shown.
            assert told.exit_code == 2, (words, told.output)
            assert "As of" not in told.output, words
        assert path[0] == "card" or BANNER not in told.stdout, words
        assert BANNER not in two_channels[0].cli("IL", *words, given="").output, words
    assert asked >= 15, "too few commands reach a node to prove anything"


def sub(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


def arguments(command: click.Command) -> list[str]:
    """Return what a command needs at least, whatever it may mean."""
    given: list[str] = []
    for param in command.params:
        if not param.required:
            continue
        value = HEX
        if isinstance(param.type, click.Choice):
            value = str(param.type.choices[0])
        elif isinstance(param.type, click.types.IntParamType | click.IntRange):
            value = "1"
        elif param.name in ("readers", "to", "party", "member", "with_"):
            value = "TR"
        given += [param.opts[0], value] if isinstance(param, click.Option) else [value]
    return given


def test_commands_about_a_folder_or_file_of_a_drill_begin_with_the_banner(tmp_path: Path, live: LiveNodes) -> None:
    """Keys, bundle, verify, bell: whatever names something of a drill says so first, offline too."""
    folder = live["IL"].folder
    bundle = tmp_path / "b.jsonl"
    run = CliRunner().invoke
    for words in (
        ["keys", "show", str(folder)],
        ["bell", "list", str(folder)],
        ["bundle", str(folder), "-o", str(bundle)],
        ["verify", str(folder)],
        ["verify", str(bundle)],
        ["bundle", str(tmp_path), f"--output={bundle}"],
    ):
        told = run(main, words)
        assert told.stderr.startswith(SENTENCE + "\n"), (words, told.output)
        if words[:2] == ["bundle", str(folder)] and told.exit_code != 0:
            # The node runs: between two of its steps a record may be without a checkpoint for what it holds.
            until(lambda: run(main, ["bundle", str(folder), "-o", str(bundle)]).exit_code == 0, told.output)
    assert run(main, ["verify", str(bundle)]).stdout.startswith(SENTENCE)
    assert json.loads(run(main, ["verify", str(bundle), "--json"]).stdout)["drill"] is True
    real = tmp_path / "genesis.note"
    real.write_bytes(founded_channel().roster.note)
    assert not names_a_drill(str(tmp_path)) and not names_a_drill(str(real)) and not names_a_drill("nowhere")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("drill")) as nodes:
        yield nodes


def test_a_chart_of_a_drill_carries_the_banner_wherever_it_is_cut() -> None:
    """Across it, at its top and in its title."""
    chart = draw_chart([], title="Chart", drill=True)
    assert f'<title id="chart-title">{BANNER}: Chart</title>' in chart
    assert chart.count(BANNER) == 2 and ">DRILL</text>" in chart
    assert "DRILL" not in draw_chart([], title="Chart")


def test_a_dictation_card_of_a_drill_says_so_on_paper(two_channels: tuple[Floor, Floor]) -> None:
    """What is printed and read aloud begins with the banner; a card of the real channel never does."""
    real, drill = two_channels
    said = real.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": "For the card"})["entry"]["id"]
    assert not real.cli("TR", "card", "message", said).stdout.startswith(BANNER)
    said = drill.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": "For the card"})["entry"]["id"]
    printed = drill.cli("TR", "card", "message", said)
    assert printed.exit_code == 0 and printed.stdout.startswith(BANNER), printed.output


def test_a_notice_file_of_the_drill_is_refused_by_the_real_channel(two_channels: tuple[Floor, Floor]) -> None:
    """What the drill hands out is marked; filed into the real channel it is refused by name, and nothing is filed."""
    real, drill = two_channels
    handed_out = drill.api("IL", "GET", f"/api/v1/notices/TR/{WORD}")["notice"]["notice_file"]
    assert handed_out[MARK] is True
    for path in ("/api/v1/notices", "/api/v1/check"):
        with pytest.raises(ApiRefused) as refused:
            real.api("TR", "POST", path, handed_out)
        assert refused.value.problem["type"].endswith("from-a-drill")
    assert real.api("TR", "GET", "/api/v1/notices")["notices"] == []
    drill.api("TR", "POST", "/api/v1/check", handed_out)
    assert MARK not in json.dumps(real.api("TR", "POST", "/api/v1/check", file_at(real)))


def test_a_folder_belongs_to_one_channel(tmp_path: Path, live: LiveNodes) -> None:
    """Another genesis beside the record, or another record beside the genesis: the node does not start."""
    real = founded_channel(seed="real")
    folder = live["IL"].folder
    live["IL"].stop()
    kept = (folder / "genesis.note").read_bytes()
    (folder / "genesis.note").write_bytes(real.roster.note)
    with pytest.raises(FolderOfAnotherChannel, match="drill"):
        RunningNode(folder)
    (folder / "genesis.note").write_bytes(kept)
    live["IL"].start()
    assert tmp_path


def test_refusals_have_their_slugs() -> None:
    assert issubclass(FolderOfAnotherChannel, Refused)
