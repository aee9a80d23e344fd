"""Cells of a simulation, each kept as soon as it is done: a run that was stopped goes on."""

import operator
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.files import write_atomically

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Cell:
    """One setting of a simulation: `known` is what one of its rows says at least, by which it is
    found again; `run` gives all its rows, and can be sent to another process."""

    known: Mapping[str, object]
    run: Callable[[], Rows]

    def rows(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows of a table (n,) say the same."""
        if set(self.known) - set(table):
            return np.zeros(len(table), np.bool_)
        return np.asarray((table[list(self.known)] == pd.Series(self.known)).all(axis=1))


def run_cells(table: Path, cells: Sequence[Cell], workers: int = 1) -> pd.DataFrame:
    """The rows of all cells, in the CSV file `table`, too, which is written after each.

    Cells that the file holds are not run again, and what else it holds stays there: with more
    simulations a cell is another one.
    """
    done = pd.DataFrame()
    if table.is_file():
        done = pd.read_csv(table)
    left = [cell for cell in cells if not cell.rows(done).any()]
    print(f"{len(cells) - len(left)} of {len(cells)} cells are in {table}", flush=True)
    with ProcessPoolExecutor(workers) as pool:
        runs = pool.map(operator.call, [cell.run for cell in left])
        for cell, found in zip(left, runs, strict=True):
            before = [done] if len(done) else []
            done = pd.concat([*before, pd.DataFrame(found)], ignore_index=True)
            with write_atomically(table) as temporary:
                done.to_csv(temporary, index=False)
            print(dict(cell.known), flush=True)
    return done[np.any([cell.rows(done) for cell in cells], axis=0)]
