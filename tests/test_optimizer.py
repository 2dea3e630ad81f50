import pytest
import torch

from recursive_roar.config.recipe import Recipe
from recursive_roar.optimizer import Adam, learning_rate

STEPS = 5


def recipe(**changes) -> Recipe:
    usual = {"batch_size": 1, "epochs": 1, "learning_rate": 0.01, "weight_decay": 0.1, "select": "accuracy"}
    return Recipe(**{**usual, **changes})


def stepped(parameters, optimizer, after_each=lambda: None) -> None:
    for step in range(STEPS):
        optimizer.zero_grad()
        sum(((parameter - step) ** 3).sum() for parameter in parameters).backward()
        optimizer.step()
        after_each()


def start() -> list[torch.nn.Parameter]:
    values = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
    return [torch.nn.Parameter(part.clone()) for part in values]


def groups(parameters) -> list[dict]:
    return [{"params": [p], "weight_decay": decay} for p, decay in zip(parameters, (0.1, 0.0), strict=True)]


def test_amsgrad_gives_the_same_bits_as_the_class_of_torch() -> None:
    ours, theirs = start(), start()
    stepped(ours, Adam(groups(ours), recipe(), STEPS))
    stepped(theirs, torch.optim.Adam(groups(theirs), lr=0.01, amsgrad=True, fused=True))
    for mine, other, before in zip(ours, theirs, start(), strict=True):
        assert torch.equal(mine, other)
        assert not torch.equal(mine, before)


def test_adamw_with_warm_up_gives_the_same_bits_as_the_classes_of_torch() -> None:
    ours, theirs = start(), start()
    chosen = recipe(optimizer="adamw", betas=(0.9, 0.98), warm_up=0.4)
    stepped(ours, Adam(groups(ours), chosen, STEPS))
    reference = torch.optim.AdamW(groups(theirs), lr=0.01, betas=(0.9, 0.98), fused=True)
    # Two of five steps rise: 0, 1/2, then 3/3, 2/3, 1/3.
    schedule = torch.optim.lr_scheduler.LambdaLR(reference, lambda step: [0, 1 / 2, 1, 2 / 3, 1 / 3, 0][step])
    stepped(theirs, reference, schedule.step)
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)


def test_the_rate_rises_over_the_published_share_and_falls_to_zero() -> None:
    chosen = recipe(learning_rate=2e-5, warm_up=0.06)
    rates = [learning_rate(chosen, step, 100) for step in range(101)]
    assert (rates[0], rates[6], rates[100]) == (0, 2e-5, 0)
    assert rates[3] == pytest.approx(1e-5)
    assert rates[53] == pytest.approx(1e-5)


def test_a_constant_rate_does_not_change() -> None:
    assert {learning_rate(recipe(), step, 9) for step in range(9)} == {0.01}


def test_adamw_keeps_two_moments() -> None:
    parameters = start()
    names = set(Adam(groups(parameters), recipe(optimizer="adamw"), STEPS).tensors())
    assert names == {"steps_done", *(f"{i}/{name}" for i in (0, 1) for name in ("exp_avg", "exp_avg_sq", "step"))}
