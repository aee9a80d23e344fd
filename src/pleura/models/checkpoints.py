"""Reads checkpoints as others save them: tables of tensors in other tables, names with a prefix."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

# In this order where a file has several; what training loops call the weights of the network.
ENTRIES = ("state_dict", "model_state_dict", "model", "net", "network")
# What wrappers put before names, such as DataParallel, Lightning modules, MoCo (its queries).
WRAPPERS = frozenset({"module", "model", "encoder_q", "backbone", "encoder", "net", "network"})
DEEPEST = 4  # dots of a prefix, and tables inside of tables

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Table:
    """The named tensors of a file, and in which entry of it they are, "" where they are the whole
    file."""

    tensors: Tensors
    entry: str = ""


def find_table(content: object, entry: str = "") -> Table | None:
    """The table of named tensors in what a file holds.

    If there are several, it is the one in an entry whose name says that it is the network. None
    where there is no table, or where none of several is named so.
    """
    if not isinstance(content, Mapping) or entry.count(".") > DEEPEST:
        return None
    if content and all(isinstance(value, Tensor) for value in content.values()):
        return Table({str(name): value for name, value in content.items()}, entry)
    before = f"{entry}." if entry else ""
    tables = {
        str(name): table
        for name, value in content.items()
        if (table := find_table(value, f"{before}{name}"))
    }
    for name in ENTRIES:
        if name in tables:
            return tables[name]
    return next(iter(tables.values())) if len(tables) == 1 else None


def told_of_entry(entry: str, wanted: str = "") -> str:
    """Which entry of a file the tensors were taken from, and where it is not the one that was
    `wanted`; "" where they are the whole file, and none was.

    >>> told_of_entry("state_dict", wanted="teacher")
    "from its entry 'state_dict', there is no 'teacher'"
    """
    taken = f"from its entry {entry!r}" if entry else ""
    if not wanted or entry.split(".")[0] == wanted:
        return taken
    return f"{taken or 'from the whole file'}, there is no {wanted!r}"


def find_prefix(names: Iterable[str], needed: Iterable[str]) -> str | None:
    """What stands before every one of the `needed` names in a file, such as `module.`.

    It is "" where the names are there without a prefix. None where no prefix explains all of them,
    or where several do and none of these is a wrapper's.
    """
    in_file, wanted = set(names), list(needed)
    if in_file.issuperset(wanted):
        return ""
    first = wanted[0]
    prefixes = [name.removesuffix(first) for name in in_file if name.endswith(f".{first}")]
    fitting = [
        prefix for prefix in prefixes if in_file.issuperset(f"{prefix}{name}" for name in wanted)
    ]
    usual = [prefix for prefix in fitting if WRAPPERS.issuperset(prefix[:-1].split("."))]
    for chosen in (fitting, usual):
        if len(chosen) == 1:
            return chosen[0]
    return None


def without(prefix: str, tensors: Mapping[str, Tensor]) -> tuple[Tensors, list[str]]:
    """The tensors whose names begin with a prefix, by their names without it; and the names of the
    others."""
    below = [name for name in tensors if name.startswith(prefix)]
    others = [name for name in tensors if not name.startswith(prefix)]
    return {name.removeprefix(prefix): tensors[name] for name in below}, others


def shared_start(names: Iterable[str]) -> str:
    """The longest start that all names share, up to a dot."""
    start = os.path.commonprefix(list(names))  # noqa: RUF071 (cut at a dot, not at a slash)
    return start[: start.rfind(".") + 1]
