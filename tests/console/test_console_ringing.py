"""What rings stands above everything, dialogs too: at who is to cease, at who is hit, and at the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from clearline.bootstrap import randomness
from clearline.records.genesis import Role
from clearline.testing.axe import violations
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.volumes.instant import Instant

Make = Callable[..., Desk]

ON_TOP = """selector => {
  const one = document.querySelector(selector);
  one.scrollIntoView({block: 'nearest'});
  const box = one.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return one === at || one.contains(at);
}"""
"""Whether the middle of an element is what a pointer would meet there: nothing lies over it, and it is not inert."""

LISTEN = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
}"""
"""Count the tones that the page sounds from now on."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR", ("AZ", Role.HOST))) as held:
        yield held


def ask(node: LiveNode, method: str, path: str, body: Any = None) -> Any:
    url = f"{node.url}/api/v1/{path}"
    answer = httpx.request(method, url, json=body, headers=node.headers, trust_env=False, timeout=20)
    assert answer.status_code < 300, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
def nothing_rings(nodes: LiveNodes) -> None:
    """Answer what an earlier test left ringing, so that each finds quiet desks."""
    for member in ("IL", "TR"):
        for one in ask(nodes[member], "GET", "alerts?count=100")["alerts"]:
            if any(to.split("/")[0] == member for to in one["to"]) and one["cancelled"] is None and not one["answers"]:
                word = "not_us" if one["sort"] == "stop_fire" else "understood"
                ask(nodes[member], "POST", f"alerts/{one['said']['entry']['id']}/answers", {"answer": word})
    until(lambda: not ask(nodes["AZ"], "GET", "inbox")["envelopes"], "the host knows that it is over")
    for member in ("IL", "TR"):
        alerts = ask(nodes[member], "GET", "alerts?count=100")["alerts"]
        ids = [one["said"]["entry"]["id"] for one in alerts if one["cancelled"] is None]
        until(partial(every_answered, nodes[member], ids), "the sender knows the answer")


def every_answered(node: LiveNode, ids: list[str]) -> bool:
    return all(alert(node, of)["answers"] for of in ids)


def alert(node: LiveNode, of: str) -> Any:
    (found,) = [a for a in ask(node, "GET", "alerts?count=100")["alerts"] if a["said"]["entry"]["id"] == of]
    return found


def pass_over(node: LiveNode) -> None:
    """Let a minute pass by the node's clock: whoever has not seen a stop-fire by then is passed over."""
    node.do(lambda held, at: held.tick(at=Instant(at + 61_000), random=randomness))


