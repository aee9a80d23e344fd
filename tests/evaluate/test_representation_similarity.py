"""CKA and SVCCA against references that see everything at once."""

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from pleura.evaluate.representation_similarity import SVCCA, LinearCKA, similarity
from tests.train.fixtures import small_classifier


def related(n: int, p: int, q: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two sets of features that share part of what they tell; not centred."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, p, generator=generator) + 3
    mixing = torch.randn(p, q, generator=generator)
    return x, x @ mixing + 2 * torch.randn(n, q, generator=generator)


def cka(x: Tensor, y: Tensor, batch: int | None = None) -> float:
    found = LinearCKA()
    for few in zip(torch.split(x, batch or len(x)), torch.split(y, batch or len(y)), strict=True):
        found.add(*few)
    return found.value()


def svcca(x: Tensor, y: Tensor, batch: int | None = None) -> float:
    found = SVCCA()
    for few in zip(torch.split(x, batch or len(x)), torch.split(y, batch or len(y)), strict=True):
        found.add(*few)
    return found.value()


def hsic_by_its_definition(x: Tensor, y: Tensor) -> float:
    """The mean over all ordered quadruples of distinct samples (Song et al. 2012)."""
    k, m = (x @ x.T).double().numpy(), (y @ y.T).double().numpy()
    return float(
        np.mean(
            [
                k[a, b] * (m[a, b] + m[c, d] - 2 * m[a, c])
                for a, b, c, d in itertools.permutations(range(len(k)), 4)
            ]
        )
    )


def test_cka_of_one_batch_is_that_of_the_definition() -> None:
    x, y = related(8, 3, 5)
    xy, xx, yy = (hsic_by_its_definition(a, b) for a, b in ((x, y), (x, x), (y, y)))
    assert cka(x, y) == pytest.approx(xy / (xx * yy) ** 0.5, rel=1e-5)


def test_cka_in_batches_comes_near_that_of_all_at_once() -> None:
    x, y = related(2000, 6, 6)
    assert cka(x, y, batch=50) == pytest.approx(cka(x, y), abs=0.02)
    # A biased estimate would tell of likeness that is not there.
    nothing = torch.randn(2000, 40, generator=torch.Generator().manual_seed(1))
    assert abs(cka(x, nothing, batch=50)) < 0.02


def test_cka_ignores_rotation_and_scale() -> None:
    x, _ = related(40, 6, 6)
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(2)))[0]
    assert cka(x, 7 * x @ rotation) == pytest.approx(1, abs=1e-5)


def svcca_at_once(x: Tensor, y: Tensor) -> float:
    """Raghu et al.: singular vectors up to .99 of the variance, then the mean correlation."""
    bases = []
    for values in (x.double().numpy(), y.double().numpy()):
        u, s, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
        kept = np.searchsorted(np.cumsum(s**2) / np.sum(s**2), 0.99) + 1
        bases.append(u[:, :kept])
    return float(np.linalg.svd(bases[0].T @ bases[1], compute_uv=False).mean())


def test_svcca_in_batches_is_that_of_all_at_once() -> None:
    x, y = related(300, 8, 12)
    x[:, 0] *= 20  # so that .99 of the variance leaves directions out
    expected = svcca_at_once(x, y)
    assert 0.2 < expected < 0.95
    assert svcca(x, y, batch=70) == pytest.approx(expected, abs=1e-5)


def test_svcca_of_noise_is_not_1_where_channels_outnumber_samples() -> None:
    generator = torch.Generator().manual_seed(3)
    x, y = torch.randn(100, 150, generator=generator), torch.randn(100, 150, generator=generator)
    assert svcca_at_once(x, y) > 0.9
    assert svcca(x, y) < 0.5


def test_dead_channels_change_nothing() -> None:
    x, y = related(300, 8, 12)
    dead = torch.zeros(300, 1272)
    assert svcca(torch.hstack([dead, x]), torch.hstack([y, dead])) == pytest.approx(svcca(x, y))


def test_what_cannot_be_told_is_nan() -> None:
    x, y = related(40, 4, 4)
    assert np.isnan([cka(x, torch.ones_like(y)), svcca(x, torch.ones_like(y))]).all()
    assert np.isnan([cka(x[:3], y[:3]), svcca(x[:9], y[:9])]).all()


def test_networks_part_where_one_was_changed() -> None:
    before, after = (small_classifier().eval() for _ in range(2))
    names = [cut.name for cut in before.backbone.cuts]
    generator = torch.Generator().manual_seed(4)
    changed = names.index("block8")
    with torch.no_grad():
        for name in names[changed:]:
            for module in after.backbone.modules_of(name):
                for parameter in module.parameters():
                    noise = torch.randn(parameter.shape, generator=generator)
                    parameter.add_(parameter.std() * noise)
    images = torch.rand(32, 1, 64, 64, generator=generator)
    found = similarity(before, after, torch.split(images, 16), names)
    assert list(found) == names
    for name in names[:changed]:
        assert (found[name].cka, found[name].svcca) == pytest.approx((1, 1), abs=1e-4)
    assert found["block8"].cka < 0.99
    assert found["head"].cka < 0.8
    assert found["head"].svcca < 0.9
