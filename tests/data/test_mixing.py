"""Mixup follows from the seed of a batch, mixes as often as asked, and leaves a share as it is."""

import numpy as np
import pytest
import torch
from scipy import stats

from pleura.data.augment_settings import Augmentation, Mixup
from pleura.data.mixing import Mixture, mix, sample_mixture
from tests.train.waits import waits

EVERY = torch.ones(400, dtype=torch.bool)


def test_the_seed_decides_all() -> None:
    settings = Mixup()
    one, same, other = (sample_mixture(settings, EVERY, seed) for seed in (1, 1, 2))
    assert torch.equal(one.partners, same.partners)
    assert one.share == same.share
    assert not torch.equal(one.partners, other.partners)
    assert one.share != other.share


def test_it_happens_as_often_as_asked_and_never_to_what_is_untouched() -> None:
    touched = torch.arange(400) % 5 > 0
    partners = sample_mixture(Mixup(probability=0.3), touched, 0).partners
    own = partners == torch.arange(400)
    assert own[~touched].all()
    assert 0.22 < (~own[touched]).float().mean() < 0.38
    assert set(partners.tolist()) <= set(range(400))


def test_shares_are_of_the_beta_distribution() -> None:
    shares = [sample_mixture(Mixup(alpha=0.4), EVERY[:2], seed).share for seed in range(300)]
    assert stats.kstest(shares, stats.beta(0.4, 0.4).cdf).pvalue > 0.01


def test_values_are_mixed_in_their_shares_and_others_stay_bit_for_bit() -> None:
    values = torch.rand(3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    mixed = mix(values, Mixture(torch.tensor([2, 1, 0]), share=0.3))
    torch.testing.assert_close(mixed[0], 0.3 * values[0] + 0.7 * values[2])
    torch.testing.assert_close(mixed[2], 0.3 * values[2] + 0.7 * values[0])
    for share in np.linspace(0, 1, 23):
        still = mix(values, Mixture(torch.tensor([2, 1, 0]), share=float(share)))
        assert torch.equal(still[1], values[1])


def test_no_host_waits_for_it() -> None:
    values = torch.rand(6, 1, 4, 4)
    with waits() as seen:
        mix(values, sample_mixture(Mixup(), EVERY[:6], 3))
    assert seen == {}


@pytest.mark.parametrize("change", ["mixup", "cutout"])
def test_what_would_happen_to_every_image_is_refused(change: str) -> None:
    always = {change: {"probability": 1}}
    with pytest.raises(ValueError, match=f"{change} would happen to every image"):
        Augmentation.model_validate({"untouched": 0, **always})
    Augmentation.model_validate({"untouched": 0.1, **always})
    Augmentation.model_validate({"untouched": 0, change: {"probability": 0.9}})


def test_nothing_is_said_of_what_is_off() -> None:
    assert set(Augmentation().model_dump()) == {
        *("untouched", "flip", "rotation", "shift", "scale", "brightness", "contrast", "noise"),
        "probability",
    }
    given = Augmentation.model_validate({"mixup": {}, "cutout": {"side": 0.5}})
    written = given.model_dump()
    assert written["mixup"] == {"alpha": 0.2, "probability": 0.5}
    assert written["cutout"] == {"side": 0.5, "probability": 0.5}
    assert Augmentation.model_validate(written) == given
