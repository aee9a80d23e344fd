"""Every listed reader is held to the contract."""

from pathlib import Path

from tests.contracts import held_in
from tests.data.readers.contract import ReaderContract

from pleura.data.readers.listed import READERS


def test_each_reader_has_a_test_that_holds_it_to_the_contract() -> None:
    tests = [path.stem for path in Path(__file__).parent.glob("test_*.py")]
    held = {
        type(each.reader)
        for test in tests
        for each in held_in(f"tests.data.readers.{test}", ReaderContract)
    }
    without = [type(reader).__name__ for reader in READERS if type(reader) not in held]
    assert without == [], (
        "these readers have no test: write tests/data/readers/test_NAME.py with a subclass of "
        "ReaderContract for each"
    )


def test_no_ending_is_read_by_two_readers() -> None:
    endings = [ending for reader in READERS for ending in reader.suffixes]
    assert sorted(endings) == sorted(set(endings))
