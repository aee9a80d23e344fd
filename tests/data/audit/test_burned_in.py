from dataclasses import replace
from pathlib import Path

import pytest

from pleura.data.audit.detectors import find_faults
from tests.data.audit.made_up import chest, collection_of


@pytest.mark.parametrize("column", ["burned_in", "BurnedInAnnotation"])
def test_names_in_pixels_are_told_where_the_table_knows(column: str, tmp_path: Path) -> None:
    collection = collection_of(tmp_path, [chest(seed) for seed in range(6)])
    for cells, rows in (
        (["YES", "NO", "", "yes", "NO", ""], [(0, 3)]),
        (["NO"] * 3 + [""] * 3, []),
    ):
        table = collection.manifest.table.assign(**{column: cells})
        known = replace(collection, manifest=replace(collection.manifest, table=table))
        of = [it for it in find_faults(known) if it.kind == "names in pixels"]
        assert [finding.rows for finding in of] == rows
        assert all("names may stand in the pixels of 2 of 6 images" in it.text for it in of)
        assert not any(finding.leak for finding in of)
