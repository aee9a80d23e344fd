"""No column that a user wrote into a table is lost when the table is made anew."""

from pathlib import Path

import pytest

from pleura.csv_limit import longest_cells
from pleura.data import written
from pleura.data.index.folder import index_folder
from pleura.data.written import write_table
from tests.data.index.made import make

NEW = "image,patient\na.png,a\nb.png,b\n"


def test_a_table_with_columns_of_its_user_is_kept_each_time(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "a1_1.png", "b1_1.png")
    table = index_folder(folder, patterns=["{patient}_{number}"]).table
    old = []
    for name in ("labels", "notes", "mine"):
        old.append("\n".join(f"{line},{name}" for line in table.read_text().splitlines()))
        table.write_text(old[-1])
        told = index_folder(folder, patterns=["{patient}_{number}"], overwrite=True).told
        assert any(f"has {name} besides" in line for line in told)
    kept = [folder / f"images.before{at}.csv" for at in ("", ".2", ".3")]
    assert [path.read_text() for path in kept] == old
    assert write_table(table, table.read_text()) == []


def test_the_old_table_stays_where_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "images.csv"
    table.write_text("image,label\na.png,ill\n")

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(written, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write_table(table, NEW)
    assert table.read_text() == "image,label\na.png,ill\n"
    assert [*tmp_path.iterdir()] == [table]


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("image,patient\na.png,Smith\nb.png,b\n", "other words in 1 row"),
        ("image,patient,label\na.png,A,x\nb.png,B,x\n", "label and other words in 2 rows"),
        ('image,patient\n"' + "a" * 200_000 + '",b\n', "what is no table"),
        (NEW, ""),
        ("image,patient\nb.png,\nc.png,c\n", ""),  # images come and go; an empty cell is no loss
    ],
)
@pytest.mark.parametrize("limit", [1_000, 2**31 - 1])  # of csv, which other packages change
def test_a_table_whose_cells_a_user_wrote_is_kept(
    limit: int, old: str, told: str, tmp_path: Path
) -> None:
    table, kept = tmp_path / "images.csv", tmp_path / "images.before.csv"
    table.write_text(old)
    sentence = f"the table that was there is kept as {kept}: it has {told} besides"
    with longest_cells(limit):
        assert write_table(table, NEW) == ([sentence] if told else [])
    assert table.read_text() == NEW
    assert not told or kept.read_text() == old
