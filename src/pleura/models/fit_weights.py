"""Puts the tensors of a file into a network: all of them, of the right shapes and finite."""

import torch

from pleura.errors import InputError, refuse
from pleura.models.backbone import LibraryNet
from pleura.models.checkpoints import Tensors, find_prefix, shared_start, without
from pleura.wording import count, first_few

TOLD = 12  # problems one by one; of more, each kind in one line
COUNTS = "num_batches_tracked"  # files without it are common, and nothing here reads it
Misfit = tuple[str, str]  # the name of a tensor, and what is wrong with it


def fit(net: LibraryNet, tensors: Tensors, heading: str) -> str:
    """Copy tensors into the backbone; return a note on what was ignored in their names, or "".

    Raises InputError that tells all tensors that do not fit, and those whose values are no numbers.
    """
    tensors, note = unwrap(net, tensors)
    needed = _needed(net)
    if misfits := _misfits(net, tensors, needed):
        lines = [f"{key}: {what}" for key, what in misfits]
        if len(misfits) > TOLD:
            lines = _in_short(misfits, net, tensors, needed)
        raise InputError(f"{heading}: these weights do not fit {net.backbone.name}", lines)
    refuse(
        f"{heading}: some of these weights are no numbers; the file is damaged, or the "
        "training that wrote it had failed",
        _no_numbers(tensors, needed),
    )
    with torch.no_grad():
        for key in needed.keys() & tensors.keys():
            needed[key].copy_(tensors[key])
    return note


def unwrap(net: LibraryNet, tensors: Tensors) -> tuple[Tensors, str]:
    """The tensors by the names of the library's network: without a prefix that all of its features
    have in the file, such as `module.`; and a note on what was ignored in their names, or "".
    """
    features = {f"features.{key}": tensor for key, tensor in tensors.items()}
    if features.keys() & net.tensors.keys():
        tensors = features
    return _unwrapped(tensors, [key for key in _needed(net) if not key.endswith(COUNTS)])


def _needed(net: LibraryNet) -> Tensors:
    """The tensors of the library's network that its backbone holds."""
    held = {id(t) for t in (*net.backbone.parameters(), *net.backbone.buffers())}
    return {key: tensor for key, tensor in net.tensors.items() if id(tensor) in held}


def _unwrapped(tensors: Tensors, required: list[str]) -> tuple[Tensors, str]:
    """The tensors without the prefix by which all `required` names are found, and a note on it."""
    for inner in ("", "features."):  # files of features alone lack the latter
        wanted = [key.removeprefix(inner) for key in required if key.startswith(inner)]
        prefix = find_prefix(tensors, wanted) if len(wanted) == len(required) else None
        if prefix == "" and not inner:
            break
        if prefix:
            below, beside = without(prefix, tensors)
            note = f"names without their prefix {prefix!r}"
            if beside:
                note += f", {count(len(beside), 'tensor')} beside it left out ({first_few(beside)})"
            return {f"{inner}{key}": tensor for key, tensor in below.items()}, note
    return tensors, ""


def _misfits(net: LibraryNet, tensors: Tensors, needed: Tensors) -> list[Misfit]:
    """Tensors of the file that the network lacks or has in another form, and tensors that the file
    lacks."""
    heads = {_root(key) for key in net.tensors} - {_root(key) for key in needed}
    misfits = [
        (key, "not in the network")
        for key in tensors
        if key not in net.tensors and _root(key) not in heads  # another head in the same place
    ]
    for key, target in needed.items():
        tensor = tensors.get(key)
        if tensor is None:
            if not key.endswith(COUNTS):
                misfits.append((key, "missing in the file"))
        elif tensor.shape != target.shape:
            shapes = f"{tuple(tensor.shape)} in the file, {tuple(target.shape)} in the network"
            misfits.append((key, f"shape {shapes}"))
        elif target.is_floating_point() and not _is_float(tensor):
            kind = str(tensor.dtype).removeprefix("torch.")
            kind += "" if tensor.layout == torch.strided else ", sparse"
            misfits.append((key, f"not plain floating-point numbers in the file, but {kind}"))
    return misfits


def _is_float(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds plain floating-point numbers.

    Whole and quantised numbers have their scale elsewhere; complex, sparse and meta tensors are no
    numbers that could be copied.
    """
    return tensor.is_floating_point() and tensor.layout == torch.strided and not tensor.is_meta


def _root(key: str) -> str:
    return key.partition(".")[0]


def _no_numbers(tensors: Tensors, needed: Tensors) -> list[str]:
    """A problem for each tensor of the backbone with values that no network can compute with."""
    problems = []
    for key, target in needed.items():
        if key in tensors:
            values = tensors[key].to(target.dtype)
            if wrong := int((~values.isfinite()).sum()):
                problems.append(f"{key}: {wrong} of {values.numel()} values are NaN or infinite")
            elif key.endswith("running_var") and bool((values < 0).any()):
                problems.append(f"{key}: a variance is below 0")
    return problems


def _in_short(
    misfits: list[Misfit], net: LibraryNet, tensors: Tensors, needed: Tensors
) -> list[str]:
    """One line for each kind of misfit, and a line on what may help."""
    kinds: dict[str, list[Misfit]] = {}
    for key, what in misfits:
        kind = "another shape" if what.startswith("shape") else what
        kinds.setdefault(kind, []).append((key, what))
    lines = [
        f"{kind}: {len(alike)} tensors, {first_few(key for key, _ in alike)}"
        if len(alike) > 1
        else ": ".join(alike[0])
        for kind, alike in kinds.items()
    ]
    start = shared_start(tensors)
    names = f"all names in it begin with {start!r}" if start else f"it has {first_few(tensors)}"
    return [
        *lines,
        f"{names}, and {net.backbone.name} has {count(len(needed), 'tensor')}, such as "
        f"{first_few(needed)}. One prefix before all of these names is allowed, but none fits: "
        "is this the file of another network?",
    ]
