"""The contract of a self-supervised method: its options, and what they make of a backbone."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from pleura.data.view_settings import Views

if TYPE_CHECKING:
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer


class Method(BaseModel, ABC):
    """A self-supervised method; its fields are its options in a study file.

    The first line of its docstring and the descriptions of its fields are what
    `pleura list methods` prints.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: ClassVar[int] = 1
    """Raised by a method whenever it comes to learn otherwise than before."""

    @abstractmethod
    def build(
        self, loaded: "LoadedBackbone", views: Views, *, size: int, seed: int
    ) -> "Pretrainer":
        """The network to train, on images of `size` pixels; its own modules start from `seed`.

        Raises InputError where the backbone or the size does not suit the method.
        """
