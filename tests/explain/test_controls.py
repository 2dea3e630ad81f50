import pytest
import torch
from test_explainers import lstm, scores
from toys import split

from recursive_roar.catalog.controls import CONTROLS, controlled
from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.explain.controls import Blurred, Negated, Permuted, PositionPrior
from recursive_roar.explain.extract import prepare
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.load import load_explainer
from recursive_roar.explain.promises import CHECKS, Trial

MASK = 3
FINDING = ("planted cause", "target class", "sums", "cost")


class Identity(Explainer):
    """The id of a word is its score; large where nothing may be said."""

    def __call__(self, model, batch, target):
        return torch.where(batch.maskable & (batch.input_ids != MASK), batch.input_ids.float(), 1e9)


class Labels(Explainer):
    """The label is every word's score."""

    uses_labels = True

    def prepare(self, model, train):
        self.seen = train.labels.tolist()

    def __call__(self, model, batch, target):
        return batch.labels[:, None].expand(batch.input_ids.shape).float()


def found(control: Explainer, rows, train=None):
    model = lstm(paired=False).requires_grad_(False)
    model.embed = lambda ids: model.embedding_matrix[ids.clamp(max=6)]
    return [row.tolist() for row in scores(control, model, split(rows), train=split(train or rows))]


def test_scores_are_where_the_batch_is() -> None:
    batch = split([[1, 6, 4, 2]]).batch(torch.arange(1))
    assert Negated(Identity())(None, batch, batch.labels.to("meta")).device.type == "meta"


def test_negated() -> None:
    assert found(Negated(Identity()), [[1, 6, 4, 5, 2]])[0][1:4] == [-6, -4, -5]


def test_blurred_takes_the_mean_of_what_is_there_and_not_masked_yet() -> None:
    assert found(Blurred(Identity(), window=3), [[1, 6, 4, 5, 2]])[0][1:4] == [5, 5, 4.5]
    masked = found(Blurred(Identity(), window=3), [[1, 6, MASK, 5, 4, 2]])[0]
    assert [masked[1], *masked[3:5]] == [6, 4.5, 4.5]
    assert found(Blurred(Identity(), window=5), [[1, 6, 4, 2], [1, 4, 4, 4, 4, 4, 9, 2]])[1][1:7] == [
        4, 4, 4, 5, 5.25, pytest.approx(17 / 3),
    ]  # fmt: skip


def test_permuted_keeps_the_scores_of_a_text_and_moves_them_among_its_unmasked_words() -> None:
    rows = [[1, *range(4, 24), MASK, MASK, 2], [1, MASK, 6, 2], [1, 4, 5, 2]]
    first = found(Permuted(Identity(), seed=0), rows)
    assert sorted(first[0][1:21]) == list(range(4, 24))
    assert first[0][1:21] != list(range(4, 24))
    assert first[1][2] == 6
    assert sorted(first[2][1:3]) == [4, 5]
    assert found(Permuted(Identity(), seed=0), rows) == first
    assert found(Permuted(Identity(), seed=1), rows)[0] != first[0]


def test_permuted_puts_the_highest_score_on_every_word_equally_often() -> None:
    texts = 4000
    places = [row.index(7) for row in found(Permuted(Identity(), seed=0), [[1, 4, 5, 6, 7, 2]] * texts)]
    shares = torch.tensor(places).bincount(minlength=6)[1:5] / texts
    assert (shares - 0.25).abs().max() < 4 * (0.25 * 0.75 / texts) ** 0.5


def test_permuted_masks_of_two_rounds_are_no_more_side_by_side_than_random_ones() -> None:
    texts, words = 1000, list(range(4, 24))
    last = [row[1:21].index(23) for row in found(Permuted(Identity(), seed=0), [[1, *words, 2]] * texts)]
    rows = [[1, *(MASK if place == masked else word for place, word in enumerate(words)), 2] for masked in last]
    highest = [max(set(row) - {MASK}) for row in rows]  # one lower where the highest word itself is masked
    second = [
        row.index(word, 1) - 1 for row, word in zip(found(Permuted(Identity(), seed=0), rows), highest, strict=True)
    ]
    beside = sum(abs(one - other) == 1 for one, other in zip(last, second, strict=True)) / texts
    assert abs(beside - 0.1) < 4 * (0.1 * 0.9 / texts) ** 0.5  # of 190 pairs of places 19 are neighbours


