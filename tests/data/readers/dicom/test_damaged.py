"""What is damaged is told in pleura's words, whatever the library says that hit upon it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import BUNDLED, LOSSLESS, write
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from pleura.data.index.headers import header_of
from pleura.data.readers import ReadError, read_image
from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.errors import InputError, PleuraError

NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
SYNTAXES = (
    *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian),
    *(JPEGBaseline8Bit, *LOSSLESS),
)


def foreign_words(error: BaseException) -> list[str]:
    """What errors that are not pleura's say, of those that led to this one."""
    words = []
    before = error.__cause__ or error.__context__
    while before is not None:
        words += [] if isinstance(before, PleuraError) else [str(before)]
        before = before.__cause__ or before.__context__
    return [text for text in words if len(text) > 3]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_words_of_a_library_reach_the_user(tmp_path: Path, syntax: UID) -> None:
    path = tmp_path / "a.dcm"
    sound = np.frombuffer(Path(write(path, NOISE, syntax)).read_bytes(), np.uint8)
    refused = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        damaged = sound.copy()
        at = rng.integers(132, min(len(sound), 420) if seed % 3 else len(sound), 6)
        damaged[at] = rng.integers(0, 256, 6)
        path.write_bytes(damaged[: len(sound) if seed % 5 else len(sound) // 2].tobytes())
        reads: list[Callable[[], object]] = [
            lambda: read_image(str(path)),
            lambda: header_of(path, "salt"),
        ]
        for read in reads:
            try:
                read()
            except PleuraError as error:
                refused += 1
                assert not [text for text in foreign_words(error) if text in str(error)]
    assert refused > 30


@pytest.mark.parametrize("file", ["MR_truncated.dcm", "SC_rgb_jpeg.dcm", "badVR.dcm"])
def test_real_damaged_files(file: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_image(str(BUNDLED / file))
    assert not [text for text in foreign_words(caught.value) if text in str(caught.value)]


def test_errors_of_pleura_and_of_the_system_pass() -> None:
    with pytest.raises(PleuraError, match=f"^why; {CURE}$"), refusing("why"):
        raise EOFError("of a library")
    with pytest.raises(InputError, match=r"^ours$"), refusing("why"):
        raise InputError("ours")
    with pytest.raises(PermissionError), refusing("why"):
        raise PermissionError(13, os.strerror(13), "a.dcm")
