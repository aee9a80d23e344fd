"""Dates of a header are known in names, in any usual order, and numbers are not taken for them."""

from datetime import date

import numpy as np
import pytest
from benchmarks.dicom_files import dataset

from pleura.data.readers.dicom.dates import dates_of
from pleura.data.readers.dicom.telling import LONG, telling_of, tells


@pytest.mark.parametrize(
    "name",
    [
        *("20190304", "2019-03-04", "2019_3_4", "04-03-2019", "4.3.2019", "04032019", "03/04/2019"),
        *("3-4-2019", "03042019", "04-Mar-2019", "4 March 2019", "MAR_04_2019", "2019mar04"),
        *("190304", "04-03-19", "040319", "030419", "01_04_03_19", "20190304T120000"),
        *("17.05.1961", "170561", "20200229"),
    ],
)
def test_a_date_is_known_in_any_usual_order(name: str) -> None:
    header = dataset(
        np.zeros((4, 6), np.uint8),
        StudyDate="20190304",
        PatientBirthDate="19610517",
        AcquisitionDateTime="20200229120000.000000",
    )
    assert tells(f"ward/{name}_7.dcm", telling_of(header), LONG)


@pytest.mark.parametrize(
    "name", ["IM000007", "4_3_19", "2019", "03-2019", "190305", "1903041", "40-319", "04-0319", "x"]
)
def test_other_numbers_are_no_dates(name: str) -> None:
    header = dataset(np.zeros((4, 6), np.uint8), StudyDate="20190304")
    assert not tells(f"ward/{name}_7.dcm", telling_of(header), LONG)


@pytest.mark.parametrize("nobody", ["19000101", "20000101"])
def test_a_date_in_the_place_of_one_is_no_number_of_a_file(nobody: str) -> None:
    telling = telling_of(dataset(np.zeros((4, 6), np.uint8), PatientBirthDate=nobody))
    assert not any(tells(name, telling, LONG) for name in ("IM000101.dcm", "010100.dcm"))
    assert tells(f"01-01-{nobody[:4]}.dcm", telling, LONG)


def test_dates_of_elements() -> None:
    assert [*dates_of("['20190304', '2020.02.29']")] == [date(2019, 3, 4), date(2020, 2, 29)]
    assert [*dates_of("20190304120000.123456+0100")] == [date(2019, 3, 4)]
    assert [*dates_of("20190230")] == [*dates_of("")] == []
