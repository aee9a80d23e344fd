"""The table of findings."""

from pathlib import Path

from pleura.data.audit.finding import Finding
from pleura.data.audit.table import COLUMNS, MOST, table_of
from pleura.data.manifest_file import read_manifest


def test_rows_are_lines_and_a_patient_is_named_once(tmp_path: Path) -> None:
    lines = ["image,label,patient", *(f"i{i}.png,{'ab'[i % 2]},p{i // 2}" for i in range(240))]
    (tmp_path / "images.csv").write_text("\n".join(lines))
    manifest = read_manifest(tmp_path / "images.csv")
    many = Finding("mirrored", tuple(range(240)), 2.0, "many")
    table = table_of([Finding("twins", (0, 1, 4), 0.98765, "x", leak=True), many], manifest)
    assert tuple(table) == COLUMNS
    assert table.iloc[0].tolist() == [
        *("twins", "2; 3; 6", "i0.png; i1.png; i4.png", "p0; p2", 0.9877, "x", True, False)
    ]
    assert table["images"].iloc[1].endswith(f"i{MOST - 1}.png; and {240 - MOST} more")
    assert table["patients"].iloc[1].endswith(f"p{MOST - 1}; and {120 - MOST} more")
