"""The fictional opening day, as the watch officers of five members play it, each at its own node over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from clearline.errors import Unavailable
from clearline.faces.demonstration import statements
from clearline.faces.demonstration.calling import Officer, part
from clearline.faces.demonstration.second_person import bind
from clearline.faces.demonstration.telling import Teller, conflict_lines, touch_lines
from clearline.faces.demonstration.traffic import MARK, Clock, Traffic, read_back_of

HEARD_WITHIN_S = 20.0
"""Seconds in which what one member says must be at another; on one machine it takes some hundredths."""

AID = "TR,IL,AZ"
"""Who reads the humanitarian notices: the parties and the host."""

File = dict[str, Any]


class Day:
    """Plays the day: five officers, one clock, and a teller of what happens."""

    def __init__(
        self, officers: Mapping[str, Officer], clock: Clock, teller: Teller, pause: Callable[[float], None]
    ) -> None:
        """Prepare; `pause` lets seconds pass while something is waited for, and may raise to end the day."""
        self._at = officers
        self._clock, self._teller, self._pause = clock, teller, pause
        self._traffic = Traffic(clock)
        self._entries: dict[str, str] = {}

    def play(self) -> None:
        """Play the whole day.

        Raises:
            ClearlineError: A node refused an act, or something did not arrive.
        """
        for chapter in (
            self._agreement,
            self._statements,
            self._deployment,
            self._aid,
            self._routine,
            self._overlap_at_t4,
            self._overlap_at_hama,
            self._words,
        ):
            self._pause(0)
            chapter()

    # The chapters of the day

    def _agreement(self) -> None:
        host = self._at["AZ"]
        self._teller.say("AZ", "proposes the agreement, with the default minima (placeholders)")
        proposal = bind(host, "agreement/proposals", {"terms": statements.terms()})["entry"]["id"]
        for member in ("TR", "IL", "SY", "UN"):
            officer = self._at[member]
            self._heard(officer, lambda o=officer: self._holds(o, proposal))  # type: ignore[misc]
            bind(officer, "agreement/assents", {"proposal": proposal})
            self._teller.say(member, "assents to the agreement")
        self._heard(host, lambda: self._assented(host, proposal) >= set(self._at))
        bind(host, "agreement/conclusions", {"proposal": proposal})
        self._teller.say("AZ", "concludes the agreement, quoting the assents")
        for officer in self._at.values():
            self._heard(officer, lambda o=officer: o.get("agreement")["in_force"] is not None)  # type: ignore[misc]
        self._teller.result("version 1 is in force at all five nodes")

    def _statements(self) -> None:
        for member, area in (
            ("UN", statements.area_of_separation(self._clock)),
            ("SY", statements.hmeimim(self._clock)),
            ("IL", statements.red_line(self._clock)),
        ):
            said = bind(self._at[member], "areas", area)["entry"]
            sort, two = ("red line", ", signed by two officers") if area["sort"] == "red_line" else ("zone", "")
            self._teller.say(member, f"states the {sort} {area['reference']}: {area['title']}{two}")
            for officer in self._at.values():
                self._heard(officer, lambda o=officer, s=said: s["id"] in _areas(o))  # type: ignore[misc]

    def _deployment(self) -> None:
        base = self._traffic.training_base
        self._file(base, "a training base at Palmyra, without targeting third countries")
        israel = self._at["IL"]
        self._receive("IL", base)
        held = israel.get(f"notices/TR/{_name(base)}")["notice"]
        self._teller.say("IL", f"sees {_name(base)}")
        self._teller.results(touch_lines(held))
        self._answer("IL", base, {"step": "seen"}, "")
        self._position("IL", base, "objection", "the base lies in the area of the red line IL-RL-01, revision 1")

    def _aid(self) -> None:
        camp, convoy = self._traffic.camp, self._traffic.convoy
        self._file(camp, "the observers' camp, a protected site, to the parties and the host", audience=AID)
        self._file(convoy, "an aid convoy Damascus–Homs–Hama, to the parties and the host", audience=AID)
        for member in ("TR", "IL"):
            self._receive(member, convoy)
            self._answer(member, convoy, {"step": "seen"}, "sees UN-C-002")
            self._position(member, convoy, "no_objection", "passed to all units on the road")

    def _routine(self) -> None:
        day = self._traffic
        for file, what in (
            (day.road_convoy, "a supply convoy Bab al-Salama–Aleppo"),
            (day.rescue_drill, "a rescue drill at Kuweires"),
            (day.sea_lane, "a supply ship to Latakia"),
        ):
            self._file(file, what)
        for file, what in (
            (day.patrol, "a patrol north of Quneitra, inside the area of separation"),
            (day.high_patrol, "a patrol at height over the Anti-Lebanon"),
        ):
            self._file(file, what)
        self._receive("IL", day.road_convoy)
        self._answer("IL", day.road_convoy, {"step": "seen"}, "sees TR-G-004")
        self._receive("TR", day.high_patrol)
        self._answer("TR", day.high_patrol, {"step": "seen"}, "sees IL-A-002")

    def _overlap_at_t4(self) -> None:
        ground, low = self._traffic.inspection, self._traffic.low_flight
        self._file(ground, "teams inspect the air base T4 (Tiyas)")
        self._receive("IL", ground)
        self._file(low, "two aircraft along a low corridor past T4")
        self._receive("TR", low)
        self._both_name(ground, low)
        self._read_back("IL", ground)
        self._read_back("TR", low)
        self._answer("TR", low, {"step": "passed_on", "level": "teams at T4"}, "passes IL-A-003 on to the teams at T4")
        later = self._traffic.later_low_flight
        self._propose("TR", low, later, "fly the corridor 2 h 10 min later, when the teams have left")
        self._teller.result("the proposal is open: Israel can accept it, or say otherwise")

    def _overlap_at_hama(self) -> None:
        flight, orbit = self._traffic.helicopters, self._traffic.orbit
        self._file(flight, "two helicopters Taftanaz–Hama")
        self._receive("IL", flight)
        self._file(orbit, "an uncrewed orbit south-west of Hama")
        self._receive("TR", orbit)
        self._both_name(flight, orbit)
        self._read_back("IL", flight)
        self._read_back("TR", orbit)
        higher = self._traffic.higher_orbit
        proposal = self._propose("TR", orbit, higher, "fly the orbit 1,500 ft higher")
        israel = self._at["IL"]
        self._heard(israel, lambda: self._proposed(israel, orbit) == proposal)
        amended = israel.put(f"notices/{_name(orbit)}?accepts={proposal}", higher)
        self._entries[_name(orbit)] = amended["entry"]["id"]
        self._teller.say("IL", f"accepts: amends IL-U-004 (revision {amended['revision']}) as proposed")
        self._teller.results(conflict_lines(amended))
        self._receive("TR", orbit)
        self._read_back("TR", orbit)
        self._position("TR", orbit, "no_objection", "as proposed")

    def _words(self) -> None:
        about = self._entries[_name(self._traffic.low_flight)]
        for member, message, more in (
            ("AZ", statements.LINE_CHECK, {}),
            ("TR", statements.ABOUT_THE_CORRIDOR, {"about": about}),
            ("IL", statements.ON_THE_CORRIDOR, {"about": about}),
            ("SY", statements.FROM_SYRIA, {}),
        ):
            said = self._at[member].post("messages", {**message, **more})["entry"]["id"]
            to = ", ".join(message["to"])
            self._teller.say(member, f"hotline to {to} ({message['language']}): {message['text']}")
            for reader in message["to"]:
                officer = self._at[reader]
                self._heard(officer, lambda o=officer, s=said: s in _messages(o))  # type: ignore[misc]

    # Acts

    def _file(self, file: File, what: str, *, audience: str = "") -> None:
        said = file["features"][0]["properties"]
        query = f"?audience={audience}" if audience else ""
        answer = self._at[said["party"]].post(f"notices{query}", file)
        self._entries[said["notice"]] = answer["entry"]["id"]
        self._teller.say(said["party"], f"files {said['notice']} ({said['activity']}): {what}")
        if answer["lateness"]["late"]:
            self._teller.result(answer["lateness"]["words"])
        self._teller.results(conflict_lines(answer))

    def _answer(self, member: str, file: File, value: dict[str, Any], told: str) -> Any:
        said = file["features"][0]["properties"]
        path = f"notices/{part(said['party'])}/{part(said['notice'])}/acknowledgements"
        answer = self._at[member].post(path, value)
        if told:
            self._teller.say(member, told)
        return answer

    def _read_back(self, member: str, file: File) -> None:
        name = _name(file)
        self._answer(member, file, {"step": "seen"}, "")
        held = self._at[member].get(f"notices/{part(name.partition('-')[0])}/{part(name)}")["notice"]
        answer = self._answer(member, file, read_back_of(held["notice_file"], held["said"]["entry"]["id"]), "")
        outcome = "it matches" if answer["matches"] else f"it differs: {answer['differences']}"
        self._teller.say(member, f"has seen {name} and reads it back: {outcome}")

    def _position(self, member: str, file: File, stance: str, reason: str) -> None:
        value = {"step": "position", "of": self._entries[_name(file)], "stance": stance, "reason": f"{MARK}: {reason}"}
        self._answer(member, file, value, f"takes a position on {_name(file)}: {stance.replace('_', ' ')}, {reason}")

    def _propose(self, member: str, file: File, changed: File, reason: str) -> str:
        of = self._entries[_name(file)]
        value = {"step": "position", "of": of, "stance": "proposal", "reason": f"{MARK}: {reason}", "proposal": changed}
        answer = self._answer(member, file, value, f"proposes on {_name(file)}: {reason}")
        return str(answer["entry"]["id"])

    # What the others hold

    def _receive(self, member: str, file: File) -> None:
        """Wait until a member's node holds the version of a notice that was filed last."""
        officer, name = self._at[member], _name(file)
        path = f"notices/{part(name.partition('-')[0])}/{part(name)}"

        def held() -> bool:
            answer = officer.find(path)
            return answer is not None and answer["notice"]["said"]["entry"]["id"] == self._entries[name]

        self._heard(officer, held)

    def _both_name(self, one: File, other: File) -> None:
        names = {_name(one), _name(other)}
        for member in ("TR", "IL"):
            officer = self._at[member]

            def named(officer: Officer = officer) -> bool:
                found = officer.get("conflicts")["conflicts"]
                return any({c["a"]["notice"], c["b"]["notice"]} == names for c in found)

            self._heard(officer, named)
        self._teller.result("both nodes name it, each found by its own engine")

    def _heard(self, officer: Officer, there: Callable[[], bool]) -> None:
        until = time.monotonic() + HEARD_WITHIN_S
        while not there():
            if time.monotonic() > until:
                raise Unavailable(f"something said did not reach {officer.member}'s node in {HEARD_WITHIN_S:.0f} s")
            self._pause(0.02)

    @staticmethod
    def _holds(officer: Officer, proposal: str) -> bool:
        return any(p["said"]["entry"]["id"] == proposal for p in officer.get("agreement")["proposals"])

    @staticmethod
    def _assented(officer: Officer, proposal: str) -> set[str]:
        for one in officer.get("agreement")["proposals"]:
            if one["said"]["entry"]["id"] == proposal:
                return set(one["assented"])
        return set()

    @staticmethod
    def _proposed(officer: Officer, file: File) -> str:
        name = _name(file)
        held = officer.get(f"notices/{part(name.partition('-')[0])}/{part(name)}")["notice"]
        for rung in held["ladder"]:
            if rung["position"] is not None and rung["position"]["stance"] == "proposal":
                return str(rung["position"]["said"]["entry"]["id"])
        return ""


def _name(file: File) -> str:
    return str(file["features"][0]["properties"]["notice"])


def _areas(officer: Officer) -> set[str]:
    return {one["said"]["entry"]["id"] for one in officer.get("areas")["areas"]}


def _messages(officer: Officer) -> set[str]:
    return {one["said"]["entry"]["id"] for one in officer.get("messages")["messages"]}
