import re

import pytest

from pleura.data.sources.listed import SOURCES, describe_sources, find_source
from pleura.data.sources.source import Source
from pleura.errors import InputError


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_says_where_it_is_and_under_which_terms(source: Source) -> None:
    assert SOURCES[source.name] is source
    assert re.fullmatch(r"[a-z0-9_-]+", source.name)  # a folder is called so
    names = [archive.name for archive in source.archives]
    assert len(set(names)) == len(names)
    assert bool(names) + bool(source.parts) + bool(source.access and not names) == 1
    for archive in source.archives:
        assert re.fullmatch(r"https?://\S+", archive.url)
        assert re.fullmatch(r"[\w.-]+\.(zip|tar\.gz|npz|csv|txt)", archive.name)
        assert re.fullmatch(r"([0-9a-f]{64})?", archive.sha256)
        assert re.fullmatch(r"([0-9a-f]{32})?", archive.md5)
    assert not source.images or f"{source.images:,} " in source.what
    assert bool(source.bytes) == bool(source.archives and source.size)
    text = describe_sources()
    assert all(part in text for part in (source.page, source.licence, source.citation))


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'duts'"):
        find_source("dut")
