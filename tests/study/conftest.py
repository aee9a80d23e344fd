"""What the tests of studies share: none measures bf16, which is slow where the CPU has none."""

import pytest

from pleura.study import measure


@pytest.fixture(autouse=True, scope="session")
def _no_bf16_is_measured() -> None:
    """Precisions are measured by their own tests; a study that is tested trains in fp32 unless it
    asks for bf16."""
    measure.computes_bf16 = lambda accelerator: False
