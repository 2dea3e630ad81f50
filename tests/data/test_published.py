import logging

import pyarrow as pa
import pytest

from recursive_roar.data.published import Difference, compare, differences_of, noted


def test_a_difference_is_logged_with_both_numbers_and_kept_in_the_table(caplog: pytest.LogCaptureFixture) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"label_names": "[]"})
    with caplog.at_level(logging.WARNING):
        first = compare("sst", "examples in train", 6920, 6579)
    assert "dataset 'sst': 6920 examples in train, published are 6579" in caplog.text
    second = [Difference("sst", "words", 1, 2)]
    both = noted(noted(table, first), second)
    assert differences_of(both) == first + second
    assert both.schema.metadata[b"label_names"] == b"[]"


@pytest.mark.parametrize("published", [5, None])
def test_equal_or_unpublished_counts_leave_no_trace(published, caplog: pytest.LogCaptureFixture) -> None:
    table = pa.table({"a": [1]})
    assert noted(table, compare("sst", "words", 5, published)).schema.metadata is None
    assert caplog.text == ""
