"""The acts beside notices, each done at one desk and found at another member's: by real browser use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clearline.records.genesis import Role
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes, ask, running_nodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]
PLACE = {"places": "34.6N 38.2E", "reach": "5"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """Two parties and the host: what is passed on goes to a member without a seat."""
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR", ("AZ", Role.HOST))) as held:
        yield held


def found(node: LiveNode, path: str, name: str, wanted: Callable[[Any], bool], what: str) -> Any:
    """Return the first item of a list of another member's node that is wanted, once it is there."""
    held: list[Any] = []

    def there() -> bool:
        held[:] = [one for one in ask(node, "GET", path)[name] if wanted(one)]
        return bool(held)

    until(there, what)
    return held[0]


def sorted_to(desk: Desk, sort: str) -> None:
    desk.page.click(f"[data-sort={sort}]")


def refused_beside(desk: Desk, field: str, typed: str, words: str) -> None:
    """A field says in words what is wrong with what was typed, keeps it, and Enter does nothing."""
    desk.fill(**{field: typed})
    place = desk.page.locator(f"[data-field={field.replace('_', '-')}]")
    told = place.get_attribute("aria-describedby")
    assert told is not None and words in desk.page.inner_text(f"[id='{told}']")
    if place.evaluate("one => one.tagName") == "INPUT":
        place.press("Enter")
    assert place.input_value() == typed


def test_an_enquiry_is_asked_and_answered_in_part_and_finally(desk_of: Make, nodes: LiveNodes) -> None:
    """Asked at one desk, it waits at the other; a reply in part leaves it open, the final one closes it."""
    tr, il = desk_of("TR", "acts"), desk_of("IL", "acts")
    tr.unfold("Ask for an explanation")
    assert "Question" in tr.page.inner_text("details [data-mark=lacking]")
    refused_beside(tr, "places", "34.6 38.2", "Two bare numbers")
    tr.fill(**PLACE, start=at_minute(-120), end=at_minute(-60), enquiry_text="What flew here?")
    tr.page.check("details input[value=IL]")
    tr.go("watch")
    tr.go("acts")
    tr.unfold("Ask for an explanation")
    assert tr.page.input_value("[data-field=enquiry-text]") == "What flew here?"
    tr.hold("enquire")
    asked = '[aria-label="What flew here?"]'
    il.page.wait_for_selector(f"{asked} [data-field=reply]")
    il.page.fill(f"{asked} [data-field=reply]", "We are looking.")
    il.hold("reply-partial", asked)
    tr.page.wait_for_selector(f"{asked} >> text=We are looking.")
    il.page.fill(f"{asked} [data-field=reply]", "One aircraft of ours.")
    il.hold("reply-final", asked)
    one = found(
        nodes["TR"],
        "enquiries",
        "enquiries",
        lambda e: e["text"] == "What flew here?" and e["asked"][0]["state"] == "final",
        "the final reply is at the asker",
    )
    assert [reply["completeness"] for reply in one["asked"][0]["replies"]] == ["partial", "final"]


def test_it_is_said_whose_it_was_not(desk_of: Make, nodes: LiveNodes) -> None:
    """An attribution with its place and time reaches the other side, beside what contradicts it."""
    tr = desk_of("TR", "acts")
    sorted_to(tr, "attributions")
    tr.unfold("Say whose it was not")
    tr.fill(
        **PLACE, start=at_minute(-120), end=at_minute(-60), attribution_text="No aircraft of ours.", incident="INC-1"
    )
    tr.hold("attribute")
    one = found(nodes["IL"], "attributions", "attributions", lambda a: a["incident"] == "INC-1", "it has arrived")
    assert (one["sort"], one["text"]) == ("not_ours", "No aircraft of ours.")


