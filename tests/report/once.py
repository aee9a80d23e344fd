"""Equal tables are judged once: most tests of a page change what stands beside the predictions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pandas as pd
import pytest

from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.report.pixels import with_pixels

Judge = Callable[..., pd.DataFrame]


def once(judge: Judge) -> Judge:
    """`judge`, which makes a table of another, called once for equal tables and the same wishes."""
    kept: dict[object, tuple[dict[str, Any], pd.DataFrame]] = {}

    def judged(table: pd.DataFrame, **wishes: Any) -> pd.DataFrame:
        rows = pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()
        asked = tuple((name, _key(value)) for name, value in wishes.items())
        key = rows, tuple(table.columns), asked
        if key not in kept:
            kept[key] = wishes, judge(table, **wishes)  # wishes stay, and with them their ids
        return kept[key][1].copy()

    return judged


def _key(value: Any) -> object:
    """Metrics are the same where they are one record."""
    return tuple(map(id, value)) if isinstance(value, list) else value


@contextmanager
def equal_tables_judged_once() -> Iterator[None]:
    """Within it, summaries and comparisons of classifiers are made once for equal predictions."""
    summarised, compared = once(summarise), once(compare)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("classification", "sections.clips"):
            patch.setattr(f"pleura.report.{module}.summarise", summarised)
            patch.setattr(f"pleura.report.{module}.compare", compared)
        told = partial(with_pixels, compare=compared)
        patch.setattr("pleura.report.classification.with_pixels", told)
        yield
