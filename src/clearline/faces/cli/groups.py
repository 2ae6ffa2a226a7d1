"""Groups of commands: listed in the order of the work, each with its whole first sentence."""

from __future__ import annotations

from typing import Any

import click


class InOrder(click.Group):
    """A group whose help lists its commands in the order `order`, and cuts no sentence short."""

    def __init__(self, *arguments: Any, order: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.order = order

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in their order; what the order does not name comes last."""
        known = super().list_commands(ctx)
        return [name for name in self.order if name in known] + [name for name in known if name not in self.order]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(self.commands[name])) for name in self.list_commands(ctx)])


def _first_sentence(command: click.Command) -> str:
    paragraph = " ".join((command.help or "").split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".") + "."
