"""Reading one image into gray pixels; one module a family of formats.

An address is the path of a file, or `<path>::<member>` for an image inside a file that holds many
(`pneumoniamnist.npz::train_images::17`). Which reader it needs goes by the ending of its name; a
file without an ending is DICOM where its contents say so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pleura.data.readers.decoded import Decoded, Numbers
from pleura.data.readers.dicom.header import is_unnamed_dicom
from pleura.data.readers.dicom.reader import DicomReader
from pleura.data.readers.listed import READERS as READERS
from pleura.data.readers.listed import SUFFIXES
from pleura.data.readers.reader import Reader
from pleura.errors import PleuraError

NO_SUCH_FILE = "no such file"
Result = TypeVar("Result")


class ReadError(PleuraError):
    """An image that cannot be read; `address` says which, `reason` why."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address}: {reason}")


def split_address(address: str) -> tuple[Path, str | None]:
    """The path and the member (None for a whole file) of an image's address."""
    path, _, member = address.partition("::")
    return _path(path), member or None


@lru_cache(1024)
def _path(name: str) -> Path:
    """Taken apart once for all frames of a clip."""
    return Path(name)


def read_image(address: str, at_least: int | None = None) -> Decoded:
    """Read the image at `address`, upright and gray; `at_least` as in `Reader.read`.

    Raises `ReadError` for whatever is wrong with it: no such file, empty, unknown suffix, contents
    that are not what the name says, cut off or damaged, more than `MAX_PIXELS` pixels.
    """
    return _read(address, lambda reader, path, member: reader.read(path, member, at_least))


def read_numbers(address: str) -> Numbers:
    """Read the file at `address` as a mask. Raises `ReadError` as `read_image` does, and for
    colours."""
    return _read(address, lambda reader, path, member: reader.read_numbers(path, member))


def _read(address: str, how: Callable[[Reader, Path, str | None], Result]) -> Result:
    path, member = split_address(address)
    suffix = path.suffix.lower()
    reader = next((reader for reader in READERS if suffix in reader.suffixes), None)
    if reader is None and is_unnamed_dicom(path):
        reader = DicomReader()
    if reader is None:
        what = f"no reader for {suffix!r}" if suffix else "its name has no ending of an image file"
        raise ReadError(address, f"{what}: {', '.join(SUFFIXES)}")
    with errors_of(address):
        if not path.is_file():
            raise PleuraError(NO_SUCH_FILE)
        if path.stat().st_size == 0:
            raise PleuraError("the file is empty")
        return how(reader, path, member)


@contextmanager
def errors_of(address: str) -> Iterator[None]:
    """Raise whatever goes wrong with the file at `address` as a `ReadError`."""
    try:
        yield
    except PleuraError as error:
        raise ReadError(address, str(error)) from error
    except Exception as error:  # decoders raise anything at all on damaged data
        if isinstance(error, OSError) and error.errno:
            raise ReadError(address, f"cannot be read ({error.strerror})") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ReadError(address, f"damaged, or not what its name says ({reason})") from error
