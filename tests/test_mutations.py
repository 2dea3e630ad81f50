"""The mistakes that `mutations.py` makes can still be made: each text that one replaces stands where it says, once."""

import pytest
from mutations import MUTATIONS, REPOSITORY, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.explainer}: {mutation.mistake}")
def test_a_mistake_applies(mutation: Mutation) -> None:
    text = (REPOSITORY / f"src/recursive_roar/explain/{mutation.file}.py").read_text()
    assert text.count(mutation.old) == 1
    assert mutation.old != mutation.new
