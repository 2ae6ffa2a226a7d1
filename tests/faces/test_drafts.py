"""Acts that bind, over the API and at a terminal: a draft waits, a second person signs elsewhere, receivers judge."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from clearline.channel.acts import drafts
from clearline.channel.acts.drafts import Draft, DraftExpired, SamePerson, draft_or_submit, placed
from clearline.faces.cli import main
from clearline.faces.cli.officer import Line
from clearline.records.area import Area, AreaSort
from clearline.records.key_event import Event
from clearline.signing.keys import Signer
from clearline.signing.note import UnknownSigner, sign_text
from clearline.testing.key_events import key_event, new_signer, say_event
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.pair import Side
from clearline.testing.theatre import circle

VOLUME = {
    "geometry": {"type": "Point", "coordinates": [38.3, 34.5]},
    "radius_m": 5000,
    "start": "2030-01-01T00:00:00Z",
    "end": "PERM",
}
AREA = {"sort": "red_line", "title": "No further", "text": "None is accepted.", "volumes": [VOLUME]}
LINE = Area(AreaSort.RED_LINE, "RL", "No further", "None is accepted.", (circle(),))


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("drafts"), ("IL", "TR"), releasing=True) as live:
        yield live


def ask(node: LiveNode, method: str, path: str, body: Any = None, officer: int = 0) -> httpx.Response:
    headers = {"authorization": f"Bearer {node.tokens[officer]}"}
    return httpx.request(method, f"{node.url}/api/v1/{path}", headers=headers, json=body, timeout=20, trust_env=False)


def cli(node: LiveNode, *words: str, typed: str = "", officer: int = 0) -> Result:
    environment = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[officer]}
    return CliRunner().invoke(main, list(words), input=typed, env=environment)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def waiting(node: LiveNode, reference: str) -> dict[str, Any]:
    answer = ask(node, "POST", "areas", {**AREA, "reference": reference})
    assert answer.status_code == 202, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_a_red_line_waits_is_shown_in_words_and_stands_by_the_second_person(nodes: LiveNodes) -> None:
    """202 and no entry; `draft sign` computes from the bytes, asks for a word, and the other side reads a red line."""
    tr, il = nodes["TR"], nodes["IL"]
    draft = waiting(tr, "RL-1")
    assert draft["signed"] == [{"officer": "1", "position": "watch 1"}]
    assert draft["lacking"].startswith("needs the signatures of two")
    assert "RL-1" not in ask(tr, "GET", "areas").text
    assert draft["id"] in [d["id"] for d in ask(tr, "GET", "drafts").json()["drafts"]]
    listed = cli(tr, "draft", "list")
    assert draft["id"] in listed.output and "area" in listed.output
    shown = cli(tr, "draft", "show", draft["id"])
    for said in ("RED LINE RL-1: No further", "None is accepted.", "34.5000000 38.3000000", "further notice"):
        assert said in shown.output
    key, genesis = tr.folder.parent / "releasing/TR-officer-3.key", tr.folder / "genesis.note"
    words = ("draft", "sign", draft["id"], "--key", str(key), "--genesis", str(genesis))
    broken_off = cli(tr, *words, typed="yes\n")
    assert (broken_off.exit_code, "nothing was signed" in broken_off.output) == (2, True)
    assert "you sign as officer 3 of TR" in broken_off.output and "(a drill)" in broken_off.output
    done = cli(tr, *words, typed="SIGN\n")
    assert done.exit_code == 0 and "it stands" in done.output, done.output
    until(lambda: "RL-1" in ask(il, "GET", "areas").text)
    area = next(a for a in ask(il, "GET", "areas").json()["areas"] if a["reference"] == "RL-1")
    assert sorted(area["said"]["positions"]) == ["release", "watch 1"]
    assert ask(il, "GET", "health").json()["alarms"] == []
    again = cli(tr, *words, typed="SIGN\n")
    assert (again.exit_code, "waits here" in again.output) == (2, True)


def test_the_wrong_second_person_is_named(nodes: LiveNodes) -> None:
    """The same officer, another member's officer, a plain officer where one must release, and bytes never drafted."""
    tr = nodes["TR"]
    draft = waiting(tr, "RL-2")
    path = f"drafts/{draft['id']}/signatures"
    same = ask(tr, "POST", path, {})
    assert (same.status_code, same.json()["type"].endswith("same-person")) == (409, True)
    still = ask(tr, "POST", path, {}, officer=1)
    assert (still.status_code, "releasing officer" in still.json()["lacking"]) == (202, True)
    key = nodes["IL"].folder.parent / "releasing/IL-officer-3.key"
    channel = draft["text"].partition('"channel":"')[2][:64]
    for name in (f"clearline/{channel}/TR/officer/3", f"clearline/{channel}/IL/officer/3"):
        signer = Signer(name, base64.b64decode(key.read_text()))
        refused = ask(tr, "POST", path, {"signature": sign_text(draft["text"], signer).line()})
        assert (refused.status_code, refused.json()["type"].endswith("unknown-signer")) == (422, True)
    mine = tr.folder.parent / "releasing/TR-officer-3.key"
    signer = Signer(f"clearline/{channel}/TR/officer/3", base64.b64decode(mine.read_text()))
    other = sign_text(draft["text"].replace("RL", "LR").replace('"claimed":1', '"claimed":2'), signer).line()
    refused = ask(tr, "POST", path, {"signature": other})
    assert (refused.status_code, refused.json()["type"].endswith("bad-signature")) == (422, True)
    for bad in ("nothing", "— a b\n— c d\n", sign_text(draft["text"], signer).line() * 2):
        assert ask(tr, "POST", path, {"signature": bad}).status_code == 422
    assert ask(tr, "POST", path, {"signature": sign_text(draft["text"], signer).line()}).status_code == 201