def test_a_pair_is_offered_accepted_and_sealed(desk_of: Make, nodes: LiveNodes) -> None:
    """Both notices are cancelled together: the offer, the acceptance at the other desk, the seal."""
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-PAIR", start_min=300, end_min=330))
    ask(nodes["IL"], "POST", "notices", notice_file("IL", "IL-PAIR", start_min=310, end_min=340))
    until(lambda: len(ask(nodes["TR"], "GET", "notices?party=IL")["notices"]) > 0, "the other half is known")
    tr, il = desk_of("TR", "acts"), desk_of("IL", "acts")
    sorted_to(tr, "pairs")
    sorted_to(il, "pairs")
    tr.unfold("Offer a pair")
    refused_beside(tr, "pair_until", "2320", "needs its zone")
    refused_beside(tr, "pair_until", at_minute(-5), "has passed")
    tr.fill(pair_mine="TR-PAIR", pair_yours="IL-PAIR", pair_until=at_minute(120), pair_text="both or neither")
    tr.page.select_option("[data-field=pair-party]", "IL")
    tr.hold("pair")
    il.hold("pair-accept")
    tr.hold("pair-seal")
    one = found(nodes["IL"], "pairs", "pairs", lambda p: p["state"] == "sealed", "it is sealed at the other side")
    assert (one["mine"]["notice"], one["yours"]["notice"]) == ("TR-PAIR", "IL-PAIR")
    for node in (nodes["TR"], nodes["IL"]):
        until(lambda node=node: ask(node, "GET", "notices/TR/TR-PAIR")["notice"]["state"] == "withdrawn", "withdrawn")  # type: ignore[misc]


def test_a_meeting_is_called_and_its_minutes_are_agreed(desk_of: Make, nodes: LiveNodes) -> None:
    """Minutes are proposed by one, assented to by the other; agreed only when nobody is silent."""
    az, tr, il = desk_of("AZ", "acts"), desk_of("TR", "acts"), desk_of("IL", "acts")
    for desk in (az, tr, il):
        sorted_to(desk, "meetings")
    tr.page.click("[data-act=ask-host]")
    tr.page.wait_for_selector("[data-view=hotline]")
    tr.go("acts")
    az.unfold("Call a meeting")
    refused_beside(az, "meeting_at", "tomorrow", "needs its zone")
    az.fill(meeting_reference="M-1", meeting_at=at_minute(600), meeting_place="Baku", agenda="Palmyra\nThe line")
    az.page.check("details input[value=IL]")
    az.page.check("details input[value=TR]")
    az.hold("convene")
    meeting = '[aria-label="AZ/M-1"]'
    il.page.wait_for_selector(meeting)
    assert "The line" in il.page.inner_text(meeting)
    tr.page.wait_for_selector(f"{meeting} [data-field=minutes]")
    tr.page.fill(f"{meeting} [data-field=minutes]", "Agreed: nothing yet.")
    tr.hold("minute", meeting)
    il.hold("minutes-assent", meeting)
    minutes = found(
        nodes["TR"], "meetings", "meetings", lambda m: m["reference"] == "M-1" and m["minutes"][0]["agreed"], "agreed"
    )["minutes"][0]
    assert minutes["text"] == "Agreed: nothing yet." and minutes["silent"] == []


def test_an_entry_is_passed_on_from_the_record(desk_of: Make, nodes: LiveNodes) -> None:
    """The host, who has no seat between the parties, is shown one entry, and that it is what its author said."""
    message = ask(nodes["IL"], "POST", "messages", {"to": ["TR"], "text": "For your eyes."})["entry"]
    log = "log?log=IL/main&count=1000"
    found(nodes["TR"], log, "entries", lambda e: e["entry"]["id"] == message["id"], "it has arrived")
    tr = desk_of("TR", "record")
    tr.page.wait_for_selector("select option[value='IL/main']", state="attached")
    tr.page.select_option("select:has(option[value='IL/main'])", "IL/main")
    tr.page.locator("[data-act=entry-id]").nth(message["index"]).click()
    assert tr.page.inner_text("code[data-mark=entry-id]") == message["id"]
    with tr.page.expect_download() as download:
        tr.page.locator("a[download]").nth(message["index"]).click()
    assert download.value.path().read_text().startswith("c2sp.org/tlog-proof@v1")
    tr.page.click("[data-act=relay-this]")
    tr.page.wait_for_selector("[data-view=acts]")
    tr.unfold("Pass an entry on")
    assert tr.page.input_value("[data-field=relay-entry]") == message["id"]
    refused_beside(tr, "relay_entry", message["id"][:10], "64 digits")
    tr.fill(relay_entry=message["id"], relay_remarks="as asked")
    tr.page.check("details input[value=AZ]")
    tr.hold("relay")
    one = found(nodes["AZ"], "relayed", "relayed", lambda r: r["of"] == message["id"], "the host has it")
    assert (one["matches"], one["remarks"], one["author"]) == (True, "as asked", "IL")
    assert one["body"]["text"] == "For your eyes."


def second_signs(desk_of: Make, view: str, kind: str) -> Desk:
    """The second officer of TR logs in at the same node, reads the draft and signs it."""
    second = desk_of("TR", view, officer=2)
    card = f"[data-mark=draft][data-kind={kind}]"
    second.page.wait_for_selector(card)
    second.hold("draft-sign", card)
    until(lambda: second.page.locator(card).count() == 0, "it waits no more")
    return second


