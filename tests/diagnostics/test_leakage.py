import numpy as np
import pytest
from test_rows import rows

from recursive_roar.diagnostics.leakage import PLACES, Probe, features, leaks, majority, probe, wilson
from recursive_roar.diagnostics.rows import Rows


def masked(*texts: list[int]) -> Rows:
    found = rows(*texts)
    return Rows(found.values > 0, found.offsets)


def columns(texts: Rows) -> list[dict[int, float]]:
    return [{int(place): float(row[place]) for place in row.nonzero()[0]} for row in features(texts).toarray()]


def test_features_are_the_places_from_both_ends_and_how_masks_lump() -> None:
    found = columns(masked([1, 0, 1, 1], [0, 0], [0, 1]))
    ends = {PLACES: 1, PLACES + 1: 1, PLACES + 3: 1}
    assert found[0] == {0: 1, 2: 1, 3: 1, **ends, 2 * PLACES: pytest.approx(1 / 3)}
    assert found[1] == {}
    assert found[2] == {1: 1, PLACES: 1}


def test_the_next_text_does_not_follow() -> None:
    assert 2 * PLACES not in columns(masked([0, 1], [1, 0]))[1]


def test_places_far_from_both_ends_are_left_out() -> None:
    middle = [0] * (2 * PLACES + 1)
    middle[PLACES] = 1
    assert columns(masked(middle)) == [{}]


def texts(label_tells: bool, number: int, seed: int) -> tuple[Rows, np.ndarray]:
    """Ten tokens, three of them masked: anywhere, or among the first or the last five as the label says."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, number)
    scores = random.random((number, 10))
    if label_tells:
        scores[:, :5] += labels[:, None]
        scores[:, 5:] += 1 - labels[:, None]
    values = (-scores).argsort(1).argsort(1) < 3
    return Rows(values.ravel(), np.arange(0, 10 * number + 1, 10)), labels


def probed(label_tells: bool, seed: int = 0) -> tuple[Probe, float]:
    (train, test) = texts(label_tells, 300, seed), texts(label_tells, 400, seed + 1000)
    return probe((train[0], test[0]), (train[1], test[1]), 0.95), majority(test[1])


def test_a_mask_that_hangs_on_the_label_leaks_and_a_random_one_does_not() -> None:
    told, guessed = probed(True)
    random, _ = probed(False)
    assert told.accuracy > 0.99
    assert leaks(told, guessed, random)
    assert leaks(told, guessed, None)
    assert not leaks(random, guessed, random)


def test_random_masks_are_hardly_ever_said_to_leak() -> None:
    found = [probed(False, seed) for seed in range(40)]
    assert sum(leaks(seen, guessed, None) for seen, guessed in found) <= 4


def test_what_random_masks_tell_as_well_is_no_leakage() -> None:
    assert not leaks(Probe(0.7, 0.6, 0.8), 0.5, Probe(0.65, 0.5, 0.8))
    assert leaks(Probe(0.7, 0.6, 0.8), 0.5, Probe(0.55, 0.5, 0.6))
    assert not leaks(Probe(0.55, 0.45, 0.65), 0.5, None)


def test_the_same_masks_give_the_same_probe() -> None:
    assert probed(False) == probed(False)


def test_majority() -> None:
    assert majority(np.array([3, 1, 3, 3])) == 0.75


def test_wilson_by_hand() -> None:
    low, high = wilson(8, 10, 0.95)  # Newcombe 1998 has 0.4902 to 0.9433 for 8 of 10
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10, 0.95)[0] == pytest.approx(0)
    assert wilson(10, 10, 0.95)[1] == pytest.approx(1)
