"""The SVG of an image under its heat maps."""

import base64
import io
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from pleura.evaluate.overlay import COVER, overlay

NAME = "{http://www.w3.org/2000/svg}"


def test_image_and_maps_stand_in_it_as_they_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (48, 48), dtype=np.uint8)
    half = np.zeros((28, 28), dtype=np.float32)
    half[:, 14:] = 1
    panel = ElementTree.fromstring(
        overlay(pixels, [("a map", half), ("<b> & more", half * np.float32(0.5))])
    )
    assert [text.text for text in panel.iter(f"{NAME}text")] == ["Image", "a map", "<b> & more"]
    assert len(list(panel.iter(f"{NAME}use"))) == 3
    plain, first, second = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(image.attrib["href"].split(",")[1]))))
        for image in panel.iter(f"{NAME}image")
    )
    assert np.array_equal(plain, pixels)
    # Nothing is covered where nothing speaks for the class.
    assert (first[:, :14, 3] == 0).all()
    assert (first[:, 14:, 3] == round(255 * COVER)).all()
    assert (second[:, 14:, 3] < first[:, 14:, 3]).all()
    # Brighter means more.
    assert second[0, 20, :3].sum() < first[0, 20, :3].sum()
