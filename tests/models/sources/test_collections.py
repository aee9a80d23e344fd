"""Collections by the names that people give them, and whose images are among whose."""

import pytest

from pleura.data.sources.listed import SOURCES as PUBLIC
from pleura.models.sources import collections as c
from pleura.models.sources.collections import COLLECTIONS, collections_in, in_common
from pleura.models.sources.listed import SOURCES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NIH", [c.NIH]),
        ("nih_chest-xray14", [c.NIH]),
        ("Kermany 2018, doi 10.17632/rscbjbr9sj", [c.KERMANY]),
        ("ieee8023/covid-chestxray-dataset", [c.COHEN]),
        ("CheXpert-v1.0-small", [c.CHEXPERT]),
        ("RSNA and MIMIC-CXR", [c.RSNA, c.MIMIC]),
        ("PneumoniaMNIST", [c.PNEUMONIAMNIST]),
        ("COVID-19_Radiography_Dataset", [c.COVID_RADIOGRAPHY]),
        ("COVID-QU-Ex Dataset", [c.COVID_QU_EX]),
        ("CXR8", [c.NIH]),
        ("MS-CXR and Chest ImaGenome", [c.MS_CXR, c.IMAGENOME]),
        ("Clinic A", []),
        ("", []),
        ("vinegar", []),  # no name is a part of a word
    ],
)
def test_names_are_found_in_texts(text: str, expected: list[c.Collection]) -> None:
    assert collections_in(text) == expected


def test_pleuras_own_sources_of_xrays_have_their_names() -> None:
    xrays = (
        *("chestxray14", "chexpert", "mimic-cxr-jpg", "padchest", "rsna-pneumonia", "siim-acr"),
        *("bimcv-covid19", "covid-chestxray", "kermany", "kermany-covid", "montgomery"),
        *("shenzhen", "lung-masks", "chestmnist", "pneumoniamnist"),
    )
    assert {name for name in xrays if name not in PUBLIC} == set()
    assert [name for name in xrays if not collections_in(name)] == []


def test_images_of_one_collection_are_known_in_another() -> None:
    # RSNA's and SIIM's images are NIH's, and COVIDx's are of several.
    assert in_common([c.RSNA], [c.NIH]) == [c.RSNA]
    assert in_common([c.NIH], [c.RSNA]) == [c.NIH]
    assert in_common([c.SIIM], [c.RSNA]) == [c.SIIM]
    assert in_common([c.NIH], [c.COVIDX]) == [c.NIH]
    assert in_common([c.COVID_QU_EX], [c.NIH]) == [c.COVID_QU_EX]
    assert in_common([c.MS_CXR, c.IMAGENOME], [c.MIMIC]) == [c.MS_CXR, c.IMAGENOME]
    assert in_common([c.PNEUMONIAMNIST], [c.KERMANY]) == [c.PNEUMONIAMNIST]
    assert in_common([c.CHEXPERT, c.PADCHEST], [c.MIMIC, c.CHEXPERT]) == [c.CHEXPERT]


def test_each_collection_has_names_of_its_own() -> None:
    for collection in COLLECTIONS:
        for name in (collection.name, *collection.called):
            assert collections_in(name) == [collection], name
    of_sources = {each for source in SOURCES.values() for each in source.trained_on or ()}
    assert of_sources <= set(COLLECTIONS)
