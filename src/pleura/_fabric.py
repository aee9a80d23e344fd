"""Lightning's Fabric, in a fraction of the time that its import takes; use this one.

To ask for a version that only its search for spikes in a loss needs, `lightning_fabric` imports all
of torchmetrics, and with it scipy.signal and matplotlib: two seconds of a slow processor in every
command that trains and every process that helps. Here it finds a module that has the version and
no more. Whoever imports torchmetrics later gets it whole.

It also loads torch's compiler, as long again as all of torch, for one class by which it knows a
network that was compiled. Nothing is an instance of the class that stands in for it, unless the
compiler is loaded by then and calls it compiled.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from pleura._torchvision import import_with

METRICS = "torchmetrics"
COMPILER = "torch._dynamo"


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


class _AsCompiled(type):
    """Asks torch's compiler, where it is loaded, whether a network is compiled."""

    def __instancecheck__(cls, instance: object) -> bool:
        compiled = getattr(sys.modules.get(COMPILER), "OptimizedModule", None)
        return compiled is not None and isinstance(instance, compiled)


class OptimizedModule(metaclass=_AsCompiled):
    """What is an instance of the class of this name in torch's compiler is one of this."""


@contextmanager
def stand_ins() -> Iterator[None]:
    """What Fabric asks of torchmetrics and of torch's compiler, in the place of these."""
    compiler = ModuleType(COMPILER)
    vars(compiler)["OptimizedModule"] = OptimizedModule
    sys.modules[COMPILER] = compiler
    try:
        with version_alone():
            yield
    finally:
        del sys.modules[COMPILER]


with version_alone():  # also where the compiler is loaded, and torchmetrics is not
    import_with("lightning_fabric", stand_ins)
    from lightning_fabric import Fabric as Fabric
