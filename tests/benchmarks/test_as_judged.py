"""Training images have the loss they were trained with when they are judged, a small part of the
table in docs/concepts/augmentation.md."""

import pytest
from benchmarks.as_judged import WHOLE, losses, places

from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.simulate.xray.folder import write_chest_xrays

STEPS = 16


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Bank]:
    folder = tmp_path_factory.mktemp("chests")
    labels = ("normal", "lobar")
    write_chest_xrays(
        folder, patients=64, size=48, labels=labels, masks=False, images_per_patient=(1, 1)
    )
    manifest = read_manifest(folder / "images.csv")
    return manifest, build_bank(manifest.table["image"].tolist(), folder / "bank", size=48)


@pytest.mark.parametrize(
    ("backbone", "at", "most"),
    [
        # By moving averages it would be 0.94 times the loss, not 0.68.
        ("mobilenet_v2_035", WHOLE, 0.85),
        ("squeezenet1_0", WHOLE, 1.2),  # without BatchNorm
        ("mobilenet_v3_large", "block3", 1.2),
    ],
)
def test_networks_are_judged_as_they_were_trained(
    backbone: str, at: str, most: float, images: tuple[Manifest, Bank]
) -> None:
    """Loss as judged over loss as trained."""
    trained, judged = losses(backbone, at, 256, *images, steps=STEPS)
    assert judged < most * trained


def test_moving_averages_that_crawl_are_seen(images: tuple[Manifest, Bank]) -> None:
    """Those of this network move by a hundredth at each step: judged by them it has 1.05 times the
    loss, and 0.70 times otherwise."""
    trained, judged = losses("mobilenet_v3_large", WHOLE, 0, *images, steps=STEPS)
    settled_trained, settled = losses("mobilenet_v3_large", WHOLE, 256, *images, steps=STEPS)
    assert settled_trained == pytest.approx(trained, rel=1e-3)
    assert settled < 0.85 * trained < judged


def test_every_stage_and_the_whole_network_are_places() -> None:
    found = list(places("cbr_tiny"))
    assert found[:2] == [(WHOLE, 256), (WHOLE, 0)]
    assert len(found) > 3
