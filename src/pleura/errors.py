"""Errors that speak to the user: what is wrong, where, and what to do."""

from collections.abc import Sequence

SHOWN = 20


class PleuraError(Exception):
    """Base of every error a user can cause or mend; the command line prints it without traceback."""


class InputError(PleuraError):
    """Something in the user's files or settings is wrong.

    `heading` says what and where in one line; `problems` lists every single one. Of a long list
    the first 20 are shown and the rest counted; `problems` keeps them all.
    """

    def __init__(self, heading: str, problems: Sequence[str] = ()) -> None:
        self.heading = heading
        self.problems = tuple(problems)
        lines = [heading, *(f"  - {problem}" for problem in self.problems[:SHOWN])]
        if len(self.problems) > SHOWN:
            lines.append(f"  ... and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))
