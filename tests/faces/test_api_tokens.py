"""Tokens: one made while the node runs admits at once, one taken back no longer does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

from clearline.bootstrap import randomness
from clearline.store.folder import add_token, write_private
from clearline.testing.nodes import running_nodes


def _status(url: str, token: str) -> int:
    request = urllib.request.Request(  # noqa: S310 -- a node of this test
        f"{url}/api/v1/health", headers={"authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as fault:
        fault.close()
        return fault.code


def test_a_token_counts_from_the_moment_it_is_made_until_it_is_taken_back(tmp_path: Path) -> None:
    """No restart is needed to admit an officer, and none to turn one away."""
    with running_nodes(tmp_path) as nodes:
        node = next(iter(nodes.values()))
        token = add_token(node.folder, officer="1", random=randomness)
        assert _status(node.url, token) == 200
        write_private(node.folder / "tokens.json", json.dumps({}), replace=True)
        assert _status(node.url, token) == 401
