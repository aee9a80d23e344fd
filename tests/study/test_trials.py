"""How networks and strategies with options are spelled."""

import pytest
import yaml

from pleura.study.trials import as_written, spelled


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("v_unet", "v_unet"),
        ({"x_unet": {"width": 4}}, "{x_unet: {width: 4}}"),
        ({"unet": {"backbone": "resnet18", "depths": [1, 2]}}, None),
        ({"truncation": {"at": "a" * 90, "whole": True, "rate": 1e-4}}, None),
    ],
)
def test_people_read_what_a_study_file_has(
    value: str | dict[str, object], written: str | None
) -> None:
    """On one line, without the quotation marks of JSON; and from what tables have."""
    assert as_written(value) == as_written(spelled(value))
    assert yaml.safe_load(as_written(value)) == value
    assert not {'"', "\n"} & set(as_written(value))
    if written:
        assert as_written(value) == written
