"""The table of a source is written anew without losing what its user wrote."""

from pathlib import Path

from pleura.data.sources.images_table import write_images


def test_a_table_that_a_user_has_changed_is_kept_and_told(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.touch()
    rows = [{"image": image, "label": "ill", "patient": "1"}]
    first = write_images(rows, tmp_path)
    assert write_images(rows, tmp_path).told == ()
    mine = first.path.read_text().replace("ill", "well")
    first.path.write_text(mine)
    [told] = write_images(rows, tmp_path).told
    assert "kept as" in told
    assert "other words in 1 row besides" in told
    assert (tmp_path / "images.before.csv").read_text() == mine
    assert first.path.read_text() == "image,label,patient\na.png,ill,1\n"
