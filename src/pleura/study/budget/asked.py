"""What a study file says as its budget: how long the study may take, or a name.

It imports no torch, so that a study file is checked at once.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

CHEAP, STANDARD, THOROUGH = "cheap", "standard", "thorough"
NAMES = (CHEAP, STANDARD, THOROUGH)
UNITS = {
    60.0: ("min", "minute", "minutes"),
    3600.0: ("h", "hour", "hours"),
    86400.0: ("d", "day", "days"),
}  # seconds: how the unit is written
LONGEST = 365 * 86400.0
HOW = "a duration, such as 90 min, 2 h or 3 days, or one of cheap, standard, thorough"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")


def seconds_of(budget: str) -> float | None:
    """The seconds of a duration; None for a name. Raises ValueError for any other text.

    >>> seconds_of("1.5 h")
    5400.0
    """
    text = budget.strip().lower()
    if text in NAMES:
        return None
    found = _DURATION.fullmatch(text)
    for seconds, names in UNITS.items() if found else ():
        assert found is not None
        if found[2] in names:
            whole = float(found[1]) * seconds
            if not 60 <= whole <= LONGEST:
                raise ValueError(f"takes a minute at least and a year at most, not {budget!r}")
            return whole
    raise ValueError(f"takes {HOW}, not {budget!r}")


def _checked(given: Any) -> Any:
    """A budget that can be read. Raises ValueError for anything else."""
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f"say the unit, such as {given:g} h: it takes {HOW}")
    if not isinstance(given, str):
        raise ValueError(f"takes {HOW}, not {given!r}")
    seconds_of(given)
    return " ".join(given.lower().split())


Budget = Annotated[str | None, BeforeValidator(_checked)]
