"""Bodies of evidence and of restored state: what is refused, and where."""

from __future__ import annotations

from typing import Any

import pytest

from clearline.errors import Malformed
from clearline.records import body, canonical
from clearline.records.evidence import NOTE_BYTES_MAX, PROOF_HASHES_MAX, Evidence, StateRestored

EVIDENCE = {"first": "a", "kind": "evidence", "proof": [], "second": "b", "slug": "split-view", "v": 1}
RESTORED = {"kind": "state_restored", "reason": "", "sizes": [{"log": "TR/main", "size": 3}], "v": 1}
HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize(
    ("value", "changes", "where"),
    [
        (EVIDENCE, {"slug": "damaged-store"}, "/slug"),
        (EVIDENCE, {"first": ""}, "/first"),
        (EVIDENCE, {"second": 7}, "/second"),
        (EVIDENCE, {"first": "x" * (NOTE_BYTES_MAX + 1)}, "/first"),
        (EVIDENCE, {"proof": [HASH] * (PROOF_HASHES_MAX + 1)}, "/proof"),
        (EVIDENCE, {"proof": [HASH[:-2] + "="]}, "/proof/0"),
        (RESTORED, {"sizes": []}, "/sizes"),
        (RESTORED, {"sizes": [{"log": "TR/main", "size": -1}]}, "/sizes/0/size"),
        (RESTORED, {"sizes": [{"log": "TR/main", "size": 1, "x": 0}]}, "/sizes/0/x"),
        (RESTORED, {"sizes": [{"log": "TR/main", "size": 1}, {"log": "IL/main", "size": 1}]}, "/sizes/1"),
    ],
)
def test_what_is_out_of_form_is_named(value: dict[str, Any], changes: dict[str, Any], where: str) -> None:
    """The first fault is named by its place; an example in form is taken."""
    assert isinstance(body.decode(canonical.encode(value), where="body"), Evidence | StateRestored)
    with pytest.raises(Malformed) as refusal:
        body.decode(canonical.encode({**value, **changes}), where="body")
    assert refusal.value.where == f"body{where}"
