"""What a study's folder says of the machine."""

from pathlib import Path

import pytest

from pleura.study.folder import environment
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.mark.parametrize("pretrained", [False, True])
def test_devices_of_pretraining_are_told_where_there_is_one(
    pretrained: bool, make_images: MakeImages, tmp_path: Path
) -> None:
    study = content(make_images())
    if pretrained:
        study["steps"] = {"turned": {"task": "selfsup", "method": "rotation"}}
        (first, *_) = study["recipes"].values()
        study["recipes"]["after"] = {**first, "curriculum": ["turned"]}
    context = Study.from_objects(study).prepare(tmp_path / "out").context
    assert ("devices of pretraining" in environment(context)) == pretrained
