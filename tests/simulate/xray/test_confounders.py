import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data import hidden
from pleura.data.bank import to_square
from pleura.data.hidden import FRAME
from pleura.errors import InputError
from pleura.simulate.xray import confounders
from pleura.simulate.xray.confounders import Confounder, Kind, draw_confounders
from pleura.simulate.xray.confounders import parse_confounder as parse
from pleura.simulate.xray.folder import write_chest_xrays
from pleura.simulate.xray.geometry import View
from pleura.simulate.xray.radiograph import ChestXRay, simulate

KINDS: tuple[Kind, ...] = ("letter", "border", "tube", "contrast")


def xray(patient: int, label: str, *marks: Confounder, size: int = 48) -> ChestXRay:
    return simulate(seed=1, patient=patient, image=0, label=label, size=size, confounders=marks)


def change(kind: Kind, patient: int, size: int) -> NDArray[np.float64]:
    """What the mark alone does to the gray values of the square that a study sees, (size, size)."""
    plain = xray(patient, "normal", size=size)
    marked = xray(patient, "normal", Confounder(kind, default=1.0), size=size)
    after, before = (to_square(one.image, size, "crop").astype(float) for one in (marked, plain))
    return np.asarray(after - before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_changes_the_image_and_never_the_masks(kind: Kind) -> None:
    plain, marked = xray(0, "lobar"), xray(0, "lobar", Confounder(kind, {"lobar": 1.0}))
    assert (plain.image != marked.image).any()
    assert np.array_equal(plain.lungs, marked.lungs)
    assert np.array_equal(plain.lesion, marked.lesion)


@pytest.mark.parametrize("size", [96, 224])
def test_every_mark_is_visible(size: int) -> None:
    for patient in range(6):
        assert (change("letter", patient, size) > 50).sum() > (size / 40) ** 2
        assert (change("border", patient, size) < -50).sum() > size
        assert (change("tube", patient, size) > 12).sum() > size / 4
        assert np.abs(change("contrast", patient, size)).mean() > 12


@pytest.mark.parametrize("size", [33, 96, 224])
@pytest.mark.parametrize("kind", ["letter", "border"])
def test_letter_and_border_keep_to_the_frame(kind: Kind, size: int) -> None:
    for patient in range(8):
        rows, columns = np.nonzero(change(kind, patient, size))
        near = np.minimum(
            np.minimum(rows, size - 1 - rows), np.minimum(columns, size - 1 - columns)
        )
        assert near.max() < FRAME * size


def test_marks_keep_to_the_frame_that_the_report_hides() -> None:
    """The simulation knows nothing of the report."""
    assert confounders.FRAME == hidden.FRAME


def test_marks_of_both_hospitals_are_seen_by_a_study() -> None:
    hospitals = {xray(patient, "normal").hospital for patient in range(6)}
    assert hospitals == {"north", "south"}


def test_the_rest_of_the_image_stays_as_it_is() -> None:
    for patient in range(6):
        assert (change("letter", patient, 96) != 0).mean() < 0.02
        assert (change("tube", patient, 96) != 0).mean() < 0.05
        # Contrast alone moves grays everywhere, the same gray always to about the same one.
        plain = to_square(xray(patient, "normal", size=96).image, 96, "crop")
        darker = change("contrast", patient, 96)
        for gray in (60, 120, 180):
            assert np.ptp(darker[plain == gray]) <= 3


def test_letters_differ_as_real_markers_do() -> None:
    places = set()
    for patient in range(12):
        rows, columns = np.nonzero(change("letter", patient, 96) > 20)
        places.add((rows.min(), columns.min(), np.ptp(rows), columns.min() > 48))
    assert len(places) > 8
    assert {place[3] for place in places} == {True, False}


def test_marks_come_with_the_stated_probability_given_the_label() -> None:
    mark = Confounder("border", {"lobar": 0.8}, default=0.2)
    view = View(32, 32, 10.0, (16.0, 16.0), 0.0, 0.0, 0.0, 13.0)
    white = np.ones((32, 32), np.float32)
    for label, chance in (("lobar", 0.8), ("normal", 0.2)):
        seen = [
            draw_confounders((0, number), white, view, label, "north", [mark])[0, 0] == 0
            for number in range(1000)
        ]
        assert abs(np.mean(seen) - chance) < 3 * np.sqrt(chance * (1 - chance) / 1000)


def test_a_mark_can_be_tied_to_a_hospital() -> None:
    mark = Confounder("contrast", default=1.0, sources=("north",))
    for patient in range(10):
        plain, marked = xray(patient, "normal"), xray(patient, "normal", mark)
        assert (plain.image != marked.image).any() == (plain.hospital == "north")


def test_one_mark_does_not_move_or_hide_another() -> None:
    letter, border = Confounder("letter", default=0.5), Confounder("border", default=0.5)
    for patient in range(10):
        alone = (xray(patient, "normal", letter).image != xray(patient, "normal").image).any()
        both = xray(patient, "normal", letter, border).image
        assert (both != xray(patient, "normal", border).image).any() == alone
        assert np.array_equal(both, xray(patient, "normal", border, letter).image)


def test_a_confounder_is_read_from_text(tmp_path: Path) -> None:
    found = parse("letter: lobar=0.9, normal=.1")
    assert found == Confounder("letter", {"lobar": 0.9, "normal": 0.1})
    write_chest_xrays(tmp_path, patients=2, size=32, masks=False, confounders=[found])
    assert "letter" in (tmp_path / "phantom.json").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("leter:lobar=1", ["leter", "did you mean 'letter'"]),
        ("letter", ["LABEL=PROBABILITY"]),
        ("letter:lobar", ["'lobar' is not LABEL=PROBABILITY"]),
        ("tube:measles=0.5", ["measles", "lobar"]),
        ("tube:lobar=1.5", ["1.5", "0 to 1"]),
        ("tube:lobar=nan", ["nan", "0 to 1"]),
        ("glow:flu=2,lobar", ["glow", "flu", "0 to 1", "'lobar' is not"]),
    ],
)
def test_a_wrong_confounder_is_one_message_with_all_that_is_wrong(
    text: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert all(word in str(error.value) for word in [*words, "letter:lobar=0.9"])


def test_the_command_line_plants_confounders(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from pleura.cli import app

    command = ["phantom", str(tmp_path), "--patients", "8", "--size", "32", "--confounder"]
    wrong = CliRunner().invoke(app, [*command, "leter:lobar=1"])
    assert isinstance(wrong.exception, InputError)
    assert not any(tmp_path.iterdir())
    right = CliRunner().invoke(app, [*command, "letter:lobar=1", "--confounder", "tube:normal=0.5"])
    assert right.exit_code == 0, right.output
    note = json.loads((tmp_path / "phantom.json").read_text())
    assert [mark["kind"] for mark in note["confounders"]] == ["letter", "tube"]
    assert note["confounders"][0]["probability"] == {"lobar": 1.0}
