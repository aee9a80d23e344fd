"""Published weights: where they lie, what their network expects of images, what they were trained
on. It imports no torch, so that a study file is checked at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from pleura.models.sources.collections import Collection

if TYPE_CHECKING:
    from torch import Tensor

Layout = Callable[["dict[str, Tensor]"], "dict[str, Tensor]"]
"""The tensors of a file by the names that the library's network gives them; what the network does
not have, such as a decoder, is left out."""


TAR = ".pth.tar"  # an ending of two parts


@dataclass(frozen=True)
class Url:
    """A file at an address."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def file(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[1]

    @property
    def host(self) -> str:
        """Who has it."""
        return self.url.split("/")[2]


@dataclass(frozen=True)
class Hub:
    """A file of a repository of the Hugging Face hub, at a revision (a commit or a branch)."""

    repository: str
    file: str
    revision: str = "main"
    host: str = "huggingface.co"

    def __str__(self) -> str:
        return f"{self.file} of {self.url}"

    @property
    def url(self) -> str:
        """The page of the repository."""
        return f"https://{self.host}/{self.repository}"


@dataclass(frozen=True)
class ByHand:
    """A file that must be downloaded by hand: `how` says what to do at the page `url`."""

    url: str
    file: str
    how: str

    def __str__(self) -> str:
        return f"{self.file} of {self.url}"

    @property
    def host(self) -> str:
        """Who has it."""
        return self.url.split("/")[2]


@dataclass(frozen=True, kw_only=True)
class WeightSource:
    """Published weights that a study file calls by `name`.

    `what` is said of them in one line, and `page` tells more. `backbone` is the name by which
    pleura builds their network. Images in [0, 1] are normalised with `mean` and `std`, which have
    one value for each of `channels` (1: gray images; 3: in the order `order`); `size` is the side
    in pixels of the images that they were trained on. `place` is where the file lies, `entry` the
    key under which it holds the tensors ("": the one table that it has), `layout` gives them the
    names of the backbone's library. `sha256` is hexadecimal, "" where nobody has published one, and
    `bytes` the size of the file in words, "" where that is not known.

    `trained_on` are the collections whose images the training saw; `trained_notes` says what else
    is known of them. `trained_on` is None where that is not known.
    """

    name: str
    what: str
    page: str
    licence: str
    backbone: str
    channels: Literal[1, 3]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int
    place: Url | Hub | ByHand
    layout: Layout
    entry: str = ""
    order: Literal["RGB", "BGR"] = "RGB"
    sha256: str = ""
    bytes: str = ""
    trained_on: tuple[Collection, ...] | None
    trained_notes: str = ""

    @property
    def range(self) -> tuple[float, float]:
        """What the network is given for black and for white, the mean over channels."""
        low = [-mean / std for mean, std in zip(self.mean, self.std, strict=True)]
        high = [(1 - mean) / std for mean, std in zip(self.mean, self.std, strict=True)]
        return sum(low) / len(low), sum(high) / len(high)

    @property
    def files(self) -> tuple[str, ...]:
        """The names under which the file is looked for in the folder of weights."""
        file = self.place.file
        own = self.name + (TAR if file.endswith(TAR) else PurePath(file).suffix)
        # Many a file of the hub has no name of its own.
        return (own,) if file.startswith("model.") else (file, own)

    @property
    def names_trained_on(self) -> tuple[str, ...] | None:
        """The names of the collections that the training saw; None where they are not known."""
        if self.trained_on is None:
            return None
        return tuple(collection.name for collection in self.trained_on)

    @property
    def seen(self) -> str:
        """The collections that the training saw, in words."""
        if self.trained_on is None:
            return "not known"
        return ", ".join(each.name for each in self.trained_on) or "images of the web"


def scaled_to(low: float, high: float, channels: Literal[1, 3]) -> tuple[tuple[float, ...], ...]:
    """The mean and std by which black becomes `low` and white `high`, for each of the channels.

    >>> scaled_to(-1024, 1024, 1)
    ((0.5,), (0.00048828125,))
    """
    std = 1 / (high - low)
    return (-low * std,) * channels, (std,) * channels
