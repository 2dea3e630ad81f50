"""Step: one round. Mask by the importance of the round before, train from scratch, evaluate, explain again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config.ladder import Amount
from recursive_roar.data.batches import Ragged
from recursive_roar.data.tokens import Tokens
from recursive_roar.errors import UserError
from recursive_roar.masking import mask_most_important
from recursive_roar.splits import SPLITS
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.explain import write_importance
from recursive_roar.steps.fit import Stopwatch, fit, write_metrics, write_predictions


def retrain_round(
    masking: Mapping[str, Any],
    training: Mapping[str, Any],
    explaining: Mapping[str, Any] | None,
    tokens: Path,
    importance: Sequence[str],
    previous: Sequence[str],
    number: int,
    seed: int,
    conditions: Conditions,
    output: Path,
) -> None:
    """Write masked_at, predictions, metrics.json and, when another round builds on this one, importance.

    `importance` and `previous` (masks of the round before; empty in a first round) name one file a split, in the order
    train, validation, test. `explaining` is None when no round follows. The model itself is not kept.
    """
    data, stopwatch = Tokens.read(tokens), Stopwatch()
    with stopwatch.phase("mask"):
        masked_at = _masks(masking, data, importance, previous, number)
        for split, mask in masked_at.items():
            write_table(output / f"masked_at/{split}.parquet", _table(data, split, mask))
    facts = {"seed": seed, "round": number, "masked_share": _masked_share(data, masked_at["test"])}
    masked = data.masked(masked_at)
    fitted = fit(training, masked, seed, conditions, output, stopwatch)
    write_predictions(output / "predictions/test.parquet", masked, fitted)
    if explaining is not None:
        with stopwatch.phase("explain"):
            write_importance(explaining, masked, fitted.model, seed, conditions, fitted.device, output / "importance")
    write_metrics(output / "metrics.json", training, masked, fitted, stopwatch, **facts)


def _masks(
    masking: Mapping[str, Any], data: Tokens, importance: Sequence[str], previous: Sequence[str], number: int
) -> dict[str, Ragged]:
    amount = Amount(masking["ladder"], masking["value"])
    masks = {}
    for index, split in enumerate(SPLITS):
        scores = Ragged.from_column(read_table(Path(importance[index]))["importance"], torch.float32)
        before = Ragged.from_column(read_table(Path(previous[index]))["masked_at"], torch.uint8) if previous else None
        masks[split] = mask_most_important(scores, data.splits[split].maskable, before, amount, number)
    return masks


def _masked_share(data: Tokens, mask: Ragged) -> float:
    """Masked tokens among the maskable ones of the test split.

    Raises:
        UserError: there is no maskable one.
    """
    maskable = int(data.splits["test"].maskable.values.sum())
    if not maskable:
        raise UserError(
            "No token of the test split can be masked, so no explanation can be tested. Look at what `words` of the "
            "dataset leaves of its texts."
        )
    return int((mask.values > 0).sum()) / maskable


def _table(data: Tokens, split: str, mask: Ragged) -> pa.Table:
    ids = pa.array(data.splits[split].example_ids.numpy(), pa.int32())
    return pa.table({"example_id": ids, "masked_at": mask.to_column(pa.uint8())})