def heard_by_a_reader(desk: Desk) -> list[str]:
    """Return the names of the alerts that the browser gives to assistive technology."""
    session = desk.page.context.new_cdp_session(desk.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [n.get("name", {}).get("value", "") for n in nodes if not n["ignored"] and n["role"]["value"] == "alert"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_rings_stands_above_an_open_dialog(desks: Make, nodes: LiveNodes, language: str) -> None:
    """Both sides may be under fire: what the other says is read, heard and answered beside what is being typed."""
    desk = desks("TR", "record", language=language)
    page = desk.page
    page.keyboard.press("F9")
    page.wait_for_selector("dialog[open]")
    field = page.locator("dialog input[maxlength='200']")
    field.fill("the western fence")
    of = ask(nodes["IL"], "POST", "stop-fire", {"to": ["TR"], "place": "T4"})["entry"]["id"]
    page.wait_for_selector("[data-mark=rings] [data-act=alert-seen]")
    assert page.evaluate("() => document.activeElement.value") == "the western fence", "the hand stays where it types"
    assert len(heard_by_a_reader(desk)) == 1, "it is said aloud"
    for act in ("alert-seen", "answer-ceased", "answer-not_us", "answer-cannot_confirm"):
        assert page.evaluate(ON_TOP, f"[data-act={act}]"), f"{act} lies above the dialog"
    assert page.evaluate(ON_TOP, "[data-act=stop-fire-send]"), "the dialog can be used beneath it"
    page.set_viewport_size({"width": 320, "height": 640})
    for act in ("alert-seen", "answer-cannot_confirm", "stop-fire-send"):
        page.focus(f"[data-act={act}]")
        assert page.evaluate(ON_TOP, f"[data-act={act}]"), f"{act} is reached on a small screen"
    page.set_viewport_size({"width": 1500, "height": 950})
    assert not page.evaluate(ON_TOP, "nav a"), "what stands behind the dialog cannot be pressed by mistake"
    assert violations(desk) == []
    page.click("[data-act=alert-seen]")
    until(lambda: alert(nodes["IL"], of)["seen"], "the other side learns that it was seen")
    page.wait_for_selector("[data-act=answer-ceased]:not(:disabled)")
    field.focus()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("() => document.activeElement.matches('[data-act=answer-ceased]')"):
            break
    page.keyboard.press("Enter")
    assert alert(nodes["IL"], of)["answers"] == [], "an answer binds: one press of a key is none"
    desk.hold_key("[data-act=answer-ceased]")
    until(lambda: [a["answer"] for a in alert(nodes["IL"], of)["answers"]] == ["ceased"], "it is answered by keyboard")
    assert page.locator("dialog[open]").count() == 1
    assert field.input_value() == "the western fence"
    receipt = page.locator(".receipt p").inner_text()
    assert "IL" in receipt and (language != "en" or "Ceased" in receipt), "the receipt says which word, to whom"
    field.press("Enter")
    assert page.locator("dialog[open]").count() == 1, "Enter neither sends nor hides what was typed"
    desk.hold("stop-fire-send")
    page.wait_for_selector("[data-mark=sounded]")
    assert page.evaluate(ON_TOP, "[data-act=stop-fire-send]"), "it can be sent again at once"
    page.keyboard.press("Escape")
    until(lambda: page.locator("dialog[open]").count() == 0, "the dialog is gone")
    assert "the western fence" in page.inner_text("[data-mark=sounded]") or language != "en"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_host_is_rung_until_a_position_has_called(desks: Make, nodes: LiveNodes, language: str) -> None:
    """A silence that is passed to the host stands above every view there, counts in a tab, and has its act."""
    desk = desks("AZ", "record", language=language)
    page = desk.page
    of = ask(nodes["IL"], "POST", "stop-fire", {"to": ["TR"]})["entry"]["id"]
    pass_over(nodes["IL"])
    bar = page.locator("[data-mark=rings] [data-mark=envelope]")
    bar.wait_for()
    for party in ("IL", "TR"):
        assert party in bar.inner_text()
    assert len(heard_by_a_reader(desk)) == 1
    assert "▲" in page.inner_text("[data-count=inbox]")
    assert violations(desk) == []
    bar.locator("[data-act=envelope-call]").click()
    until(lambda: bar.count() == 0, "it rings no more once a position has called")
    assert page.locator("[data-count=inbox]").count() == 1, "it is not over yet"
    desk.go("inbox")
    page.wait_for_selector("[data-mark=told] [data-mark=called]")
    (told,) = ask(nodes["AZ"], "GET", "inbox")["envelopes"]
    (message,) = [
        m for m in ask(nodes["TR"], "GET", "messages")["messages"] if m["about"] == told["said"]["entry"]["id"]
    ]
    assert message["said"]["member"] == "AZ" and set(message["to"]) == {"IL", "TR"}
    ask(nodes["TR"], "POST", f"alerts/{of}/seen", {})
    until(lambda: page.locator("[data-mark=told]").count() == 0, "the host learns that it is over")
    ask(nodes["TR"], "POST", f"alerts/{of}/answers", {"answer": "ceased"})


@pytest.mark.parametrize("language", ["en", "he"])
def test_ones_own_stop_fire_stays_until_it_is_answered(desks: Make, nodes: LiveNodes, language: str) -> None:
    """Who is hit sees above every view to whom it went, its age, who has seen it, how far it went, and the answer."""
    desk = desks("IL", "record", language=language)
    page = desk.page
    page.keyboard.press("F9")
    page.locator("dialog select").first.select_option("TR")
    desk.hold("stop-fire-send")
    page.keyboard.press("Escape")
    own = page.locator("[data-mark=sounded]")
    own.wait_for()
    desk.go("lines")
    assert "TR" in own.inner_text()
    age = own.locator("[role=timer]").inner_text()
    until(lambda: own.locator("[role=timer]").inner_text() != age, "its age counts")
    pass_over(nodes["IL"])
    until(lambda: "AZ" in own.inner_text(), "it says to whom it was passed on")
    of = ask(nodes["IL"], "GET", "alerts")["alerts"][0]["said"]["entry"]["id"]
    assert own.locator("[data-mark=unseen]").count() == 1
    ask(nodes["TR"], "POST", f"alerts/{of}/seen", {})
    until(lambda: own.locator("[data-mark=unseen]").count() == 0, "it says who has seen it")
    page.evaluate(LISTEN)
    ask(nodes["TR"], "POST", f"alerts/{of}/answers", {"answer": "cannot_confirm"})
    answered = own.locator("[role=alert] [data-mark=answered]")
    answered.wait_for()
    assert "TR" in answered.inner_text() and (language != "en" or "Cannot confirm" in answered.inner_text())
    assert page.evaluate("() => window.tones") > 0, "the answer is heard"
    assert violations(desk) == []
    own.locator("[data-act=sounded-close]").click()
    until(lambda: own.count() == 0, "what was answered leaves when it has been read")
    of = ask(nodes["IL"], "POST", "stop-fire", {"to": ["TR"]})["entry"]["id"]
    own.wait_for()
    desk.hold("sounded-cancel")
    until(lambda: own.count() == 0, "what is taken back stands no more")
    assert alert(nodes["IL"], of)["cancelled"] is not None


def test_a_long_flash_keeps_its_act_in_sight(desks: Make, nodes: LiveNodes) -> None:
    """However much is said, what is to be pressed is on the screen, and the alerts that a hand unfolded stay so."""
    of = ask(nodes["IL"], "POST", "alerts", {"sort": "stray", "to": ["TR"]})["entry"]["id"]
    until(lambda: ask(nodes["TR"], "GET", "alerts")["alerts"], "it has arrived")
    ask(nodes["TR"], "POST", f"alerts/{of}/answers", {"answer": "understood"})
    desk = desks("TR", "hotline")
    page = desk.page
    folded = page.locator("details:has([data-alert])")
    folded.wait_for()
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    text = "W" * 600 + "\n" * 30 + "END"
    ask(nodes["IL"], "POST", "messages", {"to": ["TR"], "precedence": "FLASH", "text": text})
    page.wait_for_selector("[data-mark=flash]")
    box = page.locator("[data-act=flash-seen]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 475, "in the upper half of the screen"
    assert page.evaluate(ON_TOP, "[data-act=flash-seen]")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(ON_TOP, "[data-act=flash-seen]")
    page.click("[data-act=flash-seen]")
    until(lambda: page.locator("[data-mark=flash]").count() == 0, "it rings no more")
    assert page.locator("details[open] [data-alert]").count() > 0, "what was unfolded by hand stays unfolded"


def test_a_flood_pushes_no_stop_fire_off_the_desk(desks: Make, nodes: LiveNodes) -> None:
    """However many alerts come after it, what rings stands until it is seen."""
    of = ask(nodes["IL"], "POST", "stop-fire", {"to": ["TR"], "place": "before the flood"})["entry"]["id"]
    for _ in range(51):
        ask(nodes["IL"], "POST", "alerts", {"sort": "stray", "to": ["TR"]})
    until(lambda: ask(nodes["TR"], "GET", "alerts")["total"] >= 52, "all of them have arrived")
    desk = desks("TR", "record")
    rings = desk.page.locator("[data-mark=rings]")
    first = rings.locator(".one").first
    until(lambda: first.count() and "before the flood" in first.inner_text(), "the stop-fire stands above the others")
    assert alert(nodes["TR"], of)["ringing"]
