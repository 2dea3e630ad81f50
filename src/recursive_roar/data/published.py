"""Counts of a prepared dataset beside those of the published study."""

import json
import logging
from dataclasses import asdict, dataclass

import pyarrow as pa

METADATA = b"differs_from_published"
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Difference:
    """A count that is not the published one."""

    dataset: str
    count: str  # such as "examples in train"
    found: int
    published: int

    def __str__(self) -> str:
        return f"dataset '{self.dataset}': {self.found} {self.count}, published are {self.published}"


def compare(dataset: str, count: str, found: int, published: int | None) -> list[Difference]:
    """Nothing where the counts agree or none is published, else their difference, which is also logged."""
    if published in (None, found):
        return []
    difference = Difference(dataset, count, found, int(published))
    LOG.warning("%s", difference)
    return [difference]


def noted(table: pa.Table, differences: list[Difference]) -> pa.Table:
    """The table with differences in its metadata, which `differences_of` reads; unchanged if there are none."""
    if not differences:
        return table
    known = differences_of(table)
    content = json.dumps([asdict(difference) for difference in (*known, *differences)])
    return table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA: content.encode()})


def differences_of(table: pa.Table) -> list[Difference]:
    """Differences in a table's metadata."""
    content = (table.schema.metadata or {}).get(METADATA, b"[]")
    return [Difference(**entry) for entry in json.loads(content)]
