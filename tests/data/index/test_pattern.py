"""What patterns of names tell of a file."""

from pathlib import PurePosixPath as Path

import pytest

from pleura.data.index.pattern import FolderPattern, NamePattern, read_names
from pleura.errors import InputError


@pytest.mark.parametrize(
    ("pattern", "path", "cells"),
    [
        ("{patient}_{number}.png", "a/p1_2.png", {"patient": "p1"}),
        ("{patient}_{number}", "a/p_1_2.PNG", {"patient": "p_1"}),  # the number is the last one
        ("{patient}_{any}.png", "p_1_2.png", {"patient": "p"}),  # the shortest: fewer patients
        ("{patient}_{number}.png", "p1_left.png", {}),
        ("{patient}", "a/p1.png", {"patient": "p1"}),  # without its ending
        ("{patient}", "1.2.840.7", {"patient": "1.2.840.7"}),  # a UID has no ending
        ("{patient}/{any}/{any}", "x/p1/s2/v.jpg", {"patient": "p1"}),
        ("{video}_f{frame}", "c_7_f012.jpg", {"video": "c_7", "frame": "012"}),
        (r"(?P<patient>person\d+)", "train/person12_virus_3.jpeg", {"patient": "person12"}),
        (r"(?P<patient>person\d+)", "train/IM-1.jpeg", {}),
        ("{patient}_{number}", "u\u0308_1.png", {"patient": "\u00fc"}),  # as tables are read
        ("{patient}_{ward}_{side}", "p1_icu_l.png", {"patient": "p1", "ward": "icu", "side": "l"}),
        ("{label}-{patient} ({number})", "ill-7 (2).png", {"label": "ill", "patient": "7"}),
    ],
)
def test_a_pattern_gives_the_cells_that_it_names(
    pattern: str, path: str, cells: dict[str, str]
) -> None:
    assert NamePattern(pattern).read(Path(path)) == cells


def test_the_first_pattern_that_fits_counts() -> None:
    patterns = [NamePattern("{patient}_{number}"), NamePattern("{patient}")]
    assert read_names(patterns, Path("a_1.png")) == {"patient": "a"}
    assert read_names(patterns, Path("a-1.png")) == {"patient": "a-1"}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{ward}_{number}", "names no patient"),
        ("{patinet}_{number}", "no field 'patinet'; did you mean 'patient'"),
        ("{lable}_{patient}", "did you mean 'label'"),
        ("{veiw}_{patient}", "did you mean 'view'"),
        ("{PID}_{patient}", "did you mean 'patient'"),
        ("{patient}_{nmuber}", "did you mean 'number'"),
        ("(?P<patient>a)(?P<fraem>b)", "did you mean 'frame'"),
        ("{patient}_{width}", "a table has a column width anyway"),
        ("{patient}_{1}", "begin with a letter"),
        ("{patient}_{patient}", "stands there twice"),
        ("(?P<patient>a", "no regular expression"),
    ],
)
def test_a_pattern_that_tells_no_patient_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NamePattern(pattern)


def test_folders_are_named_from_the_top() -> None:
    pattern = FolderPattern("{source}/{label}/")
    assert pattern.read(Path("a/ill/p1/1.png")) == {"source": "a", "label": "ill"}
    assert pattern.read(Path("a/1.png")) == {}
    with pytest.raises(InputError, match="did you mean 'source'"):
        FolderPattern("{sorce}/{label}")
    with pytest.raises(InputError, match="names none of the columns"):
        FolderPattern("{any}")
