"""The `clearline` command: each subcommand is imported only when it is called, so that quick paths stay quick."""

from __future__ import annotations

import difflib
import importlib

import click

from clearline import __version__
from clearline.faces import drill

COMMANDS: dict[str, str] = {
    "agreement": "Show the agreement; propose, assent to, conclude or drop changes of it.",
    "alert": "Sound an alert, say that one was seen, take one back, list them.",
    "answer": "Answer an alert: ceased, not us, cannot confirm.",
    "area": "List zones and red lines; state one, or withdraw one's own.",
    "attribute": 'Say "not ours" or "we answer for" of a place and a time; pass entries on.',
    "bell": "Ring outward when somebody has to look; a bell says nothing else.",
    "bench": "Measure this machine: index, check, delivery, restart.",
    "bundle": "Write a member's record as one file that anyone can verify.",
    "card": "Dictate notices and messages on paper day, and take down what is dictated.",
    "carry": "Carry what is due to a member on a stick, and take in what came on one.",
    "check": "Find every conflict between parties in notice files.",
    "demo": "Run the five nodes of a fictional day in Syria, 2025.",
    "draft": "List, show and sign acts that wait for their second person.",
    "enquiry": "Ask about unusual activity; reply; see what was not replied.",
    "inbox": "Show what waits for this watch position, by deadline.",
    "keys": "Make and show the keys of a member; found a channel.",
    "line": "Show each line by its evidence; check it; answer a check.",
    "log": "Show the entries of a log with every time that is claimed of them.",
    "meeting": "Convene meetings; agree on their minutes.",
    "member": "Take up another member's root, compared word by word.",
    "message": "Send and read messages at a running node.",
    "node": "Run one member's node.",
    "notice": "File, read, amend, withdraw and acknowledge notices at a running node.",
    "officer": "Accounts and tokens of a node's own officers.",
    "pair": "Cancel two notices together or not at all.",
    "phrase": "Show the phrase book: what can be said by a code in every language.",
    "proposal": "List proposals on a notice; accept, counter, decline one, or let it lapse.",
    "resume": "Resume what was suspended, quoting where every log stands.",
    "shift": "Begin a watch, hand it over with what is open, take it over, show it.",
    "state": "Show whether the node may sign; say that lost state is restored; start alone.",
    "stop-fire": "Say that the other side is hitting us, in one act.",
    "suspend": "Suspend the routine exchange with members; the safety floor stays open.",
    "verify": "Prove a node's record or a bundle, offline.",
}


MODULES = {"officer": "officer_accounts"}
"""Commands whose module has another name."""


class _LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click names the arguments
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now; `None` for an unknown name."""
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            if near:
                ctx.fail(f"No such command '{cmd_name}'. Did you mean {near[0]}?")
            return None
        module = MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        command: click.Command = importlib.import_module(f"clearline.faces.cli.{module}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments; a command that is given anything of a drill begins with the banner, whatever it does."""
        given = list(args)
        rest = super().parse_args(ctx, args)
        if "--drill" in given or given[:1] == ["demo"] or any(map(drill.names_a_drill, given)):
            with ctx.scope(cleanup=False):
                drill.announce()
        return rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="clearline")
def main() -> None:
    """Clearline: a deconfliction channel between forces that do not trust each other.

    It promises clarity and a record, never safety and never permission.
    """
