"""What a study's folder says of the machine, and that it takes no other folder's files."""

from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.study.folder import STEPS, WRITTEN, environment, refuse_files_of_others
from pleura.study.run import Study
from pleura.study.steps.listed import KINDS, load_kind
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


@pytest.mark.parametrize("verb", ["prepare", "run"])
def test_a_study_file_beside_its_images_is_not_overwritten(
    verb: str, make_images: MakeImages
) -> None:
    manifest = make_images()
    own = manifest.parent / "study.yaml"
    own.write_text("question: mine")
    before = sorted(manifest.parent.iterdir())
    with pytest.raises(InputError, match=r"has study.yaml, which a study would overwrite"):
        getattr(Study.from_objects(content(manifest)), verb)(manifest.parent)
    assert own.read_text() == "question: mine"
    assert sorted(manifest.parent.iterdir()) == before


def test_a_studys_own_files_are_its_own(tmp_path: Path) -> None:
    refuse_files_of_others(tmp_path / "nowhere")
    (tmp_path / "runs.csv").touch()
    (tmp_path / "images.csv").touch()
    with pytest.raises(InputError, match=r"has runs\.csv, .* so that no study has left it"):
        refuse_files_of_others(tmp_path)
    (tmp_path / STEPS).mkdir()
    refuse_files_of_others(tmp_path)


def test_all_tables_that_steps_leave_are_guarded() -> None:
    left = {name for kind in KINDS for name in load_kind(kind).leaves if "/" not in name}
    assert left <= {*WRITTEN}
