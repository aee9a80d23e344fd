from pathlib import Path

from benchmarks.clip_files import moving, write_gif, write_video

from pleura.check.images import read_images
from pleura.study.context import quiet


def test_a_table_of_clips_is_looked_at_by_some_of_their_frames(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(8))
    write_gif(tmp_path / "b.gif", moving(3))
    (tmp_path / "images.csv").write_text("image,patient\na.mp4,1\nb.gif,2\n")
    manifest, bank = read_images(
        tmp_path / "images.csv",
        tmp_path / "out",
        {},
        image_is_patient=False,
        size=32,
        progress=quiet,
        announce=quiet,
    )
    assert manifest.names(range(len(manifest))) == [
        *("a.mp4::1", "a.mp4::3", "a.mp4::5", "a.mp4::7"),
        *("b.gif::0", "b.gif::1", "b.gif::2"),
    ]
    assert (bank.info["error"] == "").all()
    assert (bank.info["sector"] == "").all()
