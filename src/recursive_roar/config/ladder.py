"""How much is masked in each round."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from recursive_roar.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

LadderName = Literal["relative", "absolute"]

MOST_ROUNDS = 255
"""Rounds that a ladder may have: the files of masks number them in one byte a token."""


@dataclass(frozen=True)
class Amount:
    """How much of each example is masked: percent (relative) or a number of tokens (absolute)."""

    ladder: LadderName
    value: int

    def count(self, maskable_tokens: "Tensor") -> "Tensor":
        """Tokens to mask [examples] among `maskable_tokens` [examples]: the integer floor of the share."""
        if self.ladder == "relative":
            return maskable_tokens * self.value // 100
        return maskable_tokens.clamp(max=self.value)


class Ladder(Settings):
    """`relative`: percent of an example's maskable tokens, up to 100; `absolute`: a number of tokens."""

    name: LadderName
    step: int = Field(gt=0, description="percent, or tokens, masked more in each round")
    last: int = Field(gt=0, description="percent, or tokens, masked in the last round")

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        usual = {"step": 1, "last": 10} if value.get("name") == "absolute" else {"step": 10, "last": 100}
        return {**usual, **value}

    @model_validator(mode="after")
    def _whole_steps(self) -> "Ladder":
        if self.name == "relative" and self.last != 100:
            raise ValueError(f"the relative ladder ends at 100 percent, not {self.last}: leave `last` out")
        if self.last % self.step:
            raise ValueError(f"step {self.step} does not divide {self.last} into whole rounds")
        return self

    @model_validator(mode="after")
    def _number_of_rounds(self) -> "Ladder":
        rounds = len(self.amounts())
        if not rounds:
            raise ValueError(
                f"step {self.step} leaves no round that masks a part: take one of at most {self.last // 2}"
            )
        if rounds > MOST_ROUNDS:
            raise ValueError(
                f"steps of {self.step} up to {self.last} make {rounds} rounds, and {MOST_ROUNDS} is the most that "
                "masks can number: take a larger `step` or a smaller `last`"
            )
        return self

    def amounts(self) -> dict[int, Amount]:
        """Amount masked in each round that retrains on partly masked data, by round number from 1."""
        end = self.last if self.name == "absolute" else self.last - self.step
        values = range(self.step, end + 1, self.step)
        return {number: Amount(self.name, value) for number, value in enumerate(values, start=1)}

    @property
    def built_on(self) -> list[int]:
        """Numbers of the rounds after which another one masks a part."""
        return list(self.amounts())[:-1]

    @property
    def ends_fully_masked(self) -> bool:
        """Whether a last round, shared by all explainers, masks everything."""
        return self.name == "relative"
