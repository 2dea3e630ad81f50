"""From importance to masks: which tokens are hidden in which round (Madsen et al. 2022, section 3)."""

import numpy as np
import torch
from torch import Tensor

from recursive_roar.config.ladder import Amount
from recursive_roar.data.batches import Ragged
from recursive_roar.errors import UserError


def mask_most_important(
    importance: Ragged, maskable: Ragged, previous: Ragged | None, amount: Amount, round_number: int
) -> Ragged:
    """The round in which each token was masked, uint8, 0 where it is still visible.

    Tokens masked earlier stay so and count towards the amount; then the most important maskable tokens follow, the
    earlier position first on a tie. Tokens that are not maskable are never masked.

    Raises:
        UserError: the importance of a maskable token is not finite.
    """
    scores = importance.values.numpy()
    allowed = maskable.values.numpy()
    _require_finite(scores, maskable)
    earlier = previous.values.numpy() if previous else np.zeros(len(scores), np.uint8)
    rank = _rank_within_rows(scores, allowed, earlier > 0, maskable)
    chosen = allowed & (rank < _per_token(amount.count(_true_counts(maskable)), maskable))
    masked_at = np.where(chosen & (earlier == 0), np.uint8(round_number), earlier)
    return Ragged(torch.from_numpy(masked_at), maskable.offsets)


def mask_everything(maskable: Ragged, round_number: int) -> Ragged:
    """Every maskable token masked in one round."""
    return Ragged(maskable.values.to(torch.uint8) * round_number, maskable.offsets)


def _require_finite(scores: np.ndarray, maskable: Ragged) -> None:
    broken = np.flatnonzero(maskable.values.numpy() & ~np.isfinite(scores))
    if len(broken):
        row = int(np.searchsorted(maskable.offsets.numpy(), broken[0], side="right")) - 1
        token = int(broken[0] - maskable.offsets[row])
        raise UserError(
            f"the importance of token {token} in row {row} of the split is {scores[broken[0]]}; "
            "only finite numbers can be ordered, so check the explainer that made it"
        )


def _rank_within_rows(scores: np.ndarray, allowed: np.ndarray, masked: np.ndarray, rows: Ragged) -> np.ndarray:
    """Place of each token in its row's order of masking: masked ones, then by score, then by position."""
    row = np.repeat(np.arange(len(rows)), rows.lengths.numpy())
    finite = np.where(allowed, scores, 0)  # what cannot be masked may hold anything, and sorts last all the same
    order = np.lexsort((np.arange(len(scores)), -finite, ~masked, ~allowed, row))
    rank = np.empty(len(scores), np.int64)
    rank[order] = np.arange(len(scores)) - rows.offsets.numpy()[row]
    return rank


def _true_counts(flags: Ragged) -> Tensor:
    """How many values of each row are true, [rows]."""
    total = torch.cat([torch.zeros(1, dtype=torch.int64), flags.values.to(torch.int64).cumsum(0)])
    return total[flags.offsets[1:]] - total[flags.offsets[:-1]]


def _per_token(per_row: Tensor, rows: Ragged) -> np.ndarray:
    return np.repeat(per_row.numpy(), rows.lengths.numpy())
