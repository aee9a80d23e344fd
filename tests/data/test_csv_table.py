"""Tables as spreadsheets and other programs write them."""

from pathlib import Path

import pytest

from pleura.data.csv_table import read_csv
from pleura.errors import InputError

MARK = b"\xef\xbb\xbf"


def read(tmp_path: Path, contents: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    (tmp_path / "t.csv").write_bytes(contents)
    table = read_csv(tmp_path / "t.csv")
    return table.header, table.lines


@pytest.mark.parametrize("above", [b"sep=;\n", b"SEP=;\r\n", b'"sep=;"\r\n', MARK + b"sep=;;;\n"])
def test_a_line_that_tells_the_delimiter(tmp_path: Path, above: bytes) -> None:
    assert read(tmp_path, above + b"image;label, two\na.png;1,5\n") == (
        ["image", "label, two"],
        [(3, ["a.png", "1,5"])],
    )


def test_it_may_tell_another_than_those_looked_for(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=|\na|b\n1|2\n") == (["a", "b"], [(3, ["1", "2"])])


def test_blank_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    for above in (b"sep=,\n\n", b"sep=,\r\n\r\n", b"\n \n"):
        lines = above.count(b"\n")
        assert read(tmp_path, above + b"a,b\n1,2\n") == (["a", "b"], [(lines + 2, ["1", "2"])])


def test_bars_need_not_be_told(tmp_path: Path) -> None:
    assert read(tmp_path, b"image|label\na,1|x\n") == (["image", "label"], [(2, ["a,1", "x"])])
    assert read(tmp_path, b"image,a|b\n1,2\n") == (["image", "a|b"], [(2, ["1", "2"])])


def test_tables_put_together_in_another_order_of_columns_are_told(tmp_path: Path) -> None:
    table = b"image,label,patient\na.png,x,1\n"
    with pytest.raises(InputError, match=r"line 3 is the header with its columns in another order"):
        read(tmp_path, table + b"label,image,patient\ny,b.png,2\n")
    assert len(read(tmp_path, table + b"label,b.png,patient\n")[1]) == 2


def test_a_column_may_be_called_so(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=a,b\n1,2\n") == (["sep=a", "b"], [(2, ["1", "2"])])


def test_files_put_one_after_the_other(tmp_path: Path) -> None:
    part = MARK + b"image,label\n"
    (tmp_path / "t.csv").write_bytes(part + b"a.png,x\n" + part + b"b.png,y\n" + MARK + b'"c",z\n')
    table = read_csv(tmp_path / "t.csv")
    assert table.lines == [(2, ["a.png", "x"]), (4, ["b.png", "y"]), (5, ["c", "z"])]
    assert table.notes == ("rows that repeat the header, as where tables were put together: 1 (3)",)


def test_letters_are_composed_and_that_is_said(tmp_path: Path) -> None:
    text = "b,e\u0301\ne\u0301,\u00e9\n"
    assert read(tmp_path, text.encode()) == (["b", "\u00e9"], [(2, ["\u00e9", "\u00e9"])])
    assert read_csv(tmp_path / "t.csv").notes == (
        "accented letters of two characters in the table are read as those of one",
    )
    read(tmp_path, text.replace("e\u0301", "\u00e9").encode())
    assert read_csv(tmp_path / "t.csv").notes == ()


def opened(*at: int) -> bytes:
    """A table of nine images in which the last cell of some rows begins with a quote mark."""
    rows = [f"{n}.png,a,{chr(34) if n in at else ''}p{n}" for n in range(9)]
    return "\n".join(["image,label,patient", *rows, ""]).encode()


@pytest.mark.parametrize("at", [(2,), (8,), (2, 5), (0, 1)])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_quote_that_swallows_rows_is_told(
    tmp_path: Path, at: tuple[int, ...], end: bytes
) -> None:
    if at == (8,):  # the last row swallows none
        assert len(read(tmp_path, opened(8).replace(b"\n", end))[1]) == 9
        return
    with pytest.raises(InputError, match='a cell begins with "') as error:
        read(tmp_path, opened(*at).replace(b"\n", end))
    assert error.value.problems[0].startswith(f"row {at[0] + 2}: 'p{at[0]}' and ")


def test_the_last_cell_may_swallow_lines_without_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 2: 'p1' and 2 lines after it"):
        read(tmp_path, b'image,patient\na,"p1\nb,p2\nc,p3\n')


@pytest.mark.parametrize("text", ["heart, lungs\nno effusion, 5 cm", 'a ""b""\nc', "1\r\n2"])
def test_a_text_may_have_several_lines(tmp_path: Path, text: str) -> None:
    table = f'image,report,patient\na.png,"{text}",1\nb.png,5" wide,2\n'.encode()
    assert [row[0] for _, row in read(tmp_path, table)[1]] == ["a.png", "b.png"]
