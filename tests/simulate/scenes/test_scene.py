import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label

from pleura.simulate.scenes.scene import Scene, simulate_scene


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [simulate_scene(5, number, 96) for number in range(80)]


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_a_scene_follows_from_seed_and_number_alone(scenes: list[Scene]) -> None:
    again = simulate_scene(5, 7, 96)
    np.testing.assert_array_equal(again.image, scenes[7].image)
    np.testing.assert_array_equal(again.mask, scenes[7].mask)
    assert len({scene.image.tobytes() for scene in scenes}) == len(scenes)
    assert (simulate_scene(6, 7, 96).image != again.image).mean() > 0.9


def test_masks_are_exact_in_form_and_varied_in_size_and_place(scenes: list[Scene]) -> None:
    shares, centres = [], []
    for scene in scenes:
        assert scene.image.shape == scene.mask.shape == (96, 96)
        assert scene.image.dtype == scene.mask.dtype == np.uint8
        assert set(np.unique(scene.mask)) == {0, 255}
        shares.append((scene.mask > 0).mean())
        centres.append(np.argwhere(scene.mask > 0).mean(axis=0) / 96)
    assert min(shares) > 0.005
    assert max(shares) < 0.6
    assert np.quantile(shares, 0.9) > 4 * np.quantile(shares, 0.1)
    assert (np.std(centres, axis=0) > 0.08).all()
    objects = [label(scene.mask, np.ones((3, 3)))[1] for scene in scenes]
    assert 1 in objects
    assert 2 in objects


def test_the_same_objects_at_any_size() -> None:
    for number in range(12):
        small, large = simulate_scene(0, number, 64), simulate_scene(0, number, 192)
        coarse = large.mask.reshape(64, 3, 64, 3).mean((1, 3)) > 127
        assert overlap(small.mask > 0, coarse) > 0.85


def test_objects_stand_out_from_what_is_around_them_more_than_anything_else() -> None:
    own, moved = [], []
    for number in range(60):
        scene = simulate_scene(1, number, 96)
        mask, image = scene.mask > 0, scene.image.astype(float)
        own.append(step_at_border(image, mask))
        moved.append(step_at_border(image, np.roll(mask, (37, 29), (0, 1))))
    assert np.median(own) > 25
    assert np.median(own) > 2.5 * np.median(moved)
    assert np.mean(np.array(own) > 12) > 0.9


def step_at_border(image: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    """Gray levels between the inner and the outer side of a border."""
    inner = mask & binary_dilation(~mask, iterations=4)
    outer = ~mask & binary_dilation(mask, iterations=4)
    return abs(float(image[inner].mean() - image[outer].mean()))


def test_no_threshold_and_no_place_gives_the_mask_away(scenes: list[Scene]) -> None:
    by_gray = []
    for scene in scenes:
        cuts = [scene.image > level for level in range(20, 240, 10)]
        by_gray.append(max(overlap(side, scene.mask > 0) for cut in cuts for side in (cut, ~cut)))
    assert np.median(by_gray) < 0.75
    average = np.mean([scene.mask > 0 for scene in scenes], axis=0)
    by_place = [overlap(average > np.median(average), scene.mask > 0) for scene in scenes]
    assert np.median(by_place) < 0.4


def test_spectra_fall_as_those_of_photographs_do(scenes: list[Scene]) -> None:
    """Amplitude falls with frequency about as 1/f (Field 1987), far from white noise."""
    power = np.mean(
        [np.abs(np.fft.fft2(scene.image - scene.image.mean())) ** 2 for scene in scenes], axis=0
    )
    frequency = np.hypot(np.fft.fftfreq(96)[:, None], np.fft.fftfreq(96)) * 96
    band = (frequency >= 2) & (frequency <= 30)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]) / 2, 1)[0]
    assert -1.8 < slope < -0.7
