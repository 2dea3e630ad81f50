import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from test_rows import rows

from recursive_roar.diagnostics.plausibility import average_precision, hit_rate, supporting


def places(text: str) -> list[tuple[int, int]]:
    """Of each word, between those of [CLS] and [EOS]."""
    found, end = [(0, 0)], 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        found.append((start, end))
    return [*found, (0, 0)]


def test_a_word_belongs_to_its_statement_the_full_stop_included() -> None:
    texts = ["Mary left . John went home . Sandra slept", "Mary left.\nJohn went home."]
    found = supporting(texts, [[1], [0, 1]], [places(text) for text in texts])
    assert [int(value) for value in found] == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0] + [1] * 7
    (alone,) = supporting(["Mary"], [[0]], [[(0, 4)]])
    assert alone


def test_every_supporting_statement_of_real_questions_is_found(real_data) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(real_data / "babi_qa1_10k/test.parquet").slice(0, 50).to_pylist()
    for row in table:
        text = row["story"].replace(".\n", " . ").rstrip(".")
        found = supporting([text], [row["support"]], [places(text)[1:-1]])
        words = [word for word, here in zip(text.split(), found, strict=True) if here and word != "."]
        assert " ".join(words) == row["story"].split("\n")[row["support"][0]].rstrip(".")


TRUTH = np.array([True, False, True, False, False, False])


def test_average_precision_by_hand() -> None:
    scores = rows([4, 3, 2, 1], [5, 6])  # precision 1 and 2/3 at the two; the other text has none to find
    assert average_precision(scores, TRUTH) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(rows([1, 1, 1, 1], [0, 0]), TRUTH) == pytest.approx(0.5)
    assert average_precision(rows([1, 2]), np.array([False, False])) is None


def test_average_precision_is_that_of_scikit_learn_with_ties() -> None:
    random = np.random.default_rng(0)
    texts = [random.integers(0, 5, length).tolist() for length in (3, 11, 40)]
    truth = [random.random(len(text)) < 0.4 for text in texts]
    expected = np.mean([average_precision_score(*pair) for pair in zip(truth, texts, strict=True) if pair[0].any()])
    assert average_precision(rows(*texts), np.concatenate(truth)) == pytest.approx(expected)


def test_hit_rates_by_hand() -> None:
    scores = rows([4, 3, 2, 1], [5, 6])
    assert hit_rate(scores, TRUTH, tokens=1) == 1
    assert hit_rate(scores, TRUTH) == 0.5  # of as many as there are, two, one is right
    both = np.array([True, False, True, False, True, False])
    assert hit_rate(scores, both, tokens=1) == 0.5
    assert hit_rate(scores, both) == pytest.approx((0.5 + 0) / 2)
