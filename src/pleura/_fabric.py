"""Lightning's Fabric, in half of the time that its import takes; use this one.

To ask for a version that only its search for spikes in a loss needs, `lightning_fabric` imports all
of torchmetrics, and with it scipy.signal and matplotlib: two seconds of a slow processor in every
command that trains and every process that helps. Here it finds a module that has the version and
no more. Whoever imports torchmetrics later gets it whole.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

METRICS = "torchmetrics"


@contextmanager
def version_alone() -> Iterator[None]:
    """Meanwhile torchmetrics has a version and nothing else, unless it is loaded or not there."""
    if METRICS in sys.modules:
        yield
        return
    try:
        known = version(METRICS)
    except PackageNotFoundError:
        yield
        return
    stand_in = ModuleType(METRICS)
    vars(stand_in)["__version__"] = known
    sys.modules[METRICS] = stand_in
    try:
        yield
    finally:
        del sys.modules[METRICS]


with version_alone():
    from lightning_fabric import Fabric as Fabric
