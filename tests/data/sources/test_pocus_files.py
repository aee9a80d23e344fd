from pathlib import Path

from pleura.data.sources.pocus_files import files_of


def row(name: str, probe: str = "convex", kind: str = "video") -> dict[str, str]:
    return {"Filename": name, "Probe": probe, "Type": kind}


def found(rows: list[dict[str, str]], *files: str) -> list[str | None]:
    paths = files_of(rows, [Path(file) for file in files])
    return [path.as_posix() if path else None for path in paths]


def test_the_same_name_comes_before_other_spellings() -> None:
    rows = [row("Linee B"), row("linee B"), row("LINEE B")]
    files = ("pocus_videos/convex/linee B.mpeg", "pocus_videos/convex/Linee B .mpeg")
    assert found(rows, *files) == [files[1], files[0], None]


def test_another_case_will_do_where_it_is_clear() -> None:
    assert found([row("Pneu")], "pocus_videos/convex/pneu .gif") == [
        "pocus_videos/convex/pneu .gif"
    ]
    assert found([row("Pneu"), row("pNEU")], "pocus_videos/convex/pneu.gif") == [None, None]
    two = ("pocus_videos/convex/pneu.gif", "pocus_videos/convex/PNEU.gif")
    assert found([row("Pneu")], *two) == [None]


def test_probe_and_kind_tell_files_of_one_name_apart() -> None:
    files = ("pocus_videos/Convex/a.mp4", "pocus_videos/linear/a.mp4", "pocus_images/linear/a.png")
    rows = [row("a", "linear", "Image"), row("a"), row("a", "linear")]
    assert found(rows, *files) == [files[2], files[0], files[1]]
    # The only file of a name is a row's, wherever it lies.
    assert found([row("a")], files[1]) == [files[1]]
    assert found([row("a"), row("a", "linear")], files[1]) == [None, files[1]]
