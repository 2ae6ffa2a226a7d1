"""`clearline notice`: file, read, amend and acknowledge notices at a running node.

Exit 0: done. 1: done, and something needs an eye: conflicts were found (a notice that was filed IS filed all the
same), or a read-back differs. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from clearline.errors import Malformed, Said
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.notice_answers import passed_on, position, read_back, seen
from clearline.faces.cli.notice_given import capitals, clock_now, one_notice
from clearline.faces.cli.officer import NEEDS_AN_EYE, Line, at_a_node, ending, line_to, read_input, tell

if TYPE_CHECKING:
    pass

DONE = {"withdraw": "WITHDRAWN", "activate": "ACTIVATED", "complete": "COMPLETED", "overrun": "OVERRUN"}
STATES = ("planned", "in_force", "active", "overrun", "over", "completed", "withdrawn")
GEOJSON = "application/geo+json"
SEES = {"full": "the whole notice", "area_only": "its area only", "nothing": "nothing"}


@click.group(
    cls=InOrder,
    order=(
        *("list", "show", "conflicts", "dictate", "file", "amend", "activate", "overrun", "complete", "withdraw"),
        *("seen", "read-back", "passed-on", "position"),
        *("area-only", "disclose", "erase"),
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """File, read, amend and acknowledge notices at a running node.

    Silence is not consent; acknowledged is not agreed; agreed is not permitted.

    Exit status: 0 done; 1 done, and conflicts were found (what was filed IS filed) or a read-back differs; 2 refused
    or bad input, nothing was said; 3 the node cannot be reached.
    """


@command.command("file")
@click.argument("file", metavar="FILE")
@click.option("--audience", metavar="IL,TR", help="Members that are shown it whole.  [the parties]")
@click.option("--area-only", multiple=True, metavar="ID", help="A member that is told its area only; repeat.")
@click.option("--dictated-at", metavar="TIME", help="When it was dictated over another line before (RFC 3339).")
@click.option("--dry-run", is_flag=True, help="Show what each member would see; nothing is filed.")
@at_a_node
def file_(
    file: str,
    audience: str | None,
    area_only: tuple[str, ...],
    dictated_at: str | None,
    dry_run: bool,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """File the notice in FILE (GeoJSON of exactly one notice; - reads standard input)."""
    with ending("clearline notice file"):
        raw, line = read_input(file), line_to(url, token_file, as_json)
        one_notice(raw, file)
        less = ",".join(one.strip().upper() for one in area_only)
        query = {name: value for name, value in (("audience", audience), ("area_only", less)) if value}
        if dry_run:
            answer = json.loads(line.raw("POST", "notices", "preview", body=raw, query=query, media=GEOJSON))
            if as_json:
                _as_json(answer)
            tell([f"{one['member']}: {SEES[one['sees']]}" for one in answer["members"]])
            tell(["Nothing was filed, and nobody was told."])
            return
        _file(line, raw, {**query, "dictated_at": dictated_at} if dictated_at else query)


@command.command()
@click.argument("reference")
@click.option("--to", required=True, metavar="IL,TR", help="Members that are shown it whole from now on.")
@at_a_node
def disclose(reference: str, to: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show the revision that stands of a notice of one's own whole to more members."""
    with ending("clearline notice disclose"):
        line = line_to(url, token_file, as_json)
        members = [one.strip().upper() for one in to.split(",") if one.strip()]
        answer = line.post("notices", line.get("health")["member"], reference, "disclosures", body={"members": members})
        if as_json:
            _as_json(answer)
        tell([f"DISCLOSED  {reference} to {', '.join(members)}, as {_placed(answer)}"])


