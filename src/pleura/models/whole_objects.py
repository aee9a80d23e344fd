"""Reads tensors out of torch files that hold whole objects, such as a model: none of these objects
comes to life, so that no code of the file is run.

Some published weights are a pickled network (`torch.save(model, FILE)`), or checkpoints with the
settings of their training. Their pickle asks for classes and functions by name; here it is given
the few that make tensors, and in the place of all others a lifeless stand-in that keeps what it is
given. Tensors of a stand-in for a network are then found as `Module.state_dict` would name them.
"""

import pickle
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pleura.errors import InputError
from pleura.models.checkpoints import Table, Tensors, find_table
from pleura.wording import first_few

MAKE_TENSORS = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "Size"): torch.Size,
    ("torch._utils", "_rebuild_tensor"): torch._utils._rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
}
"""All that a file may call; storages are torch's own matter."""
OF_MODULE = ("_parameters", "_buffers")


class StandIn(dict[Any, Any]):
    """Stands for an object of any class: takes whatever its pickle gives it, and does nothing."""

    dump_patches = False  # what torch asks of a class in files of its earlier format

    def __new__(cls, *_: Any, **__: Any) -> "StandIn":
        """An empty one, whatever its class would have been made of."""
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __call__(self, *_: Any, **__: Any) -> "StandIn":
        """Another, where the file calls what it has made."""
        return StandIn()

    def append(self, _: Any) -> None:
        """Of a class that is a list: the items are dropped."""

    def extend(self, _: Any) -> None:
        """As `append`."""


class Unpickler(pickle.Unpickler):
    """An unpickler that knows how tensors are made, and stand-ins."""

    def find_class(self, module: str, name: str) -> Any:
        """A function that makes tensors, or the stand-in."""
        return MAKE_TENSORS.get((module, name), StandIn)


def load(file: Any, **_: Any) -> Any:
    """What torch asks of a module of pickle for the head of files of its earlier format."""
    return Unpickler(file).load()


class _Pickle:
    """A module of pickle as torch.load takes it."""

    __name__ = __name__
    Unpickler = Unpickler
    load = staticmethod(load)


def is_script(path: Path) -> bool:
    """Whether torch.load would take a file as TorchScript, which it tells by a `constants.pkl` in
    the archive; read with torch's own reader, so that both see the same."""
    try:
        return "constants.pkl" in torch._C.PyTorchFileReader(str(path)).get_all_records()
    except RuntimeError:  # no archive
        return False


def read_whole(path: Path, entry: str = "") -> Table:
    """The table of tensors in a torch file, whatever else it holds.

    `entry`: the key under which it is taken, where the file has that key; else the one table that
    the file has, or that of the network it holds. Raises InputError where the file is unreadable or
    has no such table, and for TorchScript, which torch would bring to life.
    """
    if is_script(path):
        raise InputError(
            f"{path}: refused, it is a TorchScript program, which opening it could run",
            ["save its tensors alone: torch.save(model.state_dict(), FILE)"],
        )
    try:
        with warnings.catch_warnings():
            # Files of torch's earlier format have the source of their classes, which is not ours.
            warnings.simplefilter("ignore")
            content = torch.load(
                path, map_location="cpu", pickle_module=_Pickle, weights_only=False
            )
    # A file that is no archive of torch can fail in as many ways as there are files.
    except Exception as error:
        raise InputError(f"{path}: not a readable torch file ({error})") from error
    if entry and isinstance(content, Mapping) and entry in content:
        content = {entry: content[entry]}
    table = find_table(_without_stand_ins(content))
    if table is None:
        holds = f": its entries are {first_few(content)}" if isinstance(content, dict) else ""
        raise InputError(f"{path}: holds no table of named tensors, or several{holds}")
    return table


def _without_stand_ins(content: Any) -> Any:
    """The same with the tensors of each stand-in for a network in its place."""
    if isinstance(content, StandIn):
        return tensors_of(content) or None
    if isinstance(content, Mapping):
        return {name: _without_stand_ins(each) for name, each in content.items()}
    return content


def tensors_of(network: StandIn) -> Tensors:
    """The parameters and buffers of a stand-in for a network, by the names of its state dict."""
    state = network.state if isinstance(network.state, Mapping) else {}
    own = {
        str(name): each
        for kind in OF_MODULE
        for name, each in _mapping(state.get(kind)).items()
        if isinstance(each, Tensor)
    }
    for name, module in _mapping(state.get("_modules")).items():
        if isinstance(module, StandIn):
            own |= {f"{name}.{inner}": each for inner, each in tensors_of(module).items()}
    return {name: each.detach() for name, each in own.items()}


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
