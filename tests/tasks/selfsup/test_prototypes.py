import torch
from torch.nn import functional

from pleura.models.seeding import seeded
from pleura.tasks.selfsup.prototypes import Prototypes


def test_it_gives_cosines_in_full_precision_whatever_the_lengths() -> None:
    with seeded(0):
        prototypes, embedded = Prototypes(6, 4), torch.randn(5, 6)
    expected = functional.cosine_similarity(embedded.unsqueeze(1), prototypes.directions, dim=2)
    torch.testing.assert_close(prototypes(embedded), expected)
    with torch.no_grad():
        prototypes.directions.mul_(3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(prototypes(7 * embedded), expected)
