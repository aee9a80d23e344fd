import numpy as np

from pleura.simulate.xray.anatomy import draw_patient
from pleura.simulate.xray.geometry import Array, View
from pleura.simulate.xray.mediastinum import airways, mediastinum
from pleura.simulate.xray.pose import Pose
from pleura.simulate.xray.skeleton import spine

VIEW = View(400, 300, 110.0, (150.0, 200.0), 0.0, 0.0, 0.0, 13.4)
POSE = Pose(0.0, (0.3, 0.3), 0.0, -0.55)
PATIENTS = [draw_patient(np.random.default_rng(seed), True) for seed in range(5)]


def at(x: float, y: float) -> tuple[Array, Array]:
    """One point as a grid."""
    return np.full((1, 1), x, np.float32), np.full((1, 1), y, np.float32)


def test_the_heart_ends_on_the_diaphragm() -> None:
    for patient in PATIENTS:
        low = POSE.dome(patient)
        above, _ = mediastinum(patient, POSE, *at(0.35, low - 0.2))
        below, _ = mediastinum(patient, POSE, *at(0.35, low + 0.4))
        assert above.item() > 0.2
        assert below.item() == 0


def test_the_trachea_forks_into_two_bronchi() -> None:
    air = airways(VIEW)
    x, y = VIEW.grid
    rows = {height: air[np.argmin(np.abs(y[:, 0] - height))] for height in (0.2, 0.75)}
    assert x[0, rows[0.2] > 0].min() < 0 < x[0, rows[0.2] > 0].max()
    middle = np.abs(x[0]) < 0.05
    assert not rows[0.75][middle].any()
    for side in (-1, 1):
        assert rows[0.75][x[0] * side > 0.05].any()


def test_vertebrae_and_discs_take_turns() -> None:
    x, y = VIEW.grid
    for patient in PATIENTS:
        column = spine(patient, VIEW)[:, np.argmin(np.abs(x[0] - 0.05))]
        inside = column[(y[:, 0] > 0.3) & (y[:, 0] < 1.5)]
        assert inside.min() > 0
        assert inside.min() < 0.6 * np.median(inside)
        wave = np.abs(np.fft.rfft(inside - inside.mean()))
        length = 1.2 / int(np.argmax(wave[:12]))
        assert abs(length - patient.rib_spacing * 1.02) < 0.04
