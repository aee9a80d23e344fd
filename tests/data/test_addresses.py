"""Files are found however their names are written, and causes are told where they are not."""

import unicodedata
from pathlib import Path

import pytest

from pleura.data.addresses import Addresses, on_disk, why_missing
from pleura.data.audit import check
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.conftest import Row, WriteTable

COMPOSED, APART = (unicodedata.normalize(form, "Ödem/é 1.png") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(("on_disk", "cell"), [(COMPOSED, APART), (APART, COMPOSED)])
def test_another_unicode_form(tmp_path: Path, on_disk: str, cell: str) -> None:
    (tmp_path / on_disk).parent.mkdir()
    (tmp_path / on_disk).write_bytes(b"x")
    addresses = Addresses(tmp_path)
    assert addresses.find(cell) == str(tmp_path / on_disk)
    assert addresses.find(str(tmp_path / cell)) == str(tmp_path / on_disk)
    assert addresses.find(f"{cell}::images::3") == f"{tmp_path / on_disk}::images::3"
    assert addresses.find(cell.replace("/", "\\")) == str(tmp_path / on_disk)
    assert addresses.find("é 2.png") == str(tmp_path / "é 2.png")


@pytest.mark.parametrize("cell", ["Clinic/A_1.PNG", "clinic/a_1.png", r"CLINIC\A_1.png"])
def test_another_case_where_it_is_clear_which_file_is_meant(tmp_path: Path, cell: str) -> None:
    (tmp_path / "Clinic").mkdir()
    (tmp_path / "Clinic" / "a_1.png").write_bytes(b"x")
    assert Addresses(tmp_path).find(cell) == str(tmp_path / "Clinic" / "a_1.png")
    (tmp_path / "Clinic" / "A_1.png").write_bytes(b"x")
    missing = Addresses(tmp_path).find("Clinic/A_1.PNG")
    assert missing == str(tmp_path / "Clinic" / "A_1.PNG")
    assert Addresses(tmp_path).find("clinic/A_1.png") == str(tmp_path / "Clinic" / "A_1.png")


def test_one_address_is_called_as_on_disk_or_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / APART).parent.mkdir()
    (tmp_path / APART).write_bytes(b"x")
    assert on_disk(APART) == APART
    assert on_disk(COMPOSED) == str(tmp_path / APART)
    assert on_disk(str(tmp_path / COMPOSED.upper())) == str(tmp_path / APART)
    assert on_disk("b.npz::images::3") == "b.npz::images::3"


def test_a_name_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in (r"a\b.png", "\u00e9.png", "e\u0301.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.png").write_bytes(b"x")
    addresses = Addresses(tmp_path)
    assert addresses.find(r"a\b.png") == str(tmp_path / r"a\b.png")
    for name in ("\u00e9.png", "e\u0301.png"):
        assert addresses.find(name).endswith(name)
    assert addresses.find("") == ""


def test_folders_are_not_left_by_backslashes_either(tmp_path: Path) -> None:
    addresses = Addresses(tmp_path)
    for cell in ("../a.png", r"..\a.png", r"b\..\..\a.png", "b/../../a.png"):
        assert addresses.climbs(cell)
    for cell in ("a.png", r"b\a.png", "b/../a.png", "/x/a.png", "..a.png"):
        assert not addresses.climbs(cell)


def rows(image: str) -> list[Row]:
    return [{"image": image.format(i), "label": "ab"[i % 2], "patient": f"p{i}"} for i in range(4)]


def test_a_manifest_with_backslashes_is_read(write_table: WriteTable) -> None:
    path = write_table(rows("img/{}.png"))
    key = read_manifest(path).key
    path.write_text(path.read_text().replace("img/", "img\\"))
    manifest = read_manifest(path)
    assert (manifest.problems, manifest.key) == ((), key)


def test_the_key_does_not_hang_on_how_a_disk_spells(write_table: WriteTable) -> None:
    path = write_table(rows("\u00e9{}.png"))
    composed = read_manifest(path)
    for file in path.parent.glob("*.png"):
        file.rename(file.with_name(unicodedata.normalize("NFD", file.name)))
    decomposed = read_manifest(path)
    assert (composed.problems, decomposed.problems) == ((), ())
    assert composed.key == decomposed.key
    assert composed.name(0) == decomposed.name(0) == "\u00e90.png"
    assert Path(decomposed.table["image"][0]).is_file()


def test_paths_of_windows_are_told(write_table: WriteTable) -> None:
    cause = "a path of Windows; write paths from the table's own folder, with /"
    for name in (r"C:\scans\0.png", "c:/scans/0.png", r"\\server\scans\0.png"):
        assert cause in why_missing(f"/data/{name}")
    assert why_missing("/data/scans/0.png") == ""
    path = write_table(rows(r"C:\missing\{}.png"))
    manifest = read_manifest(path)
    bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=8)
    with pytest.raises(InputError) as caught:
        check(manifest, bank)
    assert cause in caught.value.heading
    assert "moved" not in caught.value.heading
    assert len(caught.value.problems) == 4
    assert all(cause in problem for problem in caught.value.problems)


def test_a_word_for_no_file_is_told(write_table: WriteTable) -> None:
    path = write_table([{**row, "mask": "nan"} for row in rows("{}.png")])
    assert all(
        "'nan' names no file; leave such cells empty" in told
        for told in read_manifest(path).problems
    )
