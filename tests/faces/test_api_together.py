"""Two sides file at the same instant: each time both nodes find the conflict."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest

from clearline.testing.nodes import LiveNode, running_nodes
from clearline.testing.notice_files import notice_file

PAIRS = 20
SECONDS = 10.0


def test_twenty_pairs_filed_at_one_instant_are_found_by_both(tmp_path: Path) -> None:
    """Whoever is first in whose log, both notices stand and both nodes name the pair within seconds."""
    with running_nodes(tmp_path, ("IL", "TR")) as nodes:
        for number in range(PAIRS):
            together = threading.Barrier(2)
            answers: dict[str, httpx.Response] = {}

            def file(node: LiveNode, number: int = number, together: threading.Barrier = together) -> None:
                value = notice_file(node.member, f"{node.member}-{number}", lat=-40 + number)
                with httpx.Client(trust_env=False, timeout=10) as client:
                    client.get(f"{node.url}/api/openapi.json")
                    together.wait(5)
                    answers[node.member] = client.post(  # noqa: B023
                        f"{node.url}/api/v1/notices", json=value, headers=node.headers
                    )

            threads = [threading.Thread(target=file, args=(node,)) for node in nodes.values()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            assert [a.status_code for a in answers.values()] == [201, 201]
            wanted = (f"IL-{number}", f"TR-{number}")
            for node in nodes.values():
                _wait_for(node, wanted)


def _wait_for(node: LiveNode, wanted: tuple[str, str]) -> None:
    end = time.monotonic() + SECONDS
    with httpx.Client(trust_env=False, timeout=10) as client:
        while time.monotonic() < end:
            found = client.get(f"{node.url}/api/v1/conflicts", headers=node.headers).json()["conflicts"]
            if wanted in [(c["a"]["notice"], c["b"]["notice"]) for c in found]:
                return
            time.sleep(0.01)
    pytest.fail(f"{node.member} does not name {wanted}")
