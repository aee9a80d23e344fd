"""Shared by all tests: small images with a planted difference, one thread for torch, and short
work where a study does what only its own tests are about."""

import csv
import functools
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
MakeImages = Callable[..., Path]
SMALL_FOREST = 4  # trees

# Modules and tests stay until the end: to look for garbage among them takes a tenth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but never in what has been imported and collected."""
    gc.enable()
    gc.set_threshold(10_000)
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """One thread for torch here, and for all libraries in the processes that tests start."""
    import torch  # a second, which the process that only hands tests to workers saves

    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Files are on the disk when the system puts them there: only a loss of power, which no test
    makes, could tell the difference, and waiting takes a twentieth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _speeds_are_measured_shortly() -> Iterator[None]:
    """A plan measures one step of each network in fp32, once for all plans: how fast a network is,
    and whether bf16 pays, their own tests ask. A study trains in fp32 unless it asks for bf16."""
    from pleura.study.speeds import Subject, _measure
    from pleura.train.speed import measure

    known: dict[tuple[object, ...], object] = {}

    def once(subject: Subject, accelerator: str) -> object:
        how = {**vars(subject), "build": None}
        asked = (*how.values(), accelerator)
        if asked not in known:
            known[asked] = _measure(subject, accelerator)
        return known[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.study.speeds._measure", once)
        patch.setattr("pleura.study.speeds.computes_bf16", lambda accelerator: False)
        patch.setattr("pleura.study.speeds.measure", functools.partial(measure, budget=0.0))
        yield


@pytest.fixture(autouse=True, scope="session")
def _studies_are_not_audited() -> Iterator[None]:
    """A study of tests finds no faults in its images: a tenth of a second for each that is run. The
    tests of the audit look for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.study.audit.find_faults", lambda collection: ())
        yield


@pytest.fixture(autouse=True, scope="session")
def _weights_are_drawn_once() -> Iterator[None]:
    """Recipes get copies of backbones that were built before with the same weights: a study of
    small networks would spend a tenth of its time on drawing them."""
    from pleura.models.build import LoadedBackbone, build_backbone
    from tests.copies import Kept

    @functools.lru_cache(maxsize=16)
    def kept(name: str, weights: str, channels: int, seed: int) -> Kept:
        return Kept(build_backbone(name, weights, channels=channels, seed=seed))

    def copied(name: str, weights: str, *, channels: int = 1, seed: int = 0) -> LoadedBackbone:
        if weights not in ("random", "imagenet"):
            return build_backbone(name, weights, channels=channels, seed=seed)
        copy: LoadedBackbone = kept(name, weights, channels, seed).copy()
        return copy

    with pytest.MonkeyPatch.context() as patch:
        for module in ("transfer.build", "study.needs", "study.pretrained", "tasks.selfsup.job"):
            patch.setattr(f"pleura.{module}.build_backbone", copied)
        yield


@pytest.fixture(autouse=True, scope="session")
def _steps_that_explain_are_short() -> Iterator[None]:
    """A network drawn anew beside each heat map and two turns of the clock: what more of them tell
    is a steadier mean and a steadier median."""
    from pleura.models.cost import measure_latencies

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.study.steps.heatmaps.DRAWS", 1)
        few = functools.partial(measure_latencies, rounds=2)
        patch.setattr("pleura.study.steps.latency.measure_latencies", few)
        yield


@pytest.fixture(autouse=True, scope="session")
def _plugins_of_fabric_are_looked_for_once() -> Iterator[None]:
    """Lightning's Fabric looks through all installed packages for plugins whenever one is made."""
    import pleura._fabric  # noqa: F401  isort: skip
    from lightning_fabric.utilities.registry import _load_external_callbacks

    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(_load_external_callbacks)
        patch.setattr("lightning_fabric.fabric._load_external_callbacks", once)
        yield


@pytest.fixture(autouse=True, scope="session")
def _figures_are_sketched() -> Iterator[None]:
    """Pages of tests have all their words and tables, and what draws figures runs, but matplotlib
    makes and draws none: two thirds of what a page costs. Tests that look at figures, and a page
    of each kind, ask for them: `drawn_figures`, `with_figures`."""
    from tests import sketches

    with drawn_by(sketches):
        yield


@contextmanager
def with_figures() -> Iterator[None]:
    """Figures of pages are drawn."""
    from pleura.report.figures import canvas

    with drawn_by(canvas):
        yield


@contextmanager
def drawn_by(module: ModuleType) -> Iterator[None]:
    """Figures of pages are made in its `house_style`, and shown by its `to_svg`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("to_svg", "house_style"):
            patch.setattr(f"pleura.report.page.{name}", getattr(module, name))
            patch.setattr(f"pleura.report.parts.{name}", getattr(module, name))
        yield


@pytest.fixture(scope="module")
def drawn_figures(_figures_are_sketched: None) -> Iterator[None]:
    """`with_figures` in a module, from the first test on that asks for it."""
    with with_figures():
        yield


@contextmanager
def attention_of(epochs: int) -> Iterator[None]:
    """Attention over the frames of clips learns for so many epochs at most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.tasks.attention_pooling.EPOCHS", epochs)
        yield


@pytest.fixture(autouse=True, scope="session")
def _attention_over_frames_learns_briefly() -> Iterator[None]:
    """A tenth of what a study costs that has clips, or several images of a patient, would be the
    400 epochs of attention, for which its own tests and the golden step of clips ask."""
    with attention_of(10):
        yield


def judge_by_means(
    inputs: Floats,
    labels: Labels,
    others: Floats,
    *,
    seed: int,
    threads: int,
    trees: int | None = None,
) -> NDArray[np.float64]:
    """What `pleura.tasks.clue_forests.judge_clue` gives, by how near an image is to the mean of
    each class, and without a forest."""
    if labels.ndim == 2:
        known = [(inputs[of >= 0], of[of >= 0]) for of in labels.T]
        logs = [judge_by_means(*learned, others, seed=seed, threads=threads) for learned in known]
        return np.stack([each[:, 1] - each[:, 0] for each in logs], axis=1)
    means = np.stack([inputs[labels == each].mean(axis=0) for each in range(labels.max() + 1)])
    distances = ((others[:, None] - means) ** 2).mean(axis=2, dtype=np.float64)
    powers = np.exp(-distances / (distances.mean() + 1e-12))
    return np.asarray(np.log(powers / powers.sum(axis=1, keepdims=True)))


@contextmanager
def forests_of(trees: int) -> Iterator[None]:
    """Random forests of so many trees, not of 300 and 500: a study of small networks would spend
    half its time on them. Where they are small, no forest judges clues: there are ten for each that
    stands in a ranking, and to begin one takes as long as its trees."""
    with pytest.MonkeyPatch.context() as patch:
        if trees <= SMALL_FOREST:
            patch.setattr("pleura.tasks.clue_judging.judge_clue", judge_by_means)
        for module in ("pixels", "clue_forests", "numbers.learned"):
            patch.setattr(f"pleura.tasks.{module}.TREES", trees)
        yield


@pytest.fixture(scope="module")
def small_forests() -> Iterator[None]:
    """Small random forests in the studies of a module."""
    with forests_of(SMALL_FOREST):
        yield


@contextmanager
def without_page() -> Iterator[None]:
    """Studies write their tables, and an empty page without figures: half of what a study costs
    that only goes on with what is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.report.page.render", lambda study, page: ("", {}))
        yield


@pytest.fixture(autouse=True, scope="module")
def _an_empty_page_ends_with_its_file(_figures_are_sketched: None) -> Iterator[None]:
    """A fixture that yields within `without_page` would empty the pages of all that comes after."""
    from pleura.report import page

    yield
    assert page.render.__module__ == page.__name__


@pytest.fixture
def no_page() -> Iterator[None]:
    """`without_page` for a whole test."""
    with without_page():
        yield


@pytest.fixture(scope="session")
def make_images(tmp_path_factory: pytest.TempPathFactory) -> MakeImages:
    """A function that writes a small image set of `a` and `b` and returns its manifest.

    Class `b` has a bright spot in the middle, so that there is something to learn. Each patient
    has two images.
    """

    def make(patients: int = 24, size: int = 40, seed: int = 0) -> Path:
        folder = tmp_path_factory.mktemp("images")
        random = np.random.default_rng(seed)
        rows = []
        for patient in range(patients):
            label = "ab"[patient % 2]
            for view in range(2):
                pixels = random.normal(110, 30, (size, size))
                if label == "b":
                    pixels[size // 3 : -size // 3, size // 3 : -size // 3] += 50
                name = f"{patient}_{view}.png"
                Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
                part = "test" if patient >= patients * 2 // 3 else "train"
                rows.append([name, label, f"p{patient}", part])
        with (folder / "images.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["image", "label", "patient", "split"])
            writer.writerows(rows)
        return folder / "images.csv"

    return make
