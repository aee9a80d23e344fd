"""The worker that runs start, with small random forests: a third of the time of a run."""

import gc
import runpy

from pleura.engine.children import WORKER
from tests.conftest import SMALL_FOREST, forests_of

if __name__ == "__main__":
    gc.enable()  # which tests do later
    with forests_of(SMALL_FOREST):
        runpy.run_module(WORKER, run_name="__main__")
