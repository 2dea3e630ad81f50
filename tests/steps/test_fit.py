import pytest
from toys import split

from recursive_roar.data.tokens import Tokens
from recursive_roar.splits import SPLITS
from recursive_roar.steps.fit import new_model
from recursive_roar.training import TrainingError

ARCHITECTURE = {"vectors": "normal", "embedding_width": 4, "hidden_width": 3}


@pytest.mark.parametrize("classes", [None, 3, 5])
def test_there_may_be_more_classes_than_labels(classes: int | None) -> None:
    new_model(settings(classes), tokens("abc"), seed=0)


def test_more_labels_than_classes_are_refused() -> None:
    with pytest.raises(TrainingError, match="there are 3 labels, more than `classes: 2`.*leave it out"):
        new_model(settings(2), tokens("abc"), seed=0)


def settings(classes: int | None) -> dict[str, object]:
    return {"path": "recursive_roar.models.build", "architecture": ARCHITECTURE, "classes": classes}


def tokens(labels: str) -> Tokens:
    words = [str(number) for number in range(8)]
    return Tokens(dict.fromkeys(SPLITS, split([[1, 5, 2]])), words, mask_id=3, pad_id=0, label_names=list(labels))
