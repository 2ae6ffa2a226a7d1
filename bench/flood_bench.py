"""Flood two nodes with entries of a third: `python bench/flood_bench.py [100000]`; hotline times and peak memory."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from clearline.faces.api.serving import bind
from clearline.records.genesis import Role
from clearline.testing.flood import Flooder, flooded, node_process, peak_memory_mb, wait_until_it_signs
from clearline.testing.nodes import found_folders

MEMBERS = (("IL", Role.PARTY), ("TR", Role.PARTY), ("AZ", Role.HOST))


def main() -> None:
    count = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as stack:
        root, ports = Path(made), {}
        for name, _ in MEMBERS:
            with contextlib.closing(bind("127.0.0.1", 0)) as bound:
                ports[name] = int(bound.getsockname()[1])
        tokens = {name: pair[0] for name, pair in found_folders(root, MEMBERS, ports).items()}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        print(f"signing {count} entries ...", file=sys.stderr)
        flooder = Flooder.of(root / "IL", "IL", count)
        pids = {name: stack.enter_context(node_process(root / name)) for name in ("TR", "AZ")}
        for name in pids:
            wait_until_it_signs(urls[name], tokens[name])
        found = flooded(
            flooder,
            [urls[name] for name in pids],
            sender=urls["TR"],
            token=tokens["TR"],
            to="AZ",
            receiver=urls["AZ"],
            receiver_token=tokens["AZ"],
        )
        times = found.hotline_s
        print(f"flood      {found.entries} entries at two nodes in {found.seconds:.0f} s")
        print(f"hotline    {len(times)} messages beside it: median {times[len(times) // 2] * 1000:.0f} ms, ", end="")
        print(f"99 of 100 under {found.p99_s * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms")
        for name, pid in pids.items():
            print(f"memory     node of {name}: at most {peak_memory_mb(pid):.0f} MiB resident")


if __name__ == "__main__":
    main()
