"""Which words the rows of a .npy file of word vectors are of."""

from pathlib import Path


def word_list(vectors: Path) -> Path:
    """The file beside `vectors` with one word a line: the .vocab file or, where there is none, the .txt file."""
    first, second = (vectors.with_suffix(suffix) for suffix in (".vocab", ".txt"))
    return second if second.is_file() and not first.is_file() else first


def vector_sources(vectors: str) -> list[str]:
    """Every file that word vectors are read from; none where `vectors` names no file."""
    if vectors.endswith(".npy"):
        return [vectors, str(word_list(Path(vectors)))]
    return [vectors] if vectors.endswith(".txt") else []
