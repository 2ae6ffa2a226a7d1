"""`clearline check` from outside: exit codes, what stands on which stream, and the promised words."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from clearline.faces.cli import check

GROUND: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [38.32, 34.56]},
    "properties": {
        "party": "TR",
        "notice": "TR-0012",
        "activity": "ground",
        "start": "2026-11-22T12:00:00Z",
        "end": "2026-11-22T14:00:00Z",
        "lower": "SFC",
        "upper": "3000 ft AMSL",
        "radius_m": 5000,
    },
}
AIR: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[38.3, 34.3], [38.5, 34.9]]},
    "properties": {
        "party": "IL",
        "notice": "IL-0007",
        "activity": "air",
        "start": "2026-11-22T13:00:00Z",
        "end": "2026-11-22T15:00:00Z",
        "lower": "2000 ft AMSL",
        "upper": "FL195",
        "half_width_m": 5000,
    },
}


def changed(feature: dict[str, Any], **properties: Any) -> dict[str, Any]:
    made = copy.deepcopy(feature)
    made["properties"] |= properties
    return made


@pytest.fixture
def put(tmp_path: Path) -> Any:
    def write(name: str, *features: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return str(path)

    return write


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(check.command, list(arguments), input=given)


def test_a_conflict_is_found_and_said_in_words(put: Any) -> None:
    """Both references, the common time in Z, the gaps with their minima, the position; and what it is not."""
    got = run(put("a", GROUND), put("b", AIR))
    assert got.exit_code == 1, got.output
    for words in (
        "CONFLICT 1 of 1  C-",
        "IL IL-0007, volume 0: air, own presence, 2000 ft AMSL to FL195",
        "TR TR-0012, volume 0: ground, own presence, SFC to 3000 ft AMSL",
        "2026-11-22 13:00:00Z to 2026-11-22 14:00:00Z, 1 h in common",
        "lateral   they overlap; minimum 5.00 NM (9.26 km)",
        "34.5",
        "°N 38.3",
        "1 conflict found. Compared 2 notices with 2 volumes of 2 parties (IL, TR), between different parties.",
        "(the defaults of this command)",
        "gives no permission and promises no safety",
    ):
        assert words in got.stdout
    assert got.stderr == ""


def test_json_has_the_members_of_the_design(put: Any) -> None:
    """One object, in this order, with floats for figures and Z for times."""
    got = run(put("a", GROUND), put("b", AIR), "--json")
    assert got.exit_code == 1
    found = json.loads(got.stdout)
    assert list(found) == ["checked", "minima", "conflicts"]
    assert found["checked"] == {"notices": 2, "volumes": 2}
    assert got.stdout.startswith('{"checked": {"notices": 2, "volumes": 2}, "minima": {"lateral_m": 9260.0, ')
    assert found["minima"] == {"lateral_m": 9260.0, "vertical_m": 304.8, "time_s": 300.0}
    (one,) = found["conflicts"]
    assert list(one) == ["a", "b", "lateral_gap_m", "vertical_gap_m", "time_gap_s", "start", "end", "position"]
    assert one["a"] == {"party": "IL", "notice": "IL-0007", "volume": 0}
    assert one["b"] == {"party": "TR", "notice": "TR-0012", "volume": 0}
    assert (one["lateral_gap_m"], one["vertical_gap_m"], one["time_gap_s"]) == (0.0, 0.0, 0.0)
    assert (one["start"], one["end"]) == ("2026-11-22T13:00:00Z", "2026-11-22T14:00:00Z")
    assert one["position"] == pytest.approx([38.35, 34.56], abs=0.1)


def test_gaps_and_the_time_between_are_shown(put: Any) -> None:
    """Where windows do not meet, start and end are the gap between them."""
    late = changed(AIR, start="2026-11-22T14:03:00Z", end="2026-11-22T16:00:00Z")
    far = changed(late)
    far["geometry"]["coordinates"] = [[38.5, 34.3], [38.5, 34.9]]
    found = json.loads(run(put("a", GROUND), put("b", far), "--json").stdout)["conflicts"][0]
    assert found["time_gap_s"] == 180.0
    assert (found["start"], found["end"]) == ("2026-11-22T14:00:00Z", "2026-11-22T14:03:00Z")
    assert 5000 < found["lateral_gap_m"] < 9260
    words = run(put("a", GROUND), put("b", far)).stdout
    assert "not at one time; 3 min apart" in words
    assert " NM (" in words


def test_none_found_is_never_called_clear(put: Any) -> None:
    """The answer is 'No overlap found', with what was compared; exit 0."""
    got = run(put("a", GROUND), put("b", changed(AIR, start="2026-11-23T13:00:00Z", end="2026-11-23T14:00:00Z")))
    assert got.exit_code == 0
    assert "No overlap found. Compared 2 notices with 2 volumes of 2 parties (IL, TR)" in got.stdout
    assert "clear" not in got.stdout.lower().replace("clearline", "")
    assert "safe" not in got.stdout.lower().replace("no safety", "")
    empty = json.loads(run(put("c"), "--json").stdout)
    assert (empty["checked"], empty["conflicts"]) == ({"notices": 0, "volumes": 0}, [])


def test_minima_can_be_given(put: Any) -> None:
    """The minima given hold for every pair, in any of the units; a gap equal to one is separated."""
    a, b = put("a", GROUND), put("b", changed(AIR, start="2026-11-22T14:10:00Z", end="2026-11-22T16:00:00Z"))
    assert run(a, b, "--time", "10min").exit_code == 0
    assert run(a, b, "--time", "601s").exit_code == 1
    got = json.loads(run(a, b, "--time", "1h", "--lateral", "2 km", "--vertical", "100m", "--json").stdout)
    assert got["minima"] == {"lateral_m": 2000.0, "vertical_m": 100.0, "time_s": 3600.0}


def test_one_party_conflicts_with_itself_only_when_asked(put: Any) -> None:
    """Volumes of one notice never conflict; notices of one party only with --within-party."""
    file = put("a", GROUND, changed(GROUND), changed(AIR, party="TR", notice="TR-0013"))
    assert run(file).exit_code == 0
    got = run(file, "--within-party", "--json")
    assert got.exit_code == 1
    found = json.loads(got.stdout)["conflicts"]
    assert [(one["a"]["volume"], one["b"]["volume"]) for one in found] == [(0, 0), (1, 0)]
    assert "between any two notices" in run(file, "--within-party").stdout
    assert "so no two were compared: --within-party compares them." in run(file).stdout
    assert "no two were compared" not in run(file, "--within-party").stdout


def test_bad_input_leaves_standard_output_empty(put: Any) -> None:
    """Exit 2: the first fault of each file, with file, feature, member, value and what is expected."""
    got = run(
        put("good", GROUND),
        put("one", AIR, changed(AIR, start="2026-11-22T12:00:00")),
        put("two", changed(AIR, activity="picnic")),
        "--json",
    )
    assert got.exit_code == 2
    assert got.stdout == ""
    lines = got.stderr.splitlines()
    assert len(lines) == 2
    assert "one: feature 1, /features/1/properties/start: found '2026-11-22T12:00:00'; expected" in lines[0]
    assert "two: feature 0, /features/0/properties/activity: found 'picnic'; expected one of air" in lines[1]


def test_a_notice_stands_in_one_file(put: Any) -> None:
    """The same reference in two files is refused, naming both."""
    got = run(put("a", GROUND), put("b", changed(GROUND)))
    assert got.exit_code == 2
    assert "TR-0012" in got.stderr
    assert "/a " in got.stderr
    assert "/b:" in got.stderr
    a = put("c", GROUND)
    assert run(a, a).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--lateral", "5"], "--lateral"),
        (["--lateral", "-5NM"], "--lateral"),
        (["--lateral", ""], "--lateral"),
        (["--vertical", "1000"], "--vertical"),
        (["--vertical", "nan ft"], "--vertical"),
        (["--lateral", "5ft"], "units m, km, NM, such as 5NM"),
        (["--vertical", "1km"], "units ft, m, such as 1000ft"),
        (["--time", "5 days"], "--time"),
        (["--limit", "files=3"], "--limit"),
        (["--limit", "bytes"], "--limit"),
        (["--limit", "bytes=-1"], "--limit"),
        (["--limit", "bytes=10"], "raise it with --limit bytes="),
        (["--limit", "volumes=0"], "limit is 0 volumes a notice; raise it with --limit volumes="),
        (["--colour"], "--colour"),
        (["no-such-file.geojson"], "No such file"),
        (["--chart", "/no/such/folder/x.svg"], "No such file"),
        (["--chart", ""], "--chart: found ''; expected the name of a file"),
        (["--chart", "-"], "--chart: found '-'; expected the name of a file"),
        ([""], "FILE: found ''; expected the name of a file"),
        (["-", "-"], "standard input once"),
        (["no\nsuch\x1b[31mfile"], "no\\nsuch\\x1b[31mfile: No such file"),
    ],
)
def test_bad_arguments(put: Any, arguments: list[str], says: str) -> None:
    """A wrong option, limit or path is bad input too."""
    got = run(put("a", GROUND), *arguments)
    assert got.exit_code == 2
    assert got.stdout == ""
    assert says in got.stderr


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """What cannot be read is bad input, not a fault of ours."""
    got = run(str(tmp_path))
    assert got.exit_code == 2
    assert got.stdout == ""


def test_standard_input_is_a_file_too(put: Any) -> None:
    """`-` reads a notice file from standard input, and faults name it so."""
    raw = json.dumps({"type": "FeatureCollection", "features": [AIR]}).encode()
    assert run(put("a", GROUND), "-", given=raw).exit_code == 1
    got = run("-", given=b"{")
    assert got.exit_code == 2
    assert "standard input: line 1" in got.stderr


@pytest.mark.parametrize(
    ("closed", "code", "says"), [("<&-", 2, "standard input: is closed"), (">&-", 70, "standard output is closed")]
)
def test_a_closed_stream_is_told(put: Any, closed: str, code: int, says: str) -> None:
    """A result that cannot be printed is never told by the exit code of a result."""
    file = put("a", GROUND) if closed == ">&-" else "-"
    program = f"exec {sys.executable} -m clearline check {file} {closed}"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_our_own_fault_is_seventy(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we did not foresee is told as ours, and nothing is printed as a result."""
    from clearline.conflicts import engine

    def fails(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(engine.Engine, "find_all", fails)
    got = run(put("a", GROUND))
    assert got.exit_code == 70
    assert got.stdout == ""
    assert "boom" in got.stderr
    assert "fault of Clearline" in got.stderr


def test_an_edge_that_sags_is_warned_of(put: Any) -> None:
    """A long edge is a geodesic, which other software draws elsewhere: that is said on standard error."""
    long = changed(AIR)
    long["geometry"]["coordinates"] = [[36.0, 35.0], [41.0, 35.0]]
    got = run(put("a", long))
    assert got.exit_code == 0
    assert "warning: IL IL-0007, volume 0: the edge from [36, 35] to [41, 35]" in got.stderr
    assert "km" in got.stderr


def test_the_chart_is_a_closed_svg(put: Any, tmp_path: Path) -> None:
    """It parses as XML, holds no script and no foreign reference, names both notices and counts in words."""
    out = tmp_path / "out.svg"
    nasty = changed(AIR, notice="<b>&\"'x")
    assert run(put("a", GROUND), put("b", nasty), "--chart", str(out)).exit_code == 1
    text = out.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314 - our own output
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in text
    assert "<b>" not in text
    assert "href" not in text
    assert "TR-0012" in text
    assert "1 conflict" in text
    assert " NM</text>" in text
    assert "°N</text>" in text or "′N</text>" in text


def test_the_chart_does_not_overwrite_what_is_read(put: Any) -> None:
    """A slip of the hand does not destroy a notice file."""
    a = put("a", GROUND)
    before = Path(a).read_bytes()
    assert run(a, "--chart", a).exit_code == 2
    assert Path(a).read_bytes() == before


def test_a_cold_check_loads_nothing_heavy(put: Any) -> None:
    """A fresh process loads nothing heavy beyond the geodesics; `clearline bench` prints how long it takes."""
    a, b = put("a", GROUND), put("b", AIR)
    program = (
        "import sys; from clearline.faces.cli import main\n"
        f"try: main(['check', {a!r}, {b!r}])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'shapely', 'rich', 'numba', 'httpx', 'starlette') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done
