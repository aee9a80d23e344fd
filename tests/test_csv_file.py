"""A table of a study is read whole, or refused by name, with the line and the cure."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.csv_file import AGAIN, LENGTHS, is_whole, read_csv, record_lengths
from pleura.errors import InputError

WHOLE = 'recipe,seed,history\na,0,"[1, 2]"\nNA,1,\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.csv"


def test_a_whole_table_is_read_as_it_is_written(path: Path) -> None:
    path.write_text(WHOLE)
    table = read_csv(path, ("recipe", "seed"))
    assert table["recipe"].tolist() == ["a", "NA"]
    assert table["history"].tolist() == ["[1, 2]", ""]
    assert is_whole(path)


def test_a_cell_may_be_longer_than_csv_expects(path: Path) -> None:
    pd.DataFrame({"history": ["x" * 200_000]}).to_csv(path, index=False)
    assert len(read_csv(path)["history"][0]) == 200_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("recipe,se", "ends within line 1: the file is cut off"),
        (WHOLE[:-1], "ends within line 3: the file is cut off"),
        ("recipe,seed,history\na,0,\nb,0.0", "line 3 has 2 of 3 cells"),
        ("recipe,seed,history\na,0,\nb\nc,0,\n", "line 3 has 1 of 3 cells"),
        ("recipe,seed,history\na,0,,\n", "line 2 has 4 of 3 cells"),
        ('recipe,seed,history\na,0,\nb,0,"[1, ', "line 3 cannot be read"),
        ('recipe,seed,history\na,0,"[1,\nb,0,"[1]"\n', "line 3 cannot be read"),
        (WHOLE + "\0" * 40, "line 4 has 1 of 3 cells"),
        ("recipe,history\na,\n", "columns missing: seed"),
    ],
)
def test_what_is_not_whole_is_told_with_its_line(path: Path, text: str, told: str) -> None:
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_csv(path, ("seed",))
    assert str(error.value).startswith(f"{path}: {told}")
    assert str(error.value).endswith(AGAIN)


def test_what_is_cut_at_the_end_of_a_line_is_told_by_its_length(path: Path) -> None:
    path.write_text(WHOLE)
    record_lengths(path.parent, ["runs.csv", "absent.csv"])
    assert len(read_csv(path)) == 2
    left = WHOLE.rpartition("NA")[0]
    path.write_text(left)
    lengths = f"{len(left)} of the {len(WHOLE)} bytes"
    message = f"{path}: has {lengths} that its study wrote: the file is cut off"
    with pytest.raises(InputError) as error:
        read_csv(path)
    assert str(error.value).startswith(message)
    assert str(error.value).endswith(AGAIN)
    assert not is_whole(path)
    path.write_bytes(WHOLE.replace("\n", "\r\n").encode())  # as another program writes it
    assert len(read_csv(path)) == 2
    path.write_text(left)
    path.with_name(LENGTHS).unlink()
    assert len(read_csv(path)) == 1


@pytest.mark.parametrize(
    ("contents", "told"), [(None, "is missing"), (b"a\n\xff\n", "cannot be read as a table")]
)
def test_no_table_at_all(path: Path, contents: bytes | None, told: str) -> None:
    if contents:
        path.write_bytes(contents)
    with pytest.raises(InputError, match=rf"runs\.csv {told}.*; {AGAIN}"):
        read_csv(path)
    assert not is_whole(path)
