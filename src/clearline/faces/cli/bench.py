"""`clearline bench`: what this machine can do, beside its contenders; never a test that fails on a slow day."""

from __future__ import annotations

import json
import platform
import sys
import time
from typing import Any

import click

PARTS = ("check", "delivery", "filings", "tick", "stop-fire", "restart", "index")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS), metavar="[PART]...")
@click.option("--quick", is_flag=True, help="Smaller sizes: a minute instead of about ten.")
@click.option("--full", is_flag=True, help="The restart with 1,000,000 entries, all verified again: half an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, one object a line.")
def command(parts: tuple[str, ...], quick: bool, full: bool, as_json: bool) -> None:
    """Measure this machine, each part with what it is to be compared with.

    \b
    check     a cold `clearline check` of a small file
    delivery  from one officer's answered filing to the conflict at the other node, 1,000 notices in force
    filings   filings a second through the API: durable, signed, delivered
    tick      a second's tick over 10,000 open notices with their ladders
    stop-fire from its POST to the other side's event stream, behind 10,000 queued routine messages
    restart   a node with 100,000 entries, 1,000,000 with --full: from its bookmark, and folded anew
    index     conflicts of a notice among 10,000 to 1,000,000 stored volumes, beside shapely's STRtree

    Without PART all of them run. The figures are those of a shared machine: quote medians and ratios.
    """
    begun = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - begun:6.1f} s] {text}", err=True)

    if not as_json:
        click.echo(f"Python {platform.python_version()}, {platform.machine()}, SQLite R*Tree and pyproj as installed")
    for part in PARTS:
        if not parts or part in parts:
            say(f"{part} ...")
            figures, text = _restart(quick, full, say) if part == "restart" else _run(part, quick, say)
            click.echo(json.dumps({"part": part, **figures}) if as_json else f"\n{text}")
            sys.stdout.flush()


def _run(part: str, quick: bool, say: Any) -> tuple[dict[str, Any], str]:
    from clearline.faces.cli import bench_index, bench_nodes

    if part == "check":
        median, most = bench_index.cold_check(runs=5 if quick else 15)
        return {"median_s": median, "max_s": most}, (
            f"check     cold `clearline check` of a small file: median {median:.3f} s, "
            f"longest {most:.3f} s (asked: 0.5 s)"
        )
    if part == "delivery":
        d = bench_nodes.delivery(say, active=200 if quick else 1_000, samples=100 if quick else 1_000)
        visible, posted = d["visible_ms"], d["post_ms"]
        return d, (
            f"delivery  POST answered → conflict visible at the other node, {d['active']:,} notices in force, "
            f"{d['samples']:,} samples:\n"
            f"          p50 {visible['p50']:.1f} ms, p99 {visible['p99']:.1f} ms, longest {visible['max']:.1f} ms "
            f"(asked: p50 50 ms, p99 250 ms)\n"
            f"          the POST itself, durable and with conflicts and ways out: p50 {posted['p50']:.1f} ms, "
            f"p99 {posted['p99']:.1f} ms"
        )
    if part == "filings":
        f = bench_nodes.filings(say, count=300 if quick else 2_000)
        return f, (
            f"filings   {f['count']:,} notices by {f['at_once']} clients at once, each durable and signed: "
            f"{f['answered_per_s']:.0f} a second answered, {f['delivered_per_s']:.0f} a second delivered\n"
            f"          the disk's own sync of 4 KiB: p50 {f['fsync_ms']['p50']:.2f} ms, "
            f"p99 {f['fsync_ms']['p99']:.2f} ms"
        )
    if part == "tick":
        return _tick(quick, say)
    if part == "stop-fire":
        return _stop_fire(quick, say)
    sizes = (10_000,) if quick else (10_000, 100_000, 1_000_000)
    text = bench_index.report(sizes, say=say)
    return {"table": text}, f"index\n{text}"


def _restart(quick: bool, full: bool, say: Any) -> tuple[dict[str, Any], str]:
    from clearline.faces.cli import bench_restart

    entries, active = (1_000_000, 10_000) if full else (20_000, 500) if quick else (100_000, 1_000)
    r = bench_restart.restart(say, entries=entries, active=active, whole=full or quick)
    return r, bench_restart.words(r)


def _tick(quick: bool, say: Any) -> tuple[dict[str, Any], str]:
    from clearline.faces.cli import bench_hotline

    t = bench_hotline.tick(say, notices=1_000 if quick else 10_000)
    idle, busy, follow = t["idle_ms"], t["busy_ms"], t["follow_ms"]
    return t, (
        f"tick      over {t['notices']:,} open notices with their ladders, {t['open']:,} rungs (asked: 10 ms):\n"
        f"          nothing due p50 {idle['p50']:.2f} ms, p99 {idle['p99']:.2f} ms; as many bells as one tick rings "
        f"p50 {busy['p50']:.1f} ms, p99 {busy['p99']:.1f} ms\n"
        f"          what one more entry costs p50 {follow['p50']:.2f} ms; from scratch {t['derive_ms']:.0f} ms"
    )


def _stop_fire(quick: bool, say: Any) -> tuple[dict[str, Any], str]:
    from clearline.faces.cli import bench_hotline

    behind, queued, samples = (1_000, 3_000, 40) if quick else (10_000, 26_000, 200)
    s = bench_hotline.overtakes(say, behind=behind, queued=queued, samples=samples)
    ring = s["ring_ms"]
    return s, (
        f"stop-fire from its POST to the other side's event stream, {s['waiting']['least']:,} to "
        f"{s['waiting']['most']:,} routine messages waiting, {s['samples']} samples:\n"
        f"          p50 {ring['p50']:.1f} ms, p99 {ring['p99']:.1f} ms, longest {ring['max']:.1f} ms (asked: 250)"
    )
