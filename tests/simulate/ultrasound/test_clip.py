from itertools import pairwise

import numpy as np
import pytest

from pleura.errors import InputError
from pleura.simulate.ultrasound.clip import Frame
from pleura.simulate.ultrasound.lung import MARGIN
from pleura.simulate.ultrasound.patient import LABELS
from pleura.simulate.ultrasound.simulate import make_clip, simulate_clip
from pleura.simulate.ultrasound.structures import FLAGS, LEAST, LINES, Structure


def frames(patient: int, label: str, clip: int = 0, n: int = 1, size: int = 128) -> list[Frame]:
    return list(simulate_clip(seed=5, patient=patient, clip=clip, label=label, frames=n, size=size))


def test_same_numbers_give_the_same_frames_whatever_was_drawn_before() -> None:
    first = frames(2, "interstitial", n=3)
    frames(7, "effusion")
    # Frames that follow do not change those before.
    for one, again in zip(first, frames(2, "interstitial", n=4), strict=False):
        assert np.array_equal(one.image, again.image)
        assert np.array_equal(one.dense, again.dense)
    other = frames(2, "interstitial", clip=1)[0]
    assert (other.image != first[0].image).any()
    assert other.probe == first[0].probe  # a patient is examined with one machine


def test_frames_of_a_clip_share_the_anatomy_and_the_lung_slides() -> None:
    moved = 0
    for patient in range(5):
        shown = frames(patient, "interstitial", n=5)
        assert len({frame.spacing for frame in shown}) == 1
        for one, two in pairwise(shown):
            for fixed in (Structure.BACKGROUND, Structure.RIB):
                assert np.array_equal(one.dense == fixed, two.dense == fixed)
            assert (one.image != two.image).any()
            wall = (one.dense == Structure.CHEST_WALL) & (two.dense == Structure.CHEST_WALL)
            assert np.corrcoef(one.image[wall], two.image[wall])[0, 1] > 0.8
        moved += int((shown[0].dense != shown[2].dense).mean() > 0.01)
    assert moved >= 4


def test_what_slides_slides_as_a_whole() -> None:
    clip = make_clip(seed=5, patient=4, clip=0, label="interstitial")
    slides = [clip.slide(frame) for frame in range(8)]
    assert np.ptp(slides) > 2
    assert max(map(abs, slides)) <= MARGIN
    one, two = (clip.place(frame).lung for frame in (0, 3))
    shift = slides[3] - slides[0]
    assert shift != 0
    # A greater slide shows what lay further right.
    cut = (
        (slice(shift, None), slice(None, -shift))
        if shift > 0
        else (slice(shift), slice(-shift, None))
    )
    assert np.array_equal(one.comet[cut[0]], two.comet[cut[1]])
    assert np.array_equal(one.rough[cut[0]], two.rough[cut[1]])


def test_sparse_masks_are_the_lines_of_dense_ones() -> None:
    for number, label in enumerate(LABELS * 2):
        frame = frames(number, label)[0]
        assert frame.image.dtype == frame.dense.dtype == frame.sparse.dtype == np.uint8
        lines = np.isin(frame.dense, LINES)
        assert lines.any()
        assert np.array_equal(frame.sparse[lines], frame.dense[lines])
        assert not frame.sparse[~lines].any()


def test_flags_say_what_the_mask_shows() -> None:
    seen: dict[str, set[int]] = {name: set() for name in FLAGS}
    for number, label in enumerate(LABELS * 3):
        frame = frames(number, label)[0]
        for name, flag in frame.flags.items():
            assert flag == int((frame.dense == FLAGS[name]).sum() >= LEAST * frame.dense.size)
            seen[name].add(flag)
    assert all(values == {0, 1} for values in seen.values())


def test_labels_show_their_disease() -> None:
    sign = {"interstitial": "b_lines", "consolidation": "consolidation", "effusion": "effusion"}
    shown = dict.fromkeys(sign, 0)
    for patient in range(8):
        healthy = frames(patient, "healthy", size=64)[0]
        unhealthy = (Structure.UNHEALTHY_PLEURA, Structure.UNHEALTHY_LUNG)
        assert not np.isin(healthy.dense, unhealthy).any()
        assert healthy.flags["consolidation"] == healthy.flags["effusion"] == 0
        for label, name in sign.items():
            shown[label] += frames(patient, label, size=64)[0].flags[name]
    assert min(shown.values()) >= 7  # a rib may hide a small lesion


def test_anatomy_does_not_depend_on_the_size() -> None:
    for patient, label in enumerate(LABELS):
        small, large = frames(patient, label)[0], frames(patient, label, size=256)[0]
        assert small.spacing == pytest.approx(2 * large.spacing)
        halved = large.image.reshape(128, 2, 128, 2).mean(axis=(1, 3))
        assert np.abs(small.image - halved).max() <= 1
        assert (small.dense == large.dense[::2, ::2]).mean() > 0.93


def test_every_size_has_a_picture() -> None:
    for size in (32, 97, 300):
        frame = frames(1, "healthy", size=size)[0]
        assert frame.image.shape == frame.dense.shape == (size, size)
        assert frame.image.std() > 10


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'effusion'"):
        frames(0, "efusion")
    with pytest.raises(InputError, match="negative"):
        frames(-1, "healthy")
    with pytest.raises(InputError, match="at least 32") as error:
        frames(0, "healthy", n=0, size=8)
    assert len(error.value.problems) == 2