def test_a_red_line_takes_two_persons(desk_of: Make, nodes: LiveNodes) -> None:
    """Signed by one it is no entry; by two it stands at the other side, with its text and its version."""
    tr = desk_of("TR", "agreement")
    tr.unfold("State a zone")
    tr.fill(area_reference="TR-RL-9", area_title="No bases", area_text="No lasting base here.", **PLACE)
    tr.fill(start="2026-01-01T00:00:00Z")
    tr.hold("state-area")
    tr.page.wait_for_selector("[data-mark=draft]")
    assert ask(nodes["IL"], "GET", "areas")["areas"] == []
    second_signs(desk_of, "agreement", "area")
    one = found(nodes["IL"], "areas", "areas", lambda a: a["reference"] == "TR-RL-9", "it stands at the other side")
    assert (one["sort"], one["text"], one["revision"]) == ("red_line", "No lasting base here.", 1)


def test_terms_are_proposed_by_two_persons_and_read_as_before_and_after(desk_of: Make, nodes: LiveNodes) -> None:
    """What is changed is shown before it is said, and at the other side; a number that is none is refused."""
    tr, il = desk_of("TR", "agreement"), desk_of("IL", "agreement")
    tr.unfold("Propose changes")
    tr.page.fill("[data-field=lateral-0]", "-1")
    tr.page.wait_for_selector("[data-field=lateral-0][aria-invalid=true]")
    assert tr.page.locator("[data-act=propose]").is_disabled()
    tr.page.fill("[data-field=lateral-0]", "7")
    assert "7.00 NM" in tr.page.inner_text("[data-mark=terms-changes]")
    tr.hold("propose")
    second_signs(desk_of, "agreement", "agreement_proposal")
    il.page.wait_for_selector("section [data-mark=terms-changes]")
    assert "7.00 NM" in il.page.inner_text("section [data-mark=terms-changes]")
    assert il.page.locator("[data-act=assent]").count() == 1


def test_exchange_is_suspended_and_resumed_by_two_persons_each(desk_of: Make, nodes: LiveNodes) -> None:
    """The other side reads the reason and what is suspended; resumed, what came meanwhile is reconciled."""
    tr = desk_of("TR", "lines")
    assert "Stated reason" in tr.page.inner_text("[data-mark=lacking]")
    tr.page.check("fieldset input[value=AZ]")
    tr.page.check("[data-field=matter-enquiries]")
    tr.fill(suspend_reason="until it is explained")
    tr.hold("suspend")
    tr.page.wait_for_selector("[data-mark=draft]")
    second = second_signs(desk_of, "lines", "suspension")
    one = found(nodes["AZ"], "suspensions", "suspensions", lambda s: s["resumed"] is None, "it is known there")
    assert (one["reason"], one["matters"], one["said"]["member"]) == ("until it is explained", ["enquiries"], "TR")
    second.hold("resume")
    card = "[data-mark=draft][data-kind=resumption]"
    tr.page.wait_for_selector(card)
    tr.hold("draft-sign", card)
    found(nodes["AZ"], "suspensions", "suspensions", lambda s: s["resumed"] is not None, "it is resumed there")


def test_a_watch_is_handed_over_with_both_signatures(desk_of: Make, nodes: LiveNodes) -> None:
    """The outgoing officer names the incoming one, who takes over at the same node; the other side sees who stands."""
    first = desk_of("TR", "shift")
    first.hold("shift-begin")
    until(lambda: "TR/" in first.page.inner_text("[data-view=shift]"), "it has begun")
    refused_beside(first, "incoming", "1", "your own number")
    first.fill(incoming="2", shift_remarks="quiet night")
    first.hold("hand-over")
    second = desk_of("TR", "shift", officer=2)
    second.page.wait_for_selector("[data-act=take-over]")
    assert "quiet night" in second.page.inner_text("[data-view=shift]")
    second.hold("take-over")
    until(lambda: second.page.locator("[data-act=take-over]").count() == 0, "it is taken over")
    found(
        nodes["IL"],
        "log?log=TR/main&count=1000",
        "entries",
        lambda e: e["kind"] == "shift" and len(e["positions"]) == 2,
        "the other side holds the handover with both signatures",
    )
    there = ask(nodes["IL"], "GET", "shifts")["positions"]
    assert [p["staffed"] for p in there if (p["member"], p["position"]) == ("TR", "watch 1")] == [True]
