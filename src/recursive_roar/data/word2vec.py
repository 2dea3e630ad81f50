"""Word vectors trained on a corpus (Mikolov et al. 2013, by gensim), as published for MIMIC-III."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from recursive_roar.data.formats import SourceError

WIDTH = 300
WINDOW = 10
LEAST_OCCURRENCES = 2
SEED = 0


@dataclass(frozen=True)
class Corpus:
    """Texts whose words stand between blanks, as gensim goes through them: as often as it likes."""

    texts: list[str]

    def __iter__(self) -> Iterator[list[str]]:
        """The words of each text."""
        return (text.split(" ") for text in self.texts)


def word_vectors(texts: Iterable[str], clean: Callable[[str], str]) -> tuple[list[str], np.ndarray]:
    """Words that occur twice or more, the most frequent first, and their vectors [words, 300], float32.

    One thread, so that the same texts give the same vectors.

    Raises:
        SourceError: gensim is not installed, or no word occurs twice.
    """
    try:
        from gensim.models import Word2Vec
    except ImportError:
        raise SourceError(
            "vectors: mimic-word2vec needs an optional package: pip install 'recursive-roar[mimic]'. "
            "Or set `vectors: normal`"
        ) from None
    corpus = Corpus([clean(text) for text in texts])
    try:
        model = Word2Vec(corpus, vector_size=WIDTH, window=WINDOW, min_count=LEAST_OCCURRENCES, workers=1, seed=SEED)
    except RuntimeError as error:
        raise SourceError(f"no word vectors can be trained on {len(corpus.texts)} texts ({error})") from None
    return list(model.wv.index_to_key), np.asarray(model.wv.vectors, np.float32)
