"""What a DICOM header says of one frame: its own functional groups first, then those of all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Layers:
    """The datasets in which to look for what is true of one frame, the nearest first.

    `header` is that of the file. Enhanced multi-frame files (NEMA PS3.3, C.7.6.16) say what changes
    from frame to frame in sequences of their own; of other files the header is the only layer.
    """

    header: "Dataset"
    layers: tuple["Dataset", ...]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an element by its keyword; `default` where it is missing or empty."""
        for layer in self.layers:
            if (value := layer.get(name)) not in (None, "", []):
                return value
        return default

    def first(self, name: str) -> Any:
        """The first of several values, or the only one, None where there is none."""
        value = self.get(name)
        return value if value is None or isinstance(value, str | int | float) else value[0]

    def count(self, name: str) -> int:
        """How many values an element has."""
        value = self.get(name)
        return 1 if isinstance(value, str | int | float) else len(value or ())


def layers_of(header: "Dataset", frame: int) -> Layers:
    """Where to look for what is true of a frame, counted from 0."""
    groups = []
    for name, item in (
        ("PerFrameFunctionalGroupsSequence", frame),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        items = header.get(name) or []
        if item < len(items):
            groups += [each.value[0] for each in items[item] if each.VR == "SQ" and each.value]
    return Layers(header, (*groups, header))
