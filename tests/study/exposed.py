"""Simulated X-rays that differ in their marks alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from numpy.random import Generator

from pleura.simulate.xray import radiograph
from pleura.simulate.xray.detector import Hospital
from pleura.simulate.xray.disease import Chest, Lesion
from pleura.simulate.xray.geometry import Array


@contextmanager
def each_chest_exposed_once() -> Iterator[None]:
    """A chest that is simulated again is not exposed again: marks, which are drawn on its
    radiograph afterwards, are all that may differ between sets of the same seed."""
    expose, exposed = radiograph.expose_chest, dict[object, Array]()

    def once(
        rng: Generator, shape_rng: Generator, chest: Chest, lesion: Lesion, site: Hospital
    ) -> Array:
        drawn = repr((rng.bit_generator.state, shape_rng.bit_generator.state))
        ill = lesion.share.tobytes(), lesion.bronchi.tobytes()
        key = drawn, chest.soft.lung.tobytes(), *ill, site
        if key not in exposed:
            exposed[key] = expose(rng, shape_rng, chest, lesion, site)
        return exposed[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(radiograph, "expose_chest", once)
        yield
