"""Some of the damaged files of benchmarks/damaged_files.py, which reads 1,000 a format."""

import time
from pathlib import Path

import numpy as np
import pytest
from benchmarks.damaged_files import (
    CARD,
    FLIPPED,
    KINDS,
    MEMBERS,
    SUFFIXES,
    damage,
    read,
    sound_files,
)

from pleura.data.readers import ReadError, decoded, read_image
from pleura.deploy.decoding import decode_for


@pytest.fixture(scope="module")
def sounds() -> dict[str, list[bytes]]:
    return sound_files(size=112, seed=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", SUFFIXES)
def test_damaged_files_are_read_as_they_were_or_refused_by_name(
    sounds: dict[str, list[bytes]], form: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a{SUFFIXES[form]}"
    for number, sound in enumerate(sounds[form]):
        path.write_bytes(sound)
        pixels = decode_for(CARD, f"{path}{MEMBERS.get(path.suffix, '')}")[1]
        for seed in range(4):
            path.write_bytes(damage(kind, form, sound, np.random.default_rng([number, seed])))
            began = time.perf_counter()
            outcome, reason = read(path, pixels)
            assert time.perf_counter() - began < 10
            allowed = ("refused", "read", "changed") if kind in FLIPPED else ("refused", "read")
            assert outcome in allowed, (number, seed, reason)


@pytest.mark.parametrize("form", SUFFIXES)
def test_what_would_take_too_much_memory_is_refused(
    sounds: dict[str, list[bytes]], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{SUFFIXES[form]}"
    path.write_bytes(sounds[form][1])  # more than a byte a pixel, as every format's second is
    address = f"{path}{MEMBERS.get(path.suffix, '')}"
    image = read_image(address)
    monkeypatch.setattr(decoded, "MAX_BYTES", image.width * image.height)
    path.touch()  # a clip that has been read stays open until its file changes
    with pytest.raises(ReadError, match=r"pixels of \d+ bytes are more than"):
        read_image(address)
    path.write_bytes(sounds[form][0])
    if path.suffix not in MEMBERS:  # a decoder keeps several frames of a clip
        assert read_image(address).bits == 8