def test_the_prior_of_places_is_the_mean_rank_from_the_start_and_from_the_end() -> None:
    train = [[1, 4, 6, 5, 2], [1, 5, 4, 2]]  # ranks 0, 1, 0.5 and 1, 0
    # from the start: 0.5, 0.5, 0.5; from the end, last first: 0.25, 1, 0
    expected = [[0.5 + 0, 0.5 + 1, 0.5 + 0.25], [0.5 + 0.5, 0.5 + 0, 0.5 + 1, 0.5 + 0.25]]
    other = found(PositionPrior(Identity()), [[1, 9, 9, 9, 2], [1, 4, 9, 4, 9, 2]], train)
    assert [row[1:-1] for row in other] == expected


def test_the_prior_counts_neither_masked_words_nor_ties_twice() -> None:
    train = [[1, 4, MASK, 6, 6, 2], [1, MASK, MASK, 5, MASK, 2]]  # ranks 0, -, 0.75, 0.75; alone: 0.5
    (row,) = found(PositionPrior(Identity()), [[1, 4, 4, 4, 4, 2]], train)
    assert row[1:5] == [0 + 0, 0.5 + 0.5, 0.625 + 0.625, 0.75 + 0.75]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_sees_labels_where_its_explainer_does(control) -> None:
    copy = load_explainer(CONTROLS[control].path, {"base": Labels(), **seed_of(control)})
    data = split([[1, 4, 5, 2]], labels=[1])
    prepare(copy, lstm(paired=False), data, 100)
    assert copy.base.seen == [1]
    assert copy.uses_labels
    assert not load_explainer(CONTROLS[control].path, {"base": Identity(), **seed_of(control)}).uses_labels


@pytest.mark.parametrize("promise", [name for name in CHECKS if name not in FINDING])
@pytest.mark.parametrize("base", ["attention", "input-x-gradient", "smoothgrad", "mutual-information"])
@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_keeps_every_promise_but_to_find_the_cause(control, base, promise) -> None:
    known = EXPLAINERS[base]
    parameters = {"samples": 5} if base == "smoothgrad" else {}

    def make(seed):
        seeded = {"seed": seed} if known.stochastic else {}
        arguments = {"base": load_explainer(known.path, {**parameters, **seeded}), **seed_of(control, seed)}
        return load_explainer(CONTROLS[control].path, arguments)

    assert CHECKS[promise](Trial(make, controlled(control, known))) is not None


def test_catalog_and_classes_say_the_same() -> None:
    for known in CONTROLS.values():
        control = load_explainer(known.path, {"base": Identity(), **({"seed": 0} if known.stochastic else {})})
        assert (control.stochastic, control.needs_training_split) == (known.stochastic, known.needs_training_split)


def test_a_control_needs_what_its_explainer_needs() -> None:
    for name, base in EXPLAINERS.items():
        for control in CONTROLS:
            known = controlled(control, base)
            for need in ("needs_model", "needs_attention", "needs_training_split", "uses_labels"):
                assert getattr(known, need) >= getattr(base, need), (name, control, need)
    assert not controlled("negated", EXPLAINERS["mutual-information"]).needs_model
    assert controlled("permuted", EXPLAINERS["mutual-information"]).sees_masks  # which words are masked tells it where


def test_texts_without_words_to_mask() -> None:
    empty = split([[1, 2], [1, MASK, 2]])
    for name in CONTROLS:
        control = load_explainer(CONTROLS[name].path, {"base": Identity(), **seed_of(name)})
        assert isinstance(scores(control, lstm(paired=False), empty), list)


def seed_of(control: str, seed: int = 0) -> dict[str, int]:
    return {"seed": seed} if CONTROLS[control].stochastic else {}


def test_ragged_rows_agree_with_a_text_alone() -> None:
    rows = [[1, 6, 4, 5, 2], [1, 4, 2], [1, 5, 6, 5, 6, 5, 6, 2]]
    for name in CONTROLS:
        together = found(load_explainer(CONTROLS[name].path, {"base": Identity(), **seed_of(name)}), rows)
        alone = found(load_explainer(CONTROLS[name].path, {"base": Identity(), **seed_of(name)}), rows[:1], rows)
        assert together[0] == alone[0]
