"""Every structure is where the physics puts it, and the image shows it there."""

from functools import cache

import numpy as np
import pytest

from pleura.simulate.ultrasound.arrays import Array
from pleura.simulate.ultrasound.clip import Clip
from pleura.simulate.ultrasound.echoes import Echoes, Place
from pleura.simulate.ultrasound.patient import LABELS
from pleura.simulate.ultrasound.probe import BEAMS, ROWS
from pleura.simulate.ultrasound.simulate import make_clip, simulate_clip
from pleura.simulate.ultrasound.structures import Structure

COUNT = 10


@cache
def clips(label: str) -> list[Clip]:
    return [make_clip(seed=3, patient=i, clip=0, label=label) for i in range(COUNT)]


@cache
def answers(label: str) -> list[tuple[Clip, Place, Echoes]]:
    return [(clip, *clip.echoes(0)) for clip in clips(label)]


def test_a_lines_lie_at_multiples_of_the_pleural_depth() -> None:
    found = 0
    for clip, place, echoes in answers("healthy"):
        row = clip.view.depth / (ROWS - 1)
        lines = echoes.labels == Structure.A_LINE
        ratio = clip.view.depths / place.pleura
        order = np.rint(ratio)[lines]
        assert (order >= 2).all()
        away = np.abs(clip.view.depths - np.rint(ratio) * place.pleura)[lines]
        assert (away <= np.sqrt(order) * (place.lung.thick.max() + 2.2 * row) / 2 + row).all()
        # The middle of each line, beam by beam, is the multiple itself.
        for beam in np.nonzero(lines.any(axis=0))[0]:
            for k in np.unique(np.rint(ratio[:, beam])[lines[:, beam]]):
                part = lines[:, beam] & (np.rint(ratio[:, beam]) == k)
                expected = k * place.pleura[beam]
                if part[-1] or expected > clip.view.depth - 3 * row:
                    continue
                middle = clip.view.depths[part, 0].mean()
                assert middle == pytest.approx(expected, abs=row)
                found += 1
    assert found > 1000


def test_everything_under_a_rib_is_shadow() -> None:
    ribs = 0
    for label in LABELS:
        for clip, place, echoes in answers(label):
            hit = place.ribs.hit & (place.contact <= 15)
            under = (clip.view.depths > place.ribs.bottom) & hit
            assert (echoes.labels[under] == Structure.SHADOW).all()
            between = (clip.view.depths >= place.ribs.top) & hit & ~under
            assert (echoes.labels[between] == Structure.RIB).all()
            others = ~place.ribs.hit & (place.contact <= 15)
            assert not np.isin(echoes.labels[:, others], (Structure.RIB, Structure.SHADOW)).any()
            ribs += int(place.ribs.hit.any())
    assert ribs > COUNT


def test_the_pleural_line_lies_on_the_lung_and_b_lines_hang_from_it() -> None:
    lines = 0
    for clip, place, echoes in answers("interstitial"):
        free = ~place.ribs.hit & (place.contact <= 15)
        pleura = np.isin(echoes.labels, (Structure.HEALTHY_PLEURA, Structure.UNHEALTHY_PLEURA))
        assert np.array_equal(np.asarray(pleura.any(axis=0))[free], ~place.lung.gap[free])
        for beam in np.nonzero(free & (place.lung.comet >= 0.5))[0]:
            tail = (echoes.labels == Structure.B_LINE)[:, beam]
            first = int(np.argmax(tail))
            assert tail[first:].all()  # to the bottom, and no A-line in it
            depth = clip.view.depths[first, 0] - place.surface[beam]
            assert 0 <= depth <= place.lung.thick[beam] / 2 + 4 * clip.view.depth / ROWS
            lines += 1
    assert lines > 100


def gray(clip: Clip) -> Array:
    """Levels before noise, as the display would see them without speckle, (ROWS, BEAMS)."""
    _, echoes = clip.echoes(0)
    level = np.maximum(echoes.diffuse, echoes.mirror)
    return np.asarray(level + clip.patient.scanner.echo_gain(clip.view.depths), np.float32)


def test_b_lines_and_a_lines_are_brighter_than_what_lies_beside_them() -> None:
    rises: dict[int, list[float]] = {Structure.A_LINE: [], Structure.B_LINE: []}
    for label, line in (("healthy", Structure.A_LINE), ("interstitial", Structure.B_LINE)):
        for clip, _, echoes in answers(label):
            level, lung = (
                gray(clip),
                np.isin(echoes.labels, (Structure.HEALTHY_LUNG, Structure.UNHEALTHY_LUNG)),
            )
            found = echoes.labels == line
            # Beside an A-line is above and below, beside a B-line to the left and right.
            for shift in (-12, 12):
                axis = 0 if line == Structure.A_LINE else 1
                near = np.roll(lung, shift, axis)
                both = found & near
                if both.sum() > 50:
                    rises[line].append(float((level - np.roll(level, shift, axis))[both].mean()))
    for found_rises in rises.values():
        assert len(found_rises) > 10
        assert min(found_rises) > 1
        assert np.mean(found_rises) > 4


def test_images_show_fluid_dark_shadows_dark_and_lines_bright() -> None:
    grays: dict[int, list[float]] = {value: [] for value in Structure}
    for label in LABELS:
        for i in range(6):
            frame = next(simulate_clip(seed=3, patient=i, clip=0, label=label, frames=1))
            for value in np.unique(frame.dense):
                if (frame.dense == value).sum() > 100:
                    grays[value].append(float(frame.image[frame.dense == value].mean()))
    mean = {value: np.mean(found) for value, found in grays.items() if found}
    assert mean[Structure.BACKGROUND] < 1
    for dark in (Structure.SHADOW, Structure.EFFUSION):
        assert mean[dark] < 0.6 * min(mean[Structure.CHEST_WALL], mean[Structure.CONSOLIDATION])
    for line in (Structure.HEALTHY_PLEURA, Structure.UNHEALTHY_PLEURA):
        assert mean[line] > 1.2 * mean[Structure.CHEST_WALL]
    assert mean[Structure.A_LINE] > 1.3 * mean[Structure.HEALTHY_LUNG]


def test_sound_returns_only_over_healthy_air() -> None:
    for label in LABELS:
        for _, place, echoes in answers(label):
            beams = (echoes.labels == Structure.A_LINE).any(axis=0)
            assert not (beams & (place.lung.zone | (place.lung.comet >= 0.5))).any()
            assert beams.shape == (BEAMS,)
