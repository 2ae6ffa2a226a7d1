"""Measures a restart: a large record, the first start that folds all of it, and the next one from the bookmark."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clearline.bootstrap import now
from clearline.faces.cli.bench_nodes import BenchNode, Line, Say, found_nodes
from clearline.faces.cli.bench_record import write_record

FIRST_START_S = 1_800.0
"""Longest wait for a start that folds every entry."""

END_S = 120.0
VERIFIED_S = 3_600.0
"""Longest wait until the whole record is verified again."""

_CPU_FIELDS = slice(11, 13)
"""User and system time among the fields of /proc/PID/stat that follow the name. Source: proc(5)."""


def restart(say: Say, *, entries: int, active: int, whole: bool) -> dict[str, Any]:
    """Return how a node with a year's record starts; with `whole` also how long verifying all of it again takes.

    Seconds count from the start of the process to its first answer to an officer, the picture complete.
    """
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        il, tr = found_nodes(Path(base))
        begun = time.perf_counter()
        counts = write_record([tr.folder, il.folder], entries=entries, active=active, at=now(), say=say)
        say(f"restart: {counts['entries']:,} entries written in {time.perf_counter() - begun:.0f} s")
        first = _started(tr, FIRST_START_S)
        say(f"restart: first start, every entry folded: {first['seconds']:.1f} s")
        ended = _ended(first.pop("process"))
        size = (tr.folder / "picture.bookmark").stat().st_size
        second = _started(tr, FIRST_START_S)
        say(f"restart: from the bookmark: {second['seconds']:.1f} s")
        process = second.pop("process")
        health = Line(tr).call("GET", "/api/v1/health")[1]
        if health["started"]:
            raise RuntimeError(f"the bookmark was not used: {health['started']}")
        verified = _verified(tr, process.pid, say) if whole else {}
        peak = _memory(process.pid, "VmHWM")
        _ended(process)
    return {
        **counts,
        "active": active,
        "first": first,
        "end_s": ended,
        "bookmark_mib": size / 2**20,
        "second": second,
        "verified": verified,
        "peak_mib": peak,
        "load": os.getloadavg()[0],
    }


def _started(node: BenchNode, limit_s: float) -> dict[str, Any]:
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "clearline", "node", str(node.folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while time.perf_counter() - begun < limit_s and process.poll() is None:
        try:
            line = Line(node)
            if line.call("GET", "/api/v1/health")[0] == 200:
                taken, cpu = time.perf_counter() - begun, _cpu_s(process.pid)
                asked = time.perf_counter()
                status, page = line.call("GET", "/api/v1/notices?count=100&state=in_force")
                if status != 200:
                    raise RuntimeError(f"notices: status {status}")
                return {
                    "process": process,
                    "seconds": taken,
                    "cpu_s": cpu,
                    "page_ms": (time.perf_counter() - asked) * 1000,
                    "in_force": page["total"],
                    "mib": _memory(process.pid, "VmRSS"),
                    "peak_mib": _memory(process.pid, "VmHWM"),
                }
        except OSError:
            time.sleep(0.05)
    process.kill()
    process.wait()
    raise TimeoutError(f"no answer within {limit_s} s")


def _ended(process: subprocess.Popen[bytes]) -> float:
    begun = time.perf_counter()
    process.terminate()
    process.wait(END_S)
    return time.perf_counter() - begun


def _verified(node: BenchNode, pid: int, say: Say) -> dict[str, float]:
    """Wait until everything is verified and say how long that took, and what it cost those who asked meanwhile."""
    begun, cpu, told = time.perf_counter(), _cpu_s(pid), 0
    asked: list[float] = []
    line = Line(node)
    while time.perf_counter() - begun < VERIFIED_S:
        at = time.perf_counter()
        done = line.call("GET", "/api/v1/health")[1]["verified"]
        asked.append((time.perf_counter() - at) * 1000)
        if done is not None and done["fault"]:
            raise RuntimeError(done["fault"])
        if done is not None and done["finished"]:
            asked.sort()
            return {
                "seconds": time.perf_counter() - begun,
                "cpu_s": _cpu_s(pid) - cpu,
                "health_p50_ms": asked[len(asked) // 2],
                "health_p99_ms": asked[len(asked) * 99 // 100],
            }
        if done is not None and 10 * done["entries"] // max(1, done["of"]) > told:
            told = 10 * done["entries"] // max(1, done["of"])
            say(f"restart: verified {done['entries']:,} of {done['of']:,} entries")
        time.sleep(0.5)
    raise TimeoutError(f"not verified within {VERIFIED_S} s")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[_CPU_FIELDS])
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


def words(r: dict[str, Any]) -> str:
    """Return the figures as a face prints them."""
    first, second, verified = r["first"], r["second"], r["verified"]
    text = (
        f"restart   {r['entries']:,} entries ({r['notices']:,} notices, {r['answers']:,} answers, {r['messages']:,} "
        f"messages), {second['in_force']:,} notices in force; load {r['load']:.1f}:\n"
        f"          from its bookmark ({r['bookmark_mib']:.0f} MiB): {second['seconds']:.1f} s from process start to "
        f"the first answer ({second['cpu_s']:.1f} s of processor), {second['peak_mib']:.0f} MiB at most "
        f"(asked: 15 s with 1,000,000 entries)\n"
        f"          a page of 100 notices {second['page_ms']:.0f} ms; folded anew from every entry "
        f"{first['seconds']:.0f} s ({first['cpu_s']:.0f} s of processor), {first['peak_mib']:.0f} MiB; "
        f"its end with a new bookmark {r['end_s']:.1f} s"
    )
    if verified:
        text += (
            f"\n          every signature, root and body verified again after {verified['seconds']:.0f} s "
            f"({verified['cpu_s']:.0f} s of processor); meanwhile health p50 {verified['health_p50_ms']:.1f} ms, "
            f"p99 {verified['health_p99_ms']:.1f} ms; {r['peak_mib']:.0f} MiB at most"
        )
    return text
