"""What is laid over a text."""

import base64

import numpy as np
import pytest

from recursive_roar.heatmaps.layers import Trail, hundredths, packed, prediction

MASKABLE = np.array([False, True, True, True, True, False])


def trail(explained_once: bool) -> Trail:
    masks = [[0, 1, 0, 0, 0, 0], [0, 1, 2, 0, 0, 0]]
    if explained_once:  # as ROAR writes them
        masks[1] = [0, 2, 2, 0, 0, 0]
    scores = {0: [9, 4, 3, 2, 1, 9], 1: [9, 8, -4, 2, 0, 9]}
    return Trail(
        masked_at={number: np.array(mask, np.uint8) for number, mask in enumerate(masks, start=1)},
        importance={n: np.array(row, np.float32) for n, row in scores.items() if n == 0 or not explained_once},
        logits=[np.array([0, 2], np.float32), np.array([3, 0], np.float32)] * 2,
        fully_masked=3,
        explained_once=explained_once,
    )


def values(text: str, kind: type = np.int8) -> list[int]:
    return np.frombuffer(base64.b64decode(text), kind).tolist()


@pytest.mark.parametrize("explained_once", [False, True])
def test_a_token_is_masked_in_the_first_round_that_masks_it(explained_once) -> None:
    assert trail(explained_once).first_masked(MASKABLE).tolist() == [0, 1, 2, 3, 3, 0]


def test_without_a_fully_masked_round_some_stay_visible() -> None:
    masks = {1: np.array([0, 0, 1], np.uint8)}
    assert Trail(masks, {}, [], None, False).first_masked(np.array([False, True, True])).tolist() == [0, 0, 1]


def test_importance_is_a_share_of_the_largest_that_is_still_visible() -> None:
    layers = trail(False).layers(MASKABLE, np.array([1, 2, 3, 4]))
    assert values(layers["masked_at"], np.uint8) == [1, 2, 3, 3]
    first, second, *none = layers["importance"]
    assert values(first) == [100, 75, 50, 25]
    assert values(second) == [0, -100, 50, 0]  # the first is masked, the second speaks against
    assert none == [None, None]
    assert layers["predicted"] == (1, 0, 1, 0)


def test_one_importance_where_no_round_is_explained_again() -> None:
    (scores,) = trail(True).layers(MASKABLE, np.array([2, 3]))["importance"]
    assert values(scores) == [75, 50]


@pytest.mark.parametrize("largest", [1e-40, 1.0, 3e38])
def test_scores_of_any_size_fill_the_scale(largest) -> None:
    scores = np.array([largest, -largest / 2, np.nan, 0], np.float32)
    assert hundredths(scores, np.array([True, True, False, True])).tolist() == [100, -50, 0, 0]


def test_scores_that_are_all_zero() -> None:
    assert hundredths(np.zeros(3, np.float32), np.array([True, True, True])).tolist() == [0, 0, 0]
    assert hundredths(np.ones(2, np.float32), np.array([False, False])).tolist() == [0, 0]


def test_a_prediction_has_its_probability() -> None:
    assert prediction(np.log(np.array([1, 3], np.float32))) == (1, 0.75)
    assert prediction(np.array([1000, -1000, 0], np.float32)) == (0, 1.0)


def test_bytes_keep_their_sign() -> None:
    assert values(packed(np.array([-100, 0, 100], np.int8))) == [-100, 0, 100]
