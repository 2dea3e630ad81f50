import numpy as np
import pytest

from recursive_roar.data.formats import SourceError
from recursive_roar.data.word2vec import WIDTH, word_vectors

TEXTS = ["Acute loss of blood", "acute loss of weight", "of blood"]


def test_words_that_occur_twice_have_vectors_and_the_same_texts_the_same_ones() -> None:
    words, vectors = word_vectors(TEXTS, str.lower)
    assert words[0] == "of"
    assert set(words) == {"of", "acute", "loss", "blood"}
    assert vectors.shape == (4, WIDTH)
    assert np.array_equal(vectors, word_vectors(TEXTS, str.lower)[1])


def test_texts_without_a_repeated_word_are_refused() -> None:
    with pytest.raises(SourceError, match="no word vectors can be trained on 1 texts"):
        word_vectors(["one two three"], str)
