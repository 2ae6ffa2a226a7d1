"""Officers log in by account at their own node: cookies, ends, waits, and nothing secret in any log."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner

from clearline.bootstrap import now, randomness
from clearline.faces.cli import main
from clearline.faces.tries import STRANGERS_BURST
from clearline.store.accounts import ACCOUNTS, Cost, make_account, read_accounts, write_accounts
from clearline.testing.nodes import LiveNode, running_nodes

GOOD = "correct horse battery staple"
CHEAP = Cost(n=2**4, r=2, p=1)
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with running_nodes(tmp_path_factory.mktemp("accounts"), ("IL", "TR")) as nodes:
        yield nodes["TR"]


@pytest.fixture(autouse=True)
def account(node: LiveNode) -> None:
    made = make_account("ayse", ("1", "2"), GOOD, random=randomness, at=now(), cost=CHEAP)
    write_accounts(node.folder, {"ayse": made})


NUMBERS = itertools.count(2)


def client_of(node: LiveNode, address: str = "") -> httpx.Client:
    """Return a client at an address of its own: what one test does there holds up no other."""
    number = next(NUMBERS)
    transport = httpx.HTTPTransport(local_address=address or f"127.1.{number // 250}.{number % 250 + 1}")
    return httpx.Client(base_url=node.url, transport=transport)


@contextlib.contextmanager
def at_one_address(node: LiveNode) -> Iterator[Callable[[], httpx.Client]]:
    number = next(NUMBERS)
    yield lambda: client_of(node, f"127.2.0.{number}")


def log_in(client: httpx.Client, passphrase: str = GOOD, account: str = "ayse", **more: str) -> httpx.Response:
    body = {"account": account, "passphrase": passphrase, **more}
    return client.post("/api/v1/session", json=body, headers=OWN)


def test_a_session_is_opened_shown_and_ended(node: LiveNode) -> None:
    """The cookie is the page's alone; it acts as its officer; a log-out ends it."""
    with client_of(node) as client:
        answer = log_in(client, officer="2")
        assert answer.status_code == 201 and answer.json()["officer"] == "2"
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for line in cookies:
            assert "HttpOnly" in line and "SameSite=Strict" in line and GOOD not in line
        assert client.get("/api/v1/session", headers=OWN).json()["account"] == "ayse"
        assert client.get("/api/v1/health", headers=OWN).status_code == 200
        assert client.get("/api/v1/health", headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert client.request("DELETE", "/api/v1/session", headers=OWN).status_code == 200
        assert client.get("/api/v1/health", headers=OWN).status_code == 401


@pytest.mark.parametrize(
    ("more", "status"),
    [({"passphrase": "wrong horse battery"}, 403), ({"account": "nobody"}, 403), ({"officer": "9"}, 403)],
)
def test_what_does_not_fit_is_refused_without_saying_what(node: LiveNode, more: dict[str, str], status: int) -> None:
    with client_of(node) as client:
        answer = client.post("/api/v1/session", json={"account": "ayse", "passphrase": GOOD, **more}, headers=OWN)
        assert answer.status_code == status and answer.json()["type"].endswith("not-admitted")
        assert not answer.headers.get_list("set-cookie")


def test_another_sites_page_cannot_log_anybody_in(node: LiveNode) -> None:
    """Not even with the right passphrase: a victim would file in the attacker's name."""
    with client_of(node) as client:
        body = {"account": "ayse", "passphrase": GOOD}
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}):
            assert client.post("/api/v1/session", json=body, headers=headers).status_code == 403


def test_a_new_passphrase_or_a_removed_account_ends_its_sessions(node: LiveNode) -> None:
    """At once, without a restart."""
    with client_of(node) as client:
        assert log_in(client).status_code == 201
        held = read_accounts(node.folder)["ayse"]
        changed = make_account("ayse", held.officers, GOOD, random=randomness, at=now(), cost=CHEAP)
        write_accounts(node.folder, {"ayse": changed})
        assert client.get("/api/v1/health", headers=OWN).status_code == 401
        assert log_in(client).status_code == 201
        write_accounts(node.folder, {})
        assert client.get("/api/v1/health", headers=OWN).status_code == 401


def test_the_page_logs_in_by_account_and_a_known_browser_is_not_held_up(node: LiveNode) -> None:
    """Somebody at the same address floods the account; the browser that was here before still gets in.

    So does an officer at another address, who was never here.
    """
    with at_one_address(node) as make, make() as known, make() as attacker:
        form = {"account": "ayse", "passphrase": GOOD}
        answer = known.post("/login", data=form, headers=OWN)
        assert answer.status_code == 303 and "clearline_device" in answer.headers["set-cookie"]
        assert known.get("/", headers=OWN).status_code == 200
        statuses = [log_in(attacker, passphrase=f"guess number {n}").status_code for n in range(6)]
        assert 429 in statuses
        refused = log_in(attacker)
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
        assert "not closed" in refused.json()["detail"]
        assert known.post("/login", data=form, headers=OWN).status_code == 303
        with client_of(node) as elsewhere:
            assert log_in(elsewhere).status_code == 201


