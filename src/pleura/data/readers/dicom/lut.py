"""Look-up tables of a DICOM file: of modality, of values of interest (VOI) and of palettes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers.decoded import Array
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Lut:
    """`entries`: (n,) whole numbers of `bits`, of which that of the value `first` is the first
    (NEMA PS3.3, C.11.1.1)."""

    entries: Array
    first: int
    bits: int

    def __call__(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """The entry of each value; values outside of the table have that of its nearer end."""
        index = np.rint(values).astype(np.int64) - self.first
        return np.asarray(self.entries[np.clip(index, 0, len(self.entries) - 1)].astype(np.int64))


def lut_of(layer: "Dataset", prefix: str, header: "Dataset") -> Lut:
    """The table whose elements begin with `prefix`, such as `LUT`, in a data set of the file with
    that `header`. Raises PleuraError where it is not whole."""
    count, first, bits = (int(number) for number in layer[f"{prefix}Descriptor"].value)
    count = count % 2**16 or 2**16  # which a descriptor of two bytes cannot say
    data = layer.get(f"{prefix}Data")
    if isinstance(data, bytes | None):
        entries = _unpacked(data or b"", count, header.file_meta.TransferSyntaxUID)
    else:
        entries = np.atleast_1d(np.array(data, dtype=np.int64))
    if not 8 <= bits <= 16 or not len(entries):
        raise PleuraError(f"damaged: its {prefix} has {len(entries)} entries of {bits} bits")
    # Some files have larger entries than they say.
    return Lut(entries, first, max(bits, int(entries.max()).bit_length()))


def _unpacked(data: bytes, count: int, syntax: Any) -> Array:
    """The `count` entries that lie in two bytes each, or in one; none where there are fewer."""
    if len(data) >= 2 * count:
        return np.frombuffer(data, "<u2" if syntax.is_little_endian else ">u2", count)
    return np.frombuffer(data, np.uint8, count if len(data) >= count else 0)
