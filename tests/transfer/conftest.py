"""Each contract test runs on all backbones that the strategy's test class names."""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.cls is not None and "backbone" in metafunc.fixturenames:
        metafunc.parametrize("backbone", metafunc.cls.backbones)
