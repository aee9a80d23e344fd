"""Look-up tables of a DICOM file: of modality, of values of interest (VOI) and of palettes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers.decoded import Array
from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

WORD = 2**16  # values that two bytes can have
DESCRIBED = 3  # numbers of a descriptor: entries, the first value, bits of an entry


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


def lut_of(
    layer: "Dataset", prefix: str, header: "Dataset", values: tuple[float, float], called: str
) -> Lut:
    """The table whose elements begin with `prefix`, such as `LUT`, in a data set of the file with
    that `header`; `values` are the smallest and the largest that can be looked up in it, and
    messages say what it is `called`. Raises PleuraError where it is not whole."""
    with refusing(f"damaged: its {called} cannot be read"):
        return _lut_of(layer, prefix, header, values, called)


def _lut_of(
    layer: "Dataset", prefix: str, header: "Dataset", values: tuple[float, float], called: str
) -> Lut:
    descriptor = layer.get(f"{prefix}Descriptor")
    if np.size(descriptor) != DESCRIBED:
        raise PleuraError(
            f"damaged: its {called} has no {prefix}Descriptor of three numbers, which tells how "
            f"many entries it has, which value is the first, and how many bits they have; {CURE}"
        )
    count, first, bits = (int(number) for number in descriptor)
    count = count % WORD or WORD  # which a descriptor of two bytes cannot say
    data = layer.get(f"{prefix}Data")
    if isinstance(data, bytes | None):
        entries = _unpacked(data or b"", count, header.file_meta.TransferSyntaxUID)
    else:
        entries = np.atleast_1d(np.array(data, dtype=np.int64))
    if not 8 <= bits <= 16 or not len(entries):
        what = f"{len(entries)} entries of {bits} bits"
        raise PleuraError(f"damaged: its {called} ({prefix}Data) has {what}; {CURE}")
    # Some files have larger entries than they say.
    bits = max(bits, int(entries.max()).bit_length())
    return Lut(entries, _with_the_sign_of(values, first), bits)


def _with_the_sign_of(values: tuple[float, float], first: int) -> int:
    """The first value of a table, which can be negative where the `values` that go in can (PS3.3,
    C.11.2.1.1). Its two bytes were read by the sign of the samples, or by that in which they were
    written, and -500 and 65036 are the same two bytes."""
    lowest, highest = values
    if lowest < 0 and first >= WORD // 2:
        return first - WORD
    if lowest >= 0 and first < 0 and first + WORD <= highest:
        return first + WORD
    return first


def _unpacked(data: bytes, count: int, syntax: Any) -> Array:
    """The `count` entries that lie in two bytes each, or in one; none where there are fewer."""
    if len(data) >= 2 * count:
        return np.frombuffer(data, "<u2" if syntax.is_little_endian else ">u2", count)
    return np.frombuffer(data, np.uint8, count if len(data) >= count else 0)