@command.command()
@click.argument("reference")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays in the record, so it names no person.")
@at_a_node
def erase(reference: str, reason: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Have every body of a notice of one's own destroyed at all members, at a typed word alone.

    The agreement says whose notices may be erased, and when. Header and commitment stay, so the log still proves
    itself; the words are gone for good.
    """
    from clearline.faces.cli import notice_dictated

    with ending("clearline notice erase"):
        line = line_to(url, token_file, as_json)
        if not notice_dictated.confirmed("ERASE", f"{reference} for good, at every member"):
            raise Malformed(where="confirmation", found=Said("no ERASE"), expected="the word ERASE; nothing was said")
        answer = line.post("notices", line.get("health")["member"], reference, "erasure", body={"reason": reason})
        if as_json:
            _as_json(answer)
        tell([f"ERASED  {reference}, as {_placed(answer)}"])


@command.command("area-only")
@at_a_node
def area_only_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List the notices of which this member was told the area only; nothing of them is exact."""
    with ending("clearline notice area-only"):
        answer = line_to(url, token_file, as_json).get("area-only")
        if as_json:
            _as_json(answer)
        for one in answer["notices"]:
            tell([f"{one['party']} {one['notice']}  revision {one['revision']}, {one['state']}", f"  {one['words']}"])
            for area in one["areas"]["features"]:
                lon, lat = area["geometry"]["coordinates"]
                what = area["properties"]
                tell(
                    [
                        f"  within {what['radius_m'] / 1000:g} km of {lat:.1f}, {lon:.1f}; {what['lower']} to "
                        f"{what['upper']}; {what['start']} to {what['end']}"
                    ]
                )
        tell([f"{len(answer['notices'])} told as area only."])


def _placed(answer: dict[str, Any]) -> str:
    return f"{answer['entry']['log']} entry {answer['entry']['index']}"


@command.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--accepts", metavar="ENTRY", help="Entry id of the proposal that this amendment takes up.")
@at_a_node
def amend(file: str | None, accepts: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Replace a notice of one's own by FILE; its ladder starts anew.

    Without FILE the proposal that --accepts names is taken up as it stands: shown in words first, and amended at a
    typed word alone. `clearline notice show` prints the entry id of a proposal.
    """
    from clearline.faces.cli import notice_dictated

    with ending("clearline notice amend"):
        if file is None and accepts is None:
            expected = "a notice file, or --accepts ENTRY to take up a proposal as it stands"
            raise Malformed(where="FILE", found=Said("nothing"), expected=expected)
        line = line_to(url, token_file, as_json)
        raw = (
            read_input(file) if file is not None else notice_dictated.as_proposed(line, accepts or "", now=clock_now())
        )
        draft = one_notice(raw, file or "the proposal")
        if file is None and not notice_dictated.confirmed("AMEND", f"{draft.notice} so"):
            raise Malformed(where="confirmation", found=Said("no AMEND"), expected="the word AMEND; nothing was said")
        doubts = line.doubts()
        query = {"accepts": accepts} if accepts else {}
        answer = line.raw("PUT", "notices", draft.notice, body=raw, query=query, media=GEOJSON)
        _told_filed(line, answer, "AMENDED", doubts)


@command.command("list")
@click.option("--state", metavar="STATE,…", help=f"Only these states: {', '.join(STATES)}.")
@click.option("--party", callback=capitals, metavar="ID", help="Only this party's.")
@at_a_node
def list_(state: str | None, party: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """List notices, soonest first."""
    from clearline.channel.view import SILENCE
    from clearline.faces import words
    from clearline.faces.cli import officer_words as say

    with ending("clearline notice list"):
        line = line_to(url, token_file, as_json)
        query = {name: value for name, value in (("state", state), ("party", party)) if value}
        answer, found = line.all("notices", items="notices", query=query)
        if as_json:
            _as_json({**answer, "notices": found})
        tell(say.listed(found, now=say.now_of(answer)))
        if not found and party:
            _known(line, party)
        asked = f" of {party}" if party else ""
        asked += f" in state {state}" if state else ""
        tell([*line.doubts(), f"{words.count(len(found), 'notice')}{asked}. {say.as_of(answer)}", SILENCE])


@command.command()
@click.argument("party", callback=capitals)
@click.argument("reference")
@at_a_node
def show(party: str, reference: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show one notice with its ladder and what it meets."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline notice show"):
        line = line_to(url, token_file, as_json)
        answer = line.get("notices", party, reference)
        if as_json:
            _as_json(answer)
        tell(line.doubts())
        tell(say.shown(answer))


@command.command()
@click.option("--all", "everything", is_flag=True, help="The past too.")
@at_a_node
def conflicts(everything: bool, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show conflicts in force and to come; exit 1 where there are any."""
    from clearline.faces import words
    from clearline.faces.cli import officer_words as say

    with ending("clearline notice conflicts"):
        line = line_to(url, token_file, as_json)
        answer = line.get("conflicts", **({"all": "true"} if everything else {}))
        if not as_json:
            tell(say.met(answer, now=say.now_of(answer)))
            partial = "" if answer["complete"] else "THIS ANSWER IS NOT COMPLETE. "
            found = words.count(len(answer["conflicts"]), "conflict")
            tell([*line.doubts(), f"{partial}{found}. {say.as_of(answer)}", words.NO_PERMISSION, words.PLACEHOLDERS])
        else:
            click.echo(json.dumps(answer, ensure_ascii=False))
        sys.exit(NEEDS_AN_EYE if answer["conflicts"] else 0)


def _steps() -> None:
    """Make the commands of the owner's steps: they differ in one word."""
    about = {
        "withdraw": "Withdraw a notice of one's own: it will not be done.",
        "activate": "Say that the activity of one's own notice has begun.",
        "complete": "Say that the activity of one's own notice has ended; refused while nobody said that it began and "
        "its window is yet to come.",
    }
    for word, help_ in about.items():

        def step(
            reference: str, reason: str, url: str, token_file: Path | None, as_json: bool, *, word: str = word
        ) -> None:
            _step(word, reference, {"reason": reason}, url, token_file, as_json)

        made = at_a_node(click.option("--reason", default="", metavar="TEXT", help="Why.")(step))
        command.command(word, help=help_)(click.argument("reference")(made))


_steps()


@command.command()
@click.argument("reference")
@click.option("--until", required=True, metavar="TIME", help="1430Z, tomorrow 0600Z, or RFC 3339.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@at_a_node
def overrun(reference: str, until: str, reason: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Say until when the activity of one's own notice overruns."""
    from clearline.faces.cli import dictation
    from clearline.volumes.instant import format_instant

    with ending("clearline notice overrun"):
        at = format_instant(dictation.time(until, now=clock_now(), where="--until"))
    _step("overrun", reference, {"reason": reason, "until": at}, url, token_file, as_json)


@command.command()
@click.option("--audience", metavar="IL,TR", help="Members that may read it.  [the parties]")
@at_a_node
def dictate(audience: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """File a notice by dictation: each value is asked for, read back in words, and filed at a typed word alone."""
    from clearline.faces.cli import notice_dictated

    with ending("clearline notice dictate"):
        line = line_to(url, token_file, as_json)
        raw = notice_dictated.notice(line, now=clock_now())
        if not notice_dictated.confirmed("FILE", "this notice"):
            raise Malformed(where="confirmation", found=Said("no FILE"), expected="the word FILE; nothing was filed")
        _file(line, raw, {"audience": audience} if audience else {})


def _file(line: Line, raw: bytes, query: dict[str, str]) -> NoReturn:
    doubts = line.doubts()
    _told_filed(line, line.raw("POST", "notices", body=raw, query=query, media=GEOJSON), "FILED", doubts)


def _told_filed(line: Line, raw: bytes, what: str, doubts: list[str]) -> NoReturn:
    from clearline.faces.cli import officer_words as say

    answer = json.loads(raw)
    if line.as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        tell(say.filed(answer, what, doubts))
    sys.exit(NEEDS_AN_EYE if answer["conflicts"] else 0)


def _step(word: str, reference: str, body: dict[str, str], url: str, token_file: Path | None, as_json: bool) -> None:
    from clearline.faces import words
    from clearline.faces.cli import officer_words as say

    with ending(f"clearline notice {word}"):
        line = line_to(url, token_file, as_json)
        doubts = line.doubts()
        answer = line.post("notices", reference, "steps", body={"step": word, **body})
        if as_json:
            _as_json(answer)
        tell([f"{DONE[word]}  {reference}: {say.place_of(answer['entry'])}"])
        one = _own(line, reference)
        start = say.instant(one["start"])
        if word == "activate" and say.now_of(answer) < start:
            filed = f"the window that was filed begins at {words.zulu_short(start, now=say.now_of(answer))}"
            tell([f"▲ Before its time: {filed}. What is done before is not covered: amend the notice."])
        met = one["conflicts"] if word in ("activate", "overrun") else []
        if met:
            tell([f"▲ CONFLICT {', '.join(met)} (clearline notice conflicts)"])
        tell([*doubts, say.as_of(answer)])
        sys.exit(NEEDS_AN_EYE if met and word == "overrun" else 0)


def _own(line: Line, reference: str) -> dict[str, Any]:
    """Return a notice of the node's own member as it stands."""
    found: dict[str, Any] = line.get("notices", line.get("health")["member"], reference)["notice"]
    return found


def _known(line: Line, party: str) -> None:
    """Refuse the id of no member: an empty list of a mistyped party reads as if it had filed nothing."""
    health = line.get("health")
    members = sorted([health["member"], *(one["member"] for one in health["lines"])])
    if party not in members:
        raise Malformed(where="--party", found=party, expected=f"a member of this channel: {', '.join(members)}")


def _as_json(answer: Any) -> NoReturn:
    click.echo(json.dumps(answer, ensure_ascii=False))
    sys.exit(0)


for _answered in (seen, read_back, passed_on, position):
    command.add_command(_answered)
