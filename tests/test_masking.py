import numpy as np
import pytest
import torch

from recursive_roar.config.ladder import Amount
from recursive_roar.data.batches import Ragged
from recursive_roar.errors import UserError
from recursive_roar.masking import mask_everything, mask_most_important


def ragged(rows: list[list[float]], dtype: torch.dtype) -> Ragged:
    values = torch.tensor([value for row in rows for value in row], dtype=dtype)
    return Ragged(values, torch.tensor([0, *np.cumsum([len(row) for row in rows])]))


def masks(importance: list[list[float]], maskable: list[list[int]], amount: Amount, previous=None, number=1):
    before = ragged(previous, torch.uint8) if previous else None
    found = mask_most_important(ragged(importance, torch.float32), ragged(maskable, torch.bool), before, amount, number)
    return [found.values[start:end].tolist() for start, end in zip(found.offsets, found.offsets[1:], strict=False)]


def test_the_most_important_maskable_tokens_are_masked() -> None:
    # 4 and 5 maskable tokens: half is 2 of each, by the integer floor.
    found = masks([[9, 1, 4, 3, 2, 9], [9, 5, 1, 4, 2, 3, 9]], [[0, 1, 1, 1, 1, 0], [0, 1, 1, 1, 1, 1, 0]], half())
    assert found == [[0, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 0]]


def half() -> Amount:
    return Amount("relative", 50)


def test_ties_go_to_the_earlier_token() -> None:
    assert masks([[1, 1, 1, 1]], [[1, 1, 1, 1]], half()) == [[1, 1, 0, 0]]


def test_tokens_masked_earlier_count_and_keep_their_round() -> None:
    found = masks([[9, 8, 7, 6]], [[1, 1, 1, 1]], Amount("relative", 75), previous=[[0, 0, 0, 1]], number=2)
    assert found == [[2, 2, 0, 1]]


def test_short_texts_may_lose_nothing() -> None:
    assert masks([[1, 2, 3]], [[1, 1, 1]], Amount("relative", 30)) == [[0, 0, 0]]


def test_the_absolute_ladder_masks_a_number_of_tokens() -> None:
    assert masks([[1, 2, 3], [1, 2, 0]], [[1, 1, 1], [0, 1, 0]], Amount("absolute", 2)) == [[0, 1, 1], [0, 1, 0]]


def test_scores_of_tokens_that_cannot_be_masked_do_not_matter() -> None:
    assert masks([[float("nan"), 1, 2]], [[0, 1, 1]], half()) == [[0, 0, 1]]


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(UserError, match="finite"):
        masks([[float("nan"), 1]], [[1, 1]], half())


def test_the_refusal_says_which_token() -> None:
    with pytest.raises(UserError, match="token 1 in row 2 of the split is inf"):
        masks([[1, 2], [], [1, float("inf")]], [[1, 1], [], [1, 1]], half())


def test_a_chain_of_rounds_equals_sorting_each_row_by_itself() -> None:
    random = np.random.default_rng(1)
    lengths = random.integers(0, 15, 40)
    maskable = [[int(flag) for flag in random.random(length) < 0.8] for length in lengths]
    before = [[0] * length for length in lengths]
    for number in range(1, 10):
        importance = [random.integers(-2, 3, length).tolist() for length in lengths]  # few values: many ties
        found = masks(importance, maskable, Amount("relative", 10 * number), before, number)
        assert found == [by_sorting(*row, number) for row in zip(importance, maskable, before, strict=True)]
        before = found


def by_sorting(importance: list[int], maskable: list[int], before: list[int], number: int) -> list[int]:
    places = [place for place, flag in enumerate(maskable) if flag]
    order = sorted(places, key=lambda place: (before[place] == 0, -importance[place]))
    chosen = order[: len(places) * number // 10]
    return [number if place in chosen and not earlier else earlier for place, earlier in enumerate(before)]


def test_masks_of_one_importance_are_nested_over_the_ladder() -> None:
    random = np.random.default_rng(0)
    rows = [random.random(length).tolist() for length in random.integers(1, 30, 50)]
    maskable = [[int(flag) for flag in random.random(len(row)) < 0.8] for row in rows]
    previous = np.zeros(sum(map(len, rows)), bool)
    for share in range(10, 100, 10):
        found = np.concatenate(masks(rows, maskable, Amount("relative", share))) > 0
        assert not (previous & ~found).any()
        previous = found


def test_masking_everything_masks_what_is_maskable() -> None:
    assert mask_everything(ragged([[0, 1, 1, 0]], torch.bool), 3).values.tolist() == [0, 3, 3, 0]
