"""Patients who are called by hashes: that nobody is found by other names is no answer."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pleura.data.names import name_key
from pleura.data.readers.dicom.described import is_hash, keyed_hash
from pleura.errors import InputError
from pleura.external.hashed import compared_names
from pleura.external.home import Home, home_of
from pleura.external.membership import NOT_KNOWN, Membership, who_is_known
from tests.external.made import make_study

SALT = "secret"


def hashed(name: str, salt: str = SALT) -> str:
    return keyed_hash(salt, "patient", name_key(name))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of the patients P0 to P23; the first eight train."""
    return make_study(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def study(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, as of a table in which `pleura data index` has hashed the patients."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "best").mkdir()
    for name in ("best/model.json", "study.yaml", "split.json"):
        (folder / name).write_bytes((plain / name).read_bytes())
    text = (folder / "split.json").read_text()
    for at in range(24):
        text = text.replace(f'"P{at}"', f'"{hashed(f"P{at}")}"')
    (folder / "split.json").write_text(text)
    return folder


def ask(study: Path, folder: Path, names: list[str], salt: str | None = None) -> Membership:
    path = folder / "asked.csv"
    pd.DataFrame({"patient": names}).to_csv(path, index=False)
    return who_is_known(study / "best", path, salt=salt)


def test_what_is_a_hash() -> None:
    assert is_hash(hashed("P1"))
    assert not any(map(is_hash, ("P1", "1234567890123456", "0123456789abcdef0", "0a" * 7)))


def test_a_study_knows_whether_its_patients_are_hashes(plain: Path, study: Path) -> None:
    card = json.loads((study / "best" / "model.json").read_text())
    homes = [home_of(each / "best", card) for each in (plain, study)]
    assert [(home.named, home.hashed) for home in homes if home] == [(24, 0), (24, 24)]


def test_without_the_salt_names_are_refused(study: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"called by hashes, with which .*'P3' \(2 names\).*--salt"
    ):
        ask(study, tmp_path, ["P3", "P9", "unknown", hashed("P1")])
    known = ask(study, tmp_path, ["P3", "p 009", "P99"], SALT)
    assert known.answers["answer"].tolist() == ["train", "validation", NOT_KNOWN]
    assert "hash" not in str(known)


def test_hashes_are_asked_for_as_they_are(study: Path, tmp_path: Path) -> None:
    known = ask(study, tmp_path, [hashed("P3").upper(), hashed("P99")])
    assert known.answers["answer"].tolist() == ["train", NOT_KNOWN]
    assert "hash" not in str(known)


def test_another_salt_that_finds_nobody_is_told(study: Path, tmp_path: Path) -> None:
    assert "A wrong salt would look the same" in str(ask(study, tmp_path, ["P3"], "another"))
    told = str(ask(study, tmp_path, [hashed("P3", "another")]))
    assert "With another salt the same patient has another hash" in told


def test_a_hashed_table_is_held_against_a_study_of_names(plain: Path, tmp_path: Path) -> None:
    names = [hashed("P3"), hashed("P99")]
    assert "compared with them by their salt alone (--salt)" in str(ask(plain, tmp_path, names))
    known = ask(plain, tmp_path, names, SALT)
    assert known.answers["answer"].tolist() == ["train", NOT_KNOWN]
    assert "salt" not in str(known)


def test_that_plain_names_find_nobody_is_an_answer() -> None:
    assert compared_names(Home(Path(), {}, {}, named=9), ["P1"], 0, None).doubt == ""
    some = compared_names(Home(Path(), {}, {}, named=9, hashed=4), ["P1"], 0, None).doubt
    assert "4 of 9 of the study's patients are called by hashes" in some
    assert compared_names(Home(Path(), {}, {}, named=9, hashed=4), ["P1"], 1, SALT).doubt == ""


def test_a_row_without_a_name_is_counted(plain: Path, tmp_path: Path) -> None:
    assert "note: 1 row without a name" in str(ask(plain, tmp_path, ["P3", "unknown"]))


def test_that_some_are_found_does_not_tell_of_hashes_beside_them() -> None:
    """A study of two tables, of which one has hashes; a table of numbers."""
    home = Home(Path("study"), {}, {}, named=3, hashed=1)
    here = ["P1", "P2"]
    assert compared_names(home, here, 1, None).doubt == (
        "1 of 3 of the study's patients are called by hashes; other names are compared with them "
        "by their salt alone (--salt)."
    )
    assert compared_names(home, here, 1, SALT).doubt == ""
    whole = Home(Path("study"), {}, {}, named=3, hashed=3)
    digits = [hashed("P1"), "1234567890123456"]  # a hash, too, as one stands beside it
    assert compared_names(whole, digits, 1, None).doubt == ""
