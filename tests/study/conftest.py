"""What the tests of studies share: none measures bf16, which is slow where the CPU has none."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _no_bf16_is_measured() -> Iterator[None]:
    """Precisions are measured by their own tests; a study that is tested trains in fp32 unless it
    asks for bf16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.study.speeds.computes_bf16", lambda accelerator: False)
        yield
