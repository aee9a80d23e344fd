"""Pictures of a study's folder, and what stands beneath them."""

from pleura.report.gallery import file_name, with_file_names


def test_files_are_named_without_their_folders() -> None:
    assert file_name("/ward 7/a.zip::doe/clip.mp4") == "clip.mp4"
    text = "row 1 (/x/a/1.png) and a/1.png, a/1.png; aa/1.png"
    assert with_file_names(text, ["a/1.png", "/x/a/1.png"]) == (
        "row 1 (1.png) and 1.png, 1.png; aa/1.png"
    )
