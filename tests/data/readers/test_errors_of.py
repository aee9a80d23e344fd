"""What is said of a file that goes wrong, whichever reader is at work."""

import pytest

from pleura.data.readers import ReadError, errors_of


def test_a_file_that_may_not_be_read_is_not_called_damaged() -> None:
    with (
        pytest.raises(ReadError, match=r"^a\.png: cannot be read \(Permission denied\)$"),
        errors_of("a.png"),
    ):
        raise PermissionError(13, "Permission denied", "a.png")


def test_what_a_decoder_raises_is_damage() -> None:
    with pytest.raises(ReadError, match="damaged"), errors_of("a.png"):
        raise OSError("broken data stream")  # as Pillow has it
