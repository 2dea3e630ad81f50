import torch
from sklearn.metrics import mutual_info_score
from toys import rows_of, split

from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.explain.mutual_information import MutualInformation

TRAIN = [[1, 5, 6, 2], [1, 5, 5, 2], [1, 6, 2], [1, 7, 6, 2], [1, 7, 2]]
LABELS = [0, 0, 1, 1, 2]


def scores(rows, train=TRAIN):
    explainer = MutualInformation()
    prepare(explainer, None, split(train, labels=LABELS), 100)
    return rows_of(extract_importance(explainer, None, split(rows), "gold", 100, torch.device("cpu")))


def by_counting(word: int) -> float:
    """With one document a class that holds every word, in bits, weighted by the share of each label."""
    documents = [(set(row), label) for row, label in zip(TRAIN, LABELS, strict=True)]
    documents += [({word}, label) for label in range(3)]
    present = [word in words for words, _ in documents]
    total = 0.0
    for label in range(3):
        labelled = [other == label for _, other in documents]
        total += sum(labelled) / len(documents) * mutual_info_score(present, labelled)
    return total / torch.log(torch.tensor(2.0)).item()


def test_it_is_the_weighted_information_of_presence() -> None:
    (found,) = scores([[1, 5, 6, 7, 5, 2]])
    expected = torch.tensor([by_counting(word) for word in (5, 6, 7, 5)])
    assert torch.allclose(found[1:-1], expected, atol=1e-6)
    assert found[1] == found[4] > found[2]


def test_a_word_of_no_training_text_is_counted_in_the_added_documents_alone() -> None:
    (found,) = scores([[1, 6, 90, 2]])
    assert torch.allclose(found[2], torch.tensor(by_counting(90)), atol=1e-6)


def test_masked_words_of_the_training_split_no_longer_count() -> None:
    masked = [[3 if token == 5 else token for token in row] for row in TRAIN]
    (before,), (after,) = scores([[1, 5, 2]]), scores([[1, 5, 2]], masked)
    assert torch.allclose(after[1], torch.tensor(by_counting(90)), atol=1e-6)
    assert before[1] > after[1]
