"""Tensors of a file into a network: all of them, of the right shapes, and with finite values."""

import torch

from pleura.errors import InputError
from pleura.models.backbone import LibraryNet
from pleura.models.checkpoints import Tensors, find_prefix, listed, shared_start, without
from pleura.wording import count

TOLD = 12  # problems one by one; of more, each kind in one line
COUNTS = "num_batches_tracked"  # files without it are common, and nothing here reads it


def fit(net: LibraryNet, tensors: Tensors, heading: str) -> str:
    """Copy tensors into the backbone; what of their names was passed over, for a note.

    Raises InputError that tells all that do not fit, and those with values that are no numbers.
    """
    features = {f"features.{key}": tensor for key, tensor in tensors.items()}
    if features.keys() & net.tensors.keys():
        tensors = features
    held = {id(t) for t in (*net.backbone.parameters(), *net.backbone.buffers())}
    needed = {key: tensor for key, tensor in net.tensors.items() if id(tensor) in held}
    required = [key for key in needed if not key.endswith(COUNTS)]
    tensors, told = _unwrapped(tensors, required)
    if problems := _misfits(net, tensors, needed):
        short = _in_short(problems, net, tensors, needed) if len(problems) > TOLD else problems
        raise InputError(f"{heading}: these weights do not fit {net.backbone.name}", short)
    if problems := _no_numbers(tensors, needed):
        raise InputError(
            f"{heading}: some of these weights are no numbers; the file is damaged, or the "
            "training that wrote it had failed",
            problems,
        )
    with torch.no_grad():
        for key, target in needed.items():
            if key in tensors:
                target.copy_(tensors[key])
    return told


def _unwrapped(tensors: Tensors, required: list[str]) -> tuple[Tensors, str]:
    """Tensors without the prefix that leaves all `required` names, and a note on it."""
    for inner in ("", "features."):  # files of features alone lack the latter
        wanted = [key.removeprefix(inner) for key in required if key.startswith(inner)]
        prefix = find_prefix(tensors, wanted) if len(wanted) == len(required) else None
        if prefix == "" and not inner:
            break
        if prefix:
            below, beside = without(prefix, tensors)
            told = f"names without their prefix {prefix!r}"
            if beside:
                told += f", {count(len(beside), 'tensor')} beside it left out ({listed(beside)})"
            return {f"{inner}{key}": tensor for key, tensor in below.items()}, told
    return tensors, ""


def _misfits(net: LibraryNet, tensors: Tensors, needed: Tensors) -> list[str]:
    heads = {_root(key) for key in net.tensors} - {_root(key) for key in needed}
    problems = [
        f"{key}: not in the network"
        for key in tensors
        if key not in net.tensors and _root(key) not in heads  # another head in the same place
    ]
    for key, target in needed.items():
        if key not in tensors:
            if not key.endswith(COUNTS):
                problems.append(f"{key}: missing in the file")
        elif tensors[key].shape != target.shape:
            found, wanted = tuple(tensors[key].shape), tuple(target.shape)
            problems.append(f"{key}: shape {found} in the file, {wanted} in the network")
        elif target.is_floating_point() and not _is_plain(tensors[key]):
            kind = str(tensors[key].dtype).removeprefix("torch.")
            kind += "" if tensors[key].layout == torch.strided else ", sparse"
            problems.append(f"{key}: not plain floating-point numbers in the file, but {kind}")
    return problems


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether values are what they say: not whole or quantised numbers, whose scale stands
    elsewhere, nor complex, nor sparse, nor left out."""
    return tensor.is_floating_point() and tensor.layout == torch.strided and not tensor.is_meta


def _root(key: str) -> str:
    return key.partition(".")[0]


def _no_numbers(tensors: Tensors, needed: Tensors) -> list[str]:
    """Tensors of the backbone with values that no network can compute with."""
    problems = []
    for key, target in needed.items():
        if key in tensors:
            values = tensors[key].to(target.dtype)
            wrong = int((~values.isfinite()).sum())
            if wrong:
                problems.append(f"{key}: {wrong} of {values.numel()} values are NaN or infinite")
            elif key.endswith("running_var") and bool((values < 0).any()):
                problems.append(f"{key}: a variance is below 0")
    return problems


def _in_short(problems: list[str], net: LibraryNet, tensors: Tensors, needed: Tensors) -> list[str]:
    """Each kind of misfit in one line, and what may help."""
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        what = problem.partition(": ")[2]
        kinds.setdefault("another shape" if what.startswith("shape") else what, []).append(problem)
    lines = []
    for what, alike in kinds.items():
        names = listed(problem.partition(": ")[0] for problem in alike)
        lines.append(f"{what}: {len(alike)} tensors, {names}" if len(alike) > 1 else alike[0])
    start = shared_start(tensors)
    names = f"all names in it begin with {start!r}" if start else f"it has {listed(tensors)}"
    return [
        *lines,
        f"{names}; a prefix is passed over where it is that of all "
        f"{count(len(needed), 'tensor')} of {net.backbone.name}, such as "
        f"{listed(needed)}: is it this network's file?",
    ]
