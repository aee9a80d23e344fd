"""Golden tests that record at once, as those of two workers do, lose nothing of each other."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.golden.recording import record, recorded


def test_what_is_recorded_at_once_is_all_there(tmp_path: Path) -> None:
    path, names = tmp_path / "figures.json", [f"part {i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: record(path, name, {"of": name}), names))
    assert recorded(path) == {name: {"of": name} for name in names}
    record(path, "part 3", "anew")
    assert recorded(path)["part 3"] == "anew"
    assert len(recorded(path)) == len(names)
    assert [file.name for file in tmp_path.iterdir()] == ["figures.json"]
