"""Tells in one way what is damaged in a DICOM file, and nothing in the words of a library."""

from collections.abc import Iterator
from contextlib import contextmanager

from pleura.errors import PleuraError

CURE = "export it again from where it comes from, or leave it out"


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    """Raise whatever pydicom or a decoder raises on damaged data as a PleuraError with this reason
    and what to do. Errors of pleura, of the system and of memory pass as they are."""
    try:
        yield
    except (PleuraError, MemoryError):
        raise
    except Exception as error:  # pydicom and decoders raise anything at all on damaged data
        if isinstance(error, OSError) and error.errno:
            raise
        raise PleuraError(f"{reason}; {CURE}") from error
