from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from pleura.errors import InputError
from pleura.simulate.xray.anatomy import draw_patient
from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.radiograph import ChestXRay, simulate


def xray(
    patient: int, image: int = 0, label: str = "normal", size: int = 96, **given: object
) -> ChestXRay:
    options = {"severity": None, "hospital": "north", "adult": None, **given}
    return simulate(seed=7, patient=patient, image=image, label=label, size=size, **options)  # type: ignore[arg-type]


def same(a: ChestXRay, b: ChestXRay) -> bool:
    pictures = zip((a.image, a.lungs, a.lesion), (b.image, b.lungs, b.lesion), strict=True)
    empty = np.zeros(0, np.uint8)
    rest = [replace(x, image=empty, lungs=empty, lesion=empty).__dict__.items() for x in (a, b)]
    facts = [{k: v for k, v in items if isinstance(v, str | float)} for items in rest]
    return facts[0] == facts[1] and all(np.array_equal(p, q) for p, q in pictures)


def test_same_numbers_give_the_same_image_whatever_was_drawn_before() -> None:
    first = xray(3, 1, "lobar")
    xray(8)
    assert same(first, xray(3, 1, "lobar"))
    assert not same(first, xray(3, 2, "lobar"))
    assert not same(first, xray(4, 1, "lobar"))


@pytest.mark.parametrize("label", LABELS)
def test_masks_are_binary_and_the_lesion_lies_in_the_lungs(label: str) -> None:
    for patient in range(6):
        x = xray(patient, label=label, severity=0.7 if label != "normal" else None)
        assert x.image.dtype == x.lungs.dtype == x.lesion.dtype == np.uint8
        assert x.image.shape == x.lungs.shape == x.lesion.shape
        assert set(np.unique(x.lungs)) <= {0, 255}
        assert set(np.unique(x.lesion)) <= {0, 255}
        assert not (x.lesion[x.lungs == 0]).any()
        assert x.lesion.any() == (label != "normal")
        assert (x.severity == 0) == (label == "normal")


def test_lungs_take_an_anatomical_share_of_the_image() -> None:
    shares = [float((xray(p, hospital=None).lungs > 0).mean()) for p in range(60)]
    assert np.percentile(shares, 3) >= 0.15
    assert np.percentile(shares, 97) <= 0.45
    assert 0.2 < np.mean(shares) < 0.32


@pytest.mark.parametrize("label", LABELS[1:])
def test_the_lesion_brightens_and_more_so_with_severity(label: str) -> None:
    rise = dict.fromkeys((0.05, 0.4, 0.9), 0.0)
    for patient in range(8):
        healthy = xray(patient).image.astype(float)
        for severity in rise:
            x = xray(patient, label=label, severity=severity)
            rise[severity] += float((x.image - healthy)[x.lesion > 0].mean()) / 8
    assert 0 < rise[0.05] < rise[0.4] < rise[0.9]
    assert rise[0.05] < 12
    assert rise[0.9] > 12


def test_healthy_lung_is_left_as_it_was() -> None:
    """The lesion changes little beyond a margin around its mask, in the noise-free sense."""
    for patient in range(4):
        healthy = xray(patient).image.astype(float)
        x = xray(patient, label="lobar", severity=0.6)
        change = np.abs(x.image - healthy)
        assert change[x.lesion > 0].mean() > 4 * change[(x.lungs > 0) & (x.lesion == 0)].mean()


def test_images_of_one_patient_are_more_alike_than_of_two() -> None:
    def code(x: ChestXRay) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        rows, columns = (np.nonzero(x.lungs.any(axis=axis))[0] for axis in (1, 0))
        box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        small = np.asarray(Image.fromarray(x.image).resize((16, 16), box=box), float).ravel()
        return np.asarray((small - small.mean()) / small.std())

    codes = [[code(xray(p, i, adult=True)) for i in range(3)] for p in range(12)]
    within = np.mean([np.mean(a * b) for group in codes for a, b in combinations(group, 2)])
    between = np.mean([np.mean(a[0] * b[1]) for a, b in combinations(codes, 2)])
    assert within > between + 0.01


