"""Tables of sources are found by name, and a missing one says how to get it."""

from pathlib import Path

import pytest

from pleura.data.sources.places import how_to_get, public_table, terms_of
from pleura.data.tables import read_cells
from pleura.errors import InputError
from pleura.study.study_files import make_study

RECIPES = {"r": {"backbone": "resnet18", "weights": "random"}}


def put(folder: Path) -> Path:
    table = folder / "kermany" / "images.csv"
    table.parent.mkdir(parents=True)
    table.write_text("image,label,patient\n")
    return table


def test_the_working_folder_comes_before_that_of_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, studies = tmp_path / "work", tmp_path / "repository" / "studies"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("PLEURA_DATA", raising=False)
    assert public_table("kermany", studies) == work / "data" / "kermany" / "images.csv"
    for folder in (tmp_path / "repository", studies, work):
        table = put(folder / "data")
        assert public_table("kermany", studies) == table


def test_the_variable_stands_for_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEURA_DATA", str(tmp_path / "mine"))
    put(tmp_path / "data")
    table = tmp_path / "mine" / "kermany" / "images.csv"
    assert public_table("kermany", tmp_path) == table
    assert how_to_get(table).startswith("Get it: pleura data get kermany ")
    with pytest.raises(InputError, match=r"no such file\. Get it: pleura data get kermany"):
        read_cells(table, None)
    assert how_to_get(tmp_path / "mine" / "my_own" / "images.csv") == ""


def test_a_study_file_names_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEURA_DATA", str(tmp_path))
    content = {"question": "x", "split": {"test": 0.3}, "reference": "r", "recipes": RECIPES}
    study = make_study(
        {**content, "data": {"manifest": "public:kermany"}}, where="here", relative_to=tmp_path
    )
    assert study.data.manifest == tmp_path / "kermany" / "images.csv"
    assert study.data.licence == "CC BY 4.0"
    assert study.data.source.startswith("Kermany, Zhang, Goldbaum")
    assert terms_of("public:kermani") == terms_of("kermany") == terms_of(None) == {}
    with pytest.raises(InputError, match="there is no source 'kermani'; did you mean 'kermany'"):
        make_study(
            {**content, "data": {"manifest": "public:kermani"}}, where="here", relative_to=tmp_path
        )
