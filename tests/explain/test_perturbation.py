"""Leave-one-out, occlusion, beam search: how the logit falls when tokens are hidden."""

from itertools import permutations

import pytest
import torch
from toys import Product, rows_of, split

from recursive_roar.explain.beam_search import BeamSearch, best_order
from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.masked_copies import masked_logits
from recursive_roar.explain.occlusion import LeaveOneOut, Occlusion, windows

CPU = torch.device("cpu")


class Table:
    """Logits of an example with four places, by which of them are hidden; drawn once, so that greedy goes wrong."""

    def __init__(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.logits = torch.rand(16, generator=generator).tolist()

    def falls(self, hidden):
        return [self.logits[0] - self.logits[sum(1 << place for place in places)] for places in hidden]

    def area(self, order) -> float:
        return sum(self.falls([frozenset(order[:step]) for step in range(1, 5)]))


class Additive(Product):
    """One logit, the sum of the embeddings, so each token's effect is its own value less the mask token's."""

    def __init__(self, values) -> None:
        super().__init__(torch.tensor(values)[:, None], torch.ones(1, 1))

    def logits(self, batch, embeddings=None):
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        return (embeddings * batch.present[..., None]).sum(1)


def additive() -> Additive:
    """The mask token counts -1, tokens 4 to 7 count 3, 1, -5 and 2."""
    return Additive([0.0, 0, 0, -1, 3, 1, -5, 2])


def scores(explainer, data, model=None, tokens=100):
    return [
        row.tolist() for row in rows_of(extract_importance(explainer, model or additive(), data, "gold", tokens, CPU))
    ]


def test_leave_one_out_by_hand() -> None:
    data = split([[1, 4, 5, 6, 2], [1, 7, 2]])
    assert scores(LeaveOneOut(signed=True), data) == [[0, 4, 2, -4, 0], [0, 3, 0]]
    assert scores(LeaveOneOut(), data) == [[0, 4, 2, 4, 0], [0, 3, 0]]


def test_a_token_masked_already_has_no_effect() -> None:
    assert scores(LeaveOneOut(signed=True), split([[1, 3, 4, 3, 2]])) == [[0, 0, 4, 0, 0]]


def test_occlusion_is_the_mean_over_the_windows_of_a_token() -> None:
    data = split([[1, 4, 5, 6, 2]])  # windows fall by 4 + 2 and by 2 - 4
    assert scores(Occlusion(window=2, signed=True), data) == [[0, 6, 2, -2, 0]]
    assert scores(Occlusion(window=2), data) == [[0, 6, 2, 2, 0]]
    assert scores(Occlusion(window=9, signed=True), data) == [[0, 2, 2, 2, 0]]


def test_windows_slide_over_what_is_not_masked_yet() -> None:
    rows, hidden = windows(torch.tensor([[True, False, True, True], [False] * 4, [False, True, False, False]]), 2)
    assert rows.tolist() == [0, 0, 2]
    assert hidden.int().tolist() == [[1, 0, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]]


@pytest.mark.parametrize("pass_tokens", [1, 8, 12, 1000])
def test_a_pass_of_copies_is_bounded(pass_tokens) -> None:
    model, seen = additive(), []
    batch = split([[4, 5, 6, 7], [5, 5]]).batch(torch.arange(2))
    rows, hidden = windows(batch.maskable, 1)
    inner = model.logits
    model.logits = lambda copies: seen.append(copies.input_ids.numel()) or inner(copies)
    found = masked_logits(model, batch, torch.zeros(2, dtype=torch.long), rows, hidden, pass_tokens)
    assert found.tolist() == [-3, -1, 5, -2, 0, 0]
    assert max(seen) <= max(pass_tokens, 4)
    assert len(seen) == {1: 6, 8: 3, 12: 2, 1000: 1}[pass_tokens]


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_the_best_order(seed) -> None:
    table = Table(seed)
    best = max(permutations(range(4)), key=table.area)
    assert tuple(best_order(range(4), 24, table.falls)) == best


def test_a_beam_of_one_is_greedy_and_a_wider_one_is_no_worse() -> None:
    tables = [Table(seed) for seed in range(40)]
    for table in tables:
        order = best_order(range(4), 1, table.falls)
        for step in range(4):
            before = frozenset(order[:step])
            best = max(set(range(4)) - before, key=lambda place: table.falls([before | {place}])[0])
            assert order[step] == best
    areas = [[table.area(best_order(range(4), size, table.falls)) for table in tables] for size in (1, 2, 24)]
    assert sum(areas[0]) < sum(areas[1]) < sum(areas[2])


def test_beam_search_ranks_from_first_to_last_masked() -> None:
    data = split([[1, 5, 4, 6, 7, 2], [1, 3, 2], [1, 6, 3, 4, 2]])
    assert scores(BeamSearch(size=2), data) == [[0, 2, 4, 1, 3, 0], [0, 0, 0], [0, 1, 0, 2, 0]]