def test_hospitals_differ_in_their_grays() -> None:
    def look(hospital: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        rows = []
        for patient in range(15):
            x = xray(patient, hospital=hospital)
            lung = x.image[x.lungs > 0]
            rows.append((lung.mean(), x.image.std()))
        return np.array(rows)

    north, south = look("north"), look("south")
    gap = np.abs(north.mean(axis=0) - south.mean(axis=0)) / (north.std(axis=0) + south.std(axis=0))
    assert gap.max() > 0.5
    assert xray(0, hospital="south").image.shape != xray(0, hospital="north").image.shape


def test_anatomy_does_not_depend_on_the_size() -> None:
    for label in LABELS:
        small, large = xray(5, label=label, size=112), xray(5, label=label, size=224)
        halved = large.image.reshape(112, 2, 112, 2).mean(axis=(1, 3))
        assert np.corrcoef(small.image.ravel(), halved.ravel())[0, 1] > 0.98
        for a, b in ((small.lungs, large.lungs), (small.lesion, large.lesion)):
            coarse = b[::2, ::2] > 0
            union = ((a > 0) | coarse).sum()
            assert union == 0 or ((a > 0) & coarse).sum() / union > 0.85


@pytest.mark.parametrize("size", [16, 33, 97, 301])
def test_any_size_gives_that_short_side(size: int) -> None:
    for hospital in ("north", "south"):
        x = xray(1, size=size, hospital=hospital, label="interstitial")
        assert min(x.image.shape) == size
        assert x.image.std() > 20


def test_children_and_adults_differ_and_can_be_asked_for() -> None:
    assert xray(2, adult=True).age_group == "adult"
    assert xray(2, adult=False).age_group == "child"
    assert {xray(p).age_group for p in range(12)} == {"adult", "child"}


def test_what_cannot_be_simulated_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as error:
        xray(-1, label="measles", severity=2.0, hospital="east", size=8)
    assert len(error.value.problems) == 5


@pytest.mark.parametrize("label", LABELS[1:])
def test_the_lesion_grows_with_severity(label: str) -> None:
    areas = np.array(
        [
            [(xray(p, label=label, severity=s).lesion > 0).sum() for s in (0.1, 0.5, 1.0)]
            for p in range(8)
        ]
    )
    assert (np.diff(areas, axis=1) >= 0).all()
    assert (areas[:, 2] > 1.2 * areas[:, 0]).mean() > 0.7


def test_the_lung_mask_ends_where_the_lung_ends() -> None:
    """Just inside the mask the beam meets far more air than just beyond its lateral borders."""
    for patient in range(6):
        x = xray(patient, size=224, adult=True)
        lungs = x.lungs > 0
        row = int(np.nonzero(lungs.any(axis=1))[0].mean())
        for step, inside in ((1, np.argmax(lungs[row])), (-1, np.max(np.nonzero(lungs[row])))):
            band = x.image[row - 8 : row + 9].astype(float)
            within = band[:, inside + 12 * step]
            beyond = band[:, inside - 2 * step]
            assert beyond.mean() > within.mean() + 15


def test_a_child_is_small_with_a_wide_heart() -> None:
    rng = np.random.default_rng(0)
    adults = [draw_patient(rng, True) for _ in range(100)]
    children = [draw_patient(rng, False) for _ in range(100)]
    assert max(c.unit for c in children) < max(a.unit for a in adults)
    assert np.mean([c.unit for c in children]) < 0.85 * np.mean([a.unit for a in adults])
    assert np.mean([c.heart for c in children]) > np.mean([a.heart for a in adults])


def test_even_mild_interstitial_disease_is_seen_where_its_mask_lies() -> None:
    rise = []
    for patient in range(8):
        healthy = xray(patient).image.astype(float)
        x = xray(patient, label="interstitial", severity=0.2)
        rise.append(float((x.image - healthy)[x.lesion > 0].mean()))
    assert min(rise) > 4
    assert np.mean(rise) > 6
