"""Errors that speak to the user: what is wrong, where, and what to do."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence

SHOWN = 20


class PleuraError(Exception):
    """Base of every error a user can cause or mend; shown without a traceback."""


class InputError(PleuraError):
    """Something in the user's files or settings is wrong.

    `heading` says what and where in one line; `problems` lists every single one. Of a long list
    20 are shown and the rest counted; `problems` keeps them all.
    """

    def __init__(self, heading: str, problems: Sequence[str] = ()) -> None:
        self.heading = heading
        self.problems = tuple(problems)
        lines = [heading, *(f"  - {problem}" for problem in _shown(self.problems))]
        if len(self.problems) > SHOWN:
            lines.append(f"  ... and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))


def _shown(problems: Sequence[str]) -> list[str]:
    """20 problems in their order. Those that say the same of several rows, after `row 3: `, make
    way for what is said of fewer, so that a long list hides no other cause."""
    times: Counter[str] = Counter()
    ranks = []
    for at, problem in enumerate(problems):
        _, _, said = problem.partition(": ")
        ranks.append((times[said or problem], at))
        times[said or problem] += 1
    return [problems[at] for at in sorted(at for _, at in sorted(ranks)[:SHOWN])]


def refuse(heading: str, problems: Sequence[str]) -> None:
    """Raise `InputError` with all `problems`, where there are any."""
    if problems:
        raise InputError(heading, problems)


def nearest(name: str, right: Iterable[str]) -> str:
    """The end of a message about an unknown `name`: the most similar of the `right` names, and all
    of them if they are few."""
    names = sorted(right)
    close = difflib.get_close_matches(name, names, n=1)
    guess = f"; did you mean '{close[0]}'?" if close else "."
    return f"{guess} There are: {', '.join(names)}" if len(names) <= SHOWN else guess