def test_a_draft_is_withdrawn(nodes: LiveNodes) -> None:
    """Whoever takes it back leaves nothing of it, and nobody can sign it any more."""
    tr = nodes["TR"]
    draft = waiting(tr, "RL-3")
    done = cli(tr, "draft", "withdraw", draft["id"])
    assert done.exit_code == 0, done.output
    assert ask(tr, "GET", f"drafts/{draft['id']}").status_code == 404
    assert ask(tr, "DELETE", f"drafts/{draft['id']}").status_code == 404
    assert ask(tr, "POST", f"drafts/{draft['id']}/signatures", {}).status_code == 404
    assert draft["id"] not in cli(tr, "draft", "list").output


def test_a_draft_waits_over_a_restart(nodes: LiveNodes) -> None:
    """A node that starts again still holds what waits, byte for byte."""
    tr = nodes["TR"]
    draft = waiting(tr, "RL-4")
    tr.stop()
    tr.start()
    again = ask(tr, "GET", f"drafts/{draft['id']}").json()
    assert {**again, "as_of": None} == {**draft, "as_of": None}


def test_a_node_that_shows_something_else_is_caught(monkeypatch: pytest.MonkeyPatch, nodes: LiveNodes) -> None:
    """The second officer's program believes the bytes, not the node: another body, or another act, is refused."""
    tr = nodes["TR"]
    draft = waiting(tr, "RL-5")
    key, genesis = tr.folder.parent / "releasing/TR-officer-3.key", tr.folder / "genesis.note"
    words = ("draft", "sign", draft["id"], "--key", str(key), "--genesis", str(genesis))
    body, honest = draft["bodies"][0], Line.get
    harmless = {**draft, "bodies": [{**body, "body": body["body"].replace("None is", "All is")}]}
    elsewhere = {**draft, "text": draft["text"].replace('"expires":1', '"expires":2')}
    for lie, said in (
        (harmless, "shows something else"),
        (elsewhere, "another act"),
        ({**draft, "bodies": []}, "every"),
    ):
        told = {("drafts", draft["id"]): lie}
        monkeypatch.setattr(Line, "get", lambda line, *path, told=told, **q: told.get(path) or honest(line, *path, **q))
        done = cli(tr, *words, typed="SIGN\n")
        assert (done.exit_code, said in done.output) == (2, True), (done.output, done.exception)
    monkeypatch.undo()
    assert json.loads(cli(tr, "draft", "show", draft["id"], "--json").stdout)["signed"] == draft["signed"]