def test_nothing_secret_stands_in_a_log_or_a_file(node: LiveNode, caplog: pytest.LogCaptureFixture) -> None:
    """Passphrases, cookies and tokens: not in what is logged, not in the folder."""
    secret = "a very secret passphrase of mine"
    with caplog.at_level(logging.DEBUG), client_of(node) as client:
        log_in(client, passphrase=secret)
        client.post("/login", data={"account": "x", "passphrase": secret}, headers=OWN)
        client.get("/api/v1/health", headers={"authorization": f"Bearer {secret.replace(' ', '')}"})
        cookie = log_in(client).cookies.get(f"clearline_session_{client.base_url.port}") or "none"
    own = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    for text in (secret, secret.replace(" ", ""), cookie, GOOD):
        assert not any(text in line for line in own)
        for path in node.folder.iterdir():
            assert not path.is_file() or text.encode() not in path.read_bytes()


def test_strangers_are_counted_by_where_they_come_from_and_hold_up_nobody(node: LiveNode) -> None:
    """A flood without a token meets 429; the officer's token at the same address goes on."""
    with client_of(node) as client:
        statuses = {client.get("/api/v1/health").status_code for _ in range(STRANGERS_BURST + 100)}
        assert statuses == {401, 429}
        assert client.get("/api/v1/health", headers=node.headers).status_code == 200


# The command line


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["officer", *arguments], input=stdin)
    return done.exit_code, done.stdout, done.stderr


def test_accounts_are_made_listed_and_removed(node: LiveNode) -> None:
    """There is no default passphrase, and none is shown."""
    folder = str(node.folder)
    code, out, _ = run("add", folder, "beth", "--officer", "1", "--passphrase-stdin", stdin=GOOD + "\n")
    assert code == 0 and "officer 1 (watch 1)" in out
    made = read_accounts(node.folder)["beth"]
    assert made.cost.n >= 2**15
    assert run("add", folder, "beth", "--officer", "1", "--passphrase-stdin", stdin=GOOD + "\n")[0] == 2
    assert run("add", folder, "cem", "--officer", "7", "--passphrase-stdin", stdin=GOOD + "\n")[0] == 2
    code, _, err = run("add", folder, "cem", "--officer", "1", "--passphrase-stdin", stdin="short\n")
    assert code == 2 and "12 to 256" in err
    assert run("add", folder, "cem", "--officer", "1", "--passphrase-stdin", stdin="\n")[0] == 2
    code, out, _ = run("list", folder)
    assert code == 0 and "account beth" in out and GOOD not in out and made.hash.hex() not in out
    assert run("passphrase", folder, "beth", "--passphrase-stdin", stdin="another long passphrase\n")[0] == 0
    assert run("remove", folder, "beth")[0] == 0 and run("remove", folder, "beth")[0] == 2
    assert "beth" not in json.loads((node.folder / ACCOUNTS).read_text())


def test_a_token_is_made_for_days_listed_and_revoked(node: LiveNode) -> None:
    """It counts at once, and a revoked one no longer."""
    folder = str(node.folder)
    code, out, err = run("token", folder, "--officer", "1", "--days", "7", "--label", "planning feed")
    token = out.strip()
    assert code == 0 and "until" in err and token not in err

    def status() -> int:
        with client_of(node) as client:
            return client.get("/api/v1/health", headers={"authorization": f"Bearer {token}"}).status_code

    assert status() == 200
    _, listed, _ = run("list", folder)
    line = next(line for line in listed.splitlines() if "planning feed" in line)
    assert token not in listed
    assert run("revoke", folder, "00")[0] == 2
    assert run("revoke", folder, line.split()[1].rstrip(":"))[0] == 0
    assert status() == 401
    assert run("token", folder, "--officer", "1", "--days", "0")[0] == 2
    assert run("token", folder, "--officer", "9")[0] == 2


def test_an_expired_token_admits_nobody(node: LiveNode) -> None:
    """Its end comes by itself: no act and no restart is needed."""
    from clearline.store.folder import add_token
    from clearline.volumes.instant import Instant

    token = add_token(node.folder, officer="1", random=randomness, expires=Instant(now() - 1))
    with client_of(node) as client:
        assert client.get("/api/v1/health", headers={"authorization": f"Bearer {token}"}).status_code == 401
