"""U-Nets by name, with what a study file says of them."""

from typing import Any

import pytest

from pleura.errors import InputError
from pleura.models.unet_options import UNETS, describe_unets, make_unet


def test_by_name_and_with_options() -> None:
    assert make_unet("x_unet") == make_unet({"x_unet": None}) == UNETS["x_unet"]()
    assert make_unet({"unet": {"backbone": "resnet18", "at": 2}}).model_dump()["at"] == 2


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("vunet", "did you mean 'v_unet'"),
        ("unet", "backbone: is missing"),
        ({"x_unet": {"widht": 8}}, "widht: unknown option; did you mean 'width'"),
        ({"v_unet": {"width": 8}}, "width: unknown option"),
        ({"x_unet": {"width": 0}}, "width: "),
        ({"unet": {"backbone": "resnet18"}, "v_unet": None}, "one name"),
    ],
)
def test_what_does_not_fit_is_told(spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_unet(spec)


def test_all_are_described_with_their_options() -> None:
    text = describe_unets()
    assert all(f"\n{name}: " in f"\n{text}" for name in UNETS)
    assert "backbone (required)" in text
    assert "width (default 64)" in text
