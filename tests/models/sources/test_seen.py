"""Whether published weights may have learned from the images on which a study tests."""

import pytest

from pleura.models.sources.listed import SOURCES
from pleura.models.sources.seen import Told, seen_by, seen_in_training


def told(weights: str, sources: list[str], *about: str) -> Told | None:
    return seen_in_training(weights, SOURCES[weights].names_trained_on, sources, about)


@pytest.mark.parametrize(
    ("weights", "sources", "about", "whose"),
    [
        ("rad-dino", ["NIH", "Clinic A"], "", "NIH ChestX-ray14"),
        ("rad-dino", ["rsna"], "", "RSNA pneumonia (images of NIH ChestX-ray14)"),
        ("rad-dino", [""], "public chexpert", "CheXpert"),
        ("rad-dino", ["Ward 3"], "public chexpert", "CheXpert"),
        ("rad-dino", ["kermany", "Ward 3"], "nih", "NIH ChestX-ray14"),
        (
            *("xrv-densenet121-rsna", ["nih", "padchest"], ""),
            "NIH ChestX-ray14 (whose images are in RSNA pneumonia)",
        ),
        ("ark-plus", ["Shenzhen", "mimic"], "", "Shenzhen and MIMIC-CXR"),
    ],
)
def test_images_of_the_same_collection_are_a_serious_matter(
    weights: str, sources: list[str], about: str, whose: str
) -> None:
    found = told(weights, sources, about)
    assert found
    assert found.serious
    assert f"images that test here are of {whose}: they may have learned from them" in found.text


def test_where_images_are_from_elsewhere_nothing_is_said() -> None:
    assert told("rad-dino", ["Clinic A", "Kermany 2018"]) is None
    assert told("rad-dino", [""], "kermany") is None
    # What learned from photographs alone has seen no collection.
    assert told("dinov2-small", ["nih"]) is None


def test_of_a_users_own_file_nothing_is_said() -> None:
    def of(name: str, **known: None) -> Told | None:
        return seen_by({"name": name, **known}, ["nih"], [])

    assert of("mine", trained_on=None) is None
    assert of("imagenet") is None
    for name in (
        "usfm",
        "usfm > simclr (without labels), from usfm",
        "step 'a': lung; before that usfm",
    ):
        found = of(name, trained_on=None)
        assert found
        assert not found.serious


def test_where_it_cannot_be_told_that_is_said() -> None:
    for sources in ([""], [], ["Clinic A", ""]):
        found = told("rad-dino", sources, "images", "our hospital")
        assert found
        assert not found.serious
        assert "whether images that test here are among them cannot be told" in found.text
    found = told("usfm", ["POCUS"])
    assert found == Told(
        "on which collections the weights usfm were trained is not known: whether they learned "
        "from images that test here cannot be told",
        serious=False,
    )