def test_another_channel_s_act_is_not_signed(nodes: LiveNodes, tmp_path: Path) -> None:
    """With the genesis of another channel in hand, an officer signs nothing of this one."""
    from clearline.testing.members import founded_channel

    tr = nodes["TR"]
    draft = waiting(tr, "RL-6")
    (tmp_path / "other.note").write_bytes(founded_channel().roster.note)
    key = tr.folder.parent / "releasing/TR-officer-3.key"
    words = ("draft", "sign", draft["id"], "--key", str(key))
    done = cli(tr, *words, "--genesis", str(tmp_path / "other.note"), typed="SIGN\n")
    assert (done.exit_code, "another channel" in done.output) == (2, True)
    done = cli(tr, *words, typed="SIGN\n")
    assert (done.exit_code, "--genesis" in done.output) == (2, True)


# In memory: what needs a clock, or many drafts


@pytest.fixture
def side() -> Side:
    return Side(seed="drafts")


def drafted(side: Side, reference: str = "RL") -> Draft:
    from dataclasses import replace

    desk = replace(side.desk("TR"), beside=())
    done = draft_or_submit(desk, replace(LINE, reference=reference), ["IL"])
    assert isinstance(done, Draft)
    return done


def line(side: Side, draft: Draft, officer: str) -> str:
    return sign_text(draft.text, side.nodes["TR"].keys.officers[officer]).line()


def test_a_draft_expires(side: Side) -> None:
    """Past its time nobody can sign it, it is listed no more, and the next act sweeps it away."""
    draft = drafted(side)
    node = side.nodes["TR"]
    side.at = draft.header.expires
    assert drafts.waiting(node, at=side.at) == (draft,)
    side.later(1)
    assert drafts.waiting(node, at=side.at) == ()
    with pytest.raises(DraftExpired):
        drafts.sign(node, draft.id, line(side, draft, "2"), at=side.at)
    drafted(side, "RL-2")
    assert draft.id not in node.drafts
    assert node.own("main").size == 0


def test_the_second_key_of_one_officer_is_one_person(side: Side) -> None:
    """An officer with two good keys signs once."""
    node = side.nodes["TR"]
    also = new_signer(side, "TR", "officer/1")
    say_event(side, "TR", key_event(side, "TR", Event.GRANT, "officer/1", also.public.raw), "1", "2")
    draft = drafted(side)
    with pytest.raises(SamePerson):
        drafts.sign(node, draft.id, sign_text(draft.text, also).line(), at=side.at)
    with pytest.raises(UnknownSigner):
        drafts.sign(node, draft.id, sign_text(draft.text, node.keys.main).line(), at=side.at)
    done = drafts.sign(node, draft.id, line(side, draft, "2"), at=side.at)
    assert not isinstance(done, Draft) and done.entry.officers == {"1", "2"}
    assert node.drafts == {}


def test_a_key_revoked_meanwhile_makes_a_draft_void(side: Side) -> None:
    """If the first officer's key is revoked while the draft waits, the second signature does not make it stand."""
    node = side.nodes["TR"]
    draft = drafted(side)
    revoked = key_event(side, "TR", Event.REVOKE, "officer/1", node.keys.officers["1"].public.raw)
    say_event(side, "TR", revoked)
    with pytest.raises(drafts.KeyNotGood):
        drafts.sign(node, draft.id, line(side, draft, "2"), at=side.at)
    assert not node.picture.areas


def test_drafts_are_bounded_and_kept(side: Side) -> None:
    """A desk cannot fill the memory with drafts; those that wait come back from the store."""
    from clearline.errors import Unavailable

    for number in range(drafts.DRAFTS_MAX):
        drafted(side, f"RL-{number}")
    with pytest.raises(Unavailable):
        drafted(side, "one more")
    side.keep("TR")
    before = side.nodes["TR"].drafts
    assert side.restart("TR").drafts == before
    assert placed(side.desk("TR").state_area(LINE)).entry.officers == {"1", "2"}
