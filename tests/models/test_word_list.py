"""Which files word vectors are read from."""

from pathlib import Path

import pytest

from recursive_roar.models.word_list import vector_sources, word_list


@pytest.mark.parametrize(
    ("there", "expected"), [([], ".vocab"), ([".vocab"], ".vocab"), ([".txt"], ".txt"), ([".vocab", ".txt"], ".vocab")]
)
def test_the_words_stand_beside_an_array(there: list[str], expected: str, tmp_path: Path) -> None:
    vectors = tmp_path / "wiki.simple.npy"
    for suffix in there:
        vectors.with_suffix(suffix).touch()
    assert word_list(vectors) == tmp_path / f"wiki.simple{expected}"
    assert vector_sources(str(vectors)) == [str(vectors), f"{tmp_path}/wiki.simple{expected}"]


@pytest.mark.parametrize(("vectors", "files"), [("a.txt", ["a.txt"]), ("normal", []), ("mimic-word2vec", [])])
def test_other_vectors_are_one_file_or_none(vectors: str, files: list[str]) -> None:
    assert vector_sources(vectors) == files
