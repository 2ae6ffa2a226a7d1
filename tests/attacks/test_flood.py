"""One member floods the channel: another's hotline message still arrives at once, and nothing is lost."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from clearline.faces.api.serving import bind
from clearline.records.genesis import Role
from clearline.testing.flood import Flooder, asked, flooded, node_process, wait_until_it_signs
from clearline.testing.nodes import found_folders

ENTRIES = 10_000
P99_S = 1.0
"""What is promised on a machine of its own; `bench/flood_bench.py` measures it there."""

SHARE = 10
"""On a slower or busier machine a message may take the time of a tenth of the flood: whatever slows the one slows the
other, and a message that waited behind the flood would take all of it."""
MEMBERS = (("IL", Role.PARTY), ("TR", Role.PARTY), ("AZ", Role.HOST))


@pytest.mark.timeout(480)
def test_a_flood_leaves_the_hotline_under_a_second_and_loses_nothing(tmp_path: Path) -> None:
    """10,000 entries of IL at both others, TR's FLASH messages to AZ beside them: under 1 s in 99 of 100, none lost."""
    ports = {name: _free_port() for name, _ in MEMBERS}
    tokens = {name: pair[0] for name, pair in found_folders(tmp_path, MEMBERS, ports).items()}
    flooder = Flooder.of(tmp_path / "IL", "IL", ENTRIES)
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with contextlib.ExitStack() as stack:
        for name in ("TR", "AZ"):
            stack.enter_context(node_process(tmp_path / name))
        for name in ("TR", "AZ"):
            wait_until_it_signs(urls[name], tokens[name])
        found = flooded(
            flooder,
            [urls["TR"], urls["AZ"]],
            sender=urls["TR"],
            token=tokens["TR"],
            to="AZ",
            receiver=urls["AZ"],
            receiver_token=tokens["AZ"],
        )
        print(f"{found.entries} entries in {found.seconds:.1f} s, {len(found.hotline_s)} messages: {found.hotline_s}")
        for name in ("TR", "AZ"):
            health = asked(f"{urls[name]}/api/v1/health", None, token=tokens[name])[1]
            assert (health["alarms"], health["read_only"]) == ([], None)
            sizes = health["as_of"]["logs"]
            assert sizes["IL/main"] == ENTRIES
            assert sizes["TR/safety"] >= len(found.hotline_s)
            last = asked(f"{urls[name]}/api/v1/log?log=IL/main&from={ENTRIES - 1}&count=1", None, token=tokens[name])[1]
            assert last["entries"][0]["entry"]["id"] == flooder.ids()[-1]
    assert len(found.hotline_s) >= 10, "too few messages went beside the flood: this proves little"
    most_s = max(P99_S, found.seconds / SHARE)
    assert found.p99_s < most_s, f"99 of 100 took up to {found.p99_s:.2f} s: {found.hotline_s[-5:]}; {most_s=:.2f}"


def _free_port() -> int:
    with contextlib.closing(bind("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])
