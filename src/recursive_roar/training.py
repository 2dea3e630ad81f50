"""Training a classifier, and predicting with it."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recursive_roar.config.recipe import Recipe
from recursive_roar.data.batches import Batch, Split
from recursive_roar.devices import is_out_of_memory, usual_pass_tokens
from recursive_roar.errors import UserError
from recursive_roar.metrics import measure
from recursive_roar.models.interface import Classifier
from recursive_roar.optimizer import Adam
from recursive_roar.training_state import Progress, TrainingState, random_states, set_random_states

logger = logging.getLogger(__name__)


class TrainingError(UserError):
    """The training cannot start or go on."""


@dataclass(frozen=True)
class History:
    """The course of a training; epochs count from 1.

    `epochs` holds for each epoch its number `epoch`, `train_loss` (mean over examples), `validation_<measure>` and
    `seconds`. `resumed_from` is the last epoch that was not computed but read from a training state.
    """

    epochs: list[dict[str, float]]
    best_epoch: int
    resumed_from: int | None


def train(
    model: Classifier,
    train_split: Split,
    validation_split: Split,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    state: TrainingState | None = None,
) -> History:
    """Train `model` in place for all epochs of the recipe.

    The model ends up in evaluation mode with the weights of the epoch that did best on the validation split, the
    first such epoch on a tie. With `state`, an interrupted training goes on after its last saved step and gives the
    same bits as one that was never interrupted. PyTorch's global random state is set at the start of each epoch.

    Raises:
        TrainingError: a split is empty, the loss is no longer finite, or a GPU's memory does not hold a batch.
        MetricError: the validation measure is not defined on the validation split.
        Interrupted: the process was warned that it will be stopped, and `state` is saved.
    """
    _require_examples(train=train_split, validation=validation_split)
    model.to(device)
    steps = recipe.epochs * -(-len(train_split) // recipe.batch_size)
    optimizer = Adam(model.parameter_groups(recipe.weight_decay), recipe, steps)
    progress = (state.load(model, optimizer) if state else None) or Progress()
    resumed_from = len(progress.epochs) or None
    for epoch in range(len(progress.epochs) + 1, recipe.epochs + 1):
        batches = train_split.shuffled_batches(recipe.batch_size, _seeded(seed, epoch))
        loss = _train_epoch(model, optimizer, batches, recipe, device, progress, state)
        start = time.perf_counter()
        logits = predict(model, validation_split, usual_pass_tokens(device), device)
        _require_finite(loss, logits, epoch, recipe)
        value = measure(recipe.select, logits, validation_split.labels)
        seconds = round(progress.running.seconds + time.perf_counter() - start, 3)
        record = {"epoch": epoch, "train_loss": loss, f"validation_{recipe.select}": value, "seconds": seconds}
        progress.record(record, value, model)
        logger.info("epoch %d of %d: loss %.4f, validation %s %.4f", epoch, recipe.epochs, loss, recipe.select, value)
        if state and (epoch == recipe.epochs or state.due()):
            # A step that is killed while it predicts or explains does not train again.
            state.save(model, optimizer, progress)
    model.load_state_dict(progress.best_weights)
    model.eval()
    optimizer.zero_grad()
    return History(progress.epochs, progress.best_epoch, resumed_from)


def predict(model: Classifier, split: Split, pass_tokens: int, device: torch.device) -> Tensor:
    """Logits of every example in the order of `split`, [examples, classes], on the CPU; sets evaluation mode.

    Each pass takes `pass_tokens` padded tokens, or half as many, and so on, where a GPU's memory does not hold them.

    Raises:
        TrainingError: it does not hold one text.
    """
    model.eval()
    longest = int(split.input_ids.lengths.max())
    while (logits := _predictions(model, split, pass_tokens, device)) is None:
        if pass_tokens <= longest:
            raise TrainingError(
                f"The GPU's memory does not hold predicting a text of up to {longest} tokens alone. Use a larger GPU, "
                "`device: cpu` or shorter texts."
            )
        torch.cuda.empty_cache()
        pass_tokens //= 2
        logger.warning("Out of memory: predicting begins anew with passes of %d tokens.", pass_tokens)
    return logits


def _predictions(model: Classifier, split: Split, pass_tokens: int, device: torch.device) -> Tensor | None:
    """Logits as `predict` returns them; None where a GPU's memory ran out, whose tensors are free again then."""
    rows, logits = [], []
    try:
        with torch.inference_mode():
            for batch_rows, batch in split.batches_by_length(pass_tokens):
                rows.append(batch_rows)
                logits.append(model.logits(batch.to(device)))
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return None
    return torch.cat(logits).cpu()[torch.cat(rows).argsort()]


def _train_epoch(
    model: Classifier,
    optimizer: Adam,
    batches: Iterable[Batch],
    recipe: Recipe,
    device: torch.device,
    progress: Progress,
    state: TrainingState | None,
) -> float:
    """One pass over the batches, or what is left of it; the mean loss over examples."""
    model.train()
    running = progress.running
    start = time.perf_counter() - running.seconds
    set_random_states(running.random, device)
    # Summed on the device: asking for each loss would make a GPU wait for the CPU at every step.
    total = torch.tensor(running.loss, dtype=torch.float64, device=device)
    for batch in islice(batches, running.steps, None):
        on_device = batch.to(device)
        loss = _step(model, optimizer, on_device, recipe)
        total += loss * len(batch.labels)
        running.steps += 1
        running.examples += len(batch.labels)
        if state and state.due():
            running.loss, running.seconds = float(total), time.perf_counter() - start
            running.random = random_states(device)
            state.save(model, optimizer, progress)
    mean = float(total) / running.examples  # a GPU has computed all steps once this is known
    running.seconds = time.perf_counter() - start
    return mean


def _step(model: Classifier, optimizer: Adam, batch: Batch, recipe: Recipe) -> Tensor:
    """Update the model by one batch; its mean loss before."""
    optimizer.zero_grad()
    try:
        loss = _loss(model, batch, recipe)
        loss.backward()
        optimizer.step()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            f"The GPU's memory does not hold the training of a batch of {len(batch.labels)} texts of up to "
            f"{batch.input_ids.shape[1]} tokens. Use a larger GPU, lower `pack` so that fewer jobs share it, or set "
            f"a smaller batch_size in the recipe (it is {recipe.batch_size})."
        ) from error
    return loss.detach()


def _loss(model: Classifier, batch: Batch, recipe: Recipe) -> Tensor:
    """Mean loss of a batch, in the precision of the recipe.

    Autocast keeps its copies of the weights until it is left, so it must not outlive a step.
    """
    with torch.autocast(batch.labels.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        return functional.cross_entropy(model.logits(batch), batch.labels)


def _seeded(seed: int, epoch: int) -> torch.Generator:
    """A generator for the order of batches; also seeds dropout.

    Both depend on nothing but seed and epoch, so that an epoch can be repeated without those before it.
    """
    for_order, for_dropout = np.random.SeedSequence((seed, epoch)).generate_state(2)
    torch.manual_seed(int(for_dropout))
    return torch.Generator().manual_seed(int(for_order))


def _require_examples(**splits: Split) -> None:
    for name, split in splits.items():
        if len(split) == 0:
            raise TrainingError(f"The {name} split has no examples. Use a larger dataset or other validation settings.")


def _require_finite(loss: float, logits: Tensor, epoch: int, recipe: Recipe) -> None:
    """The last step of an epoch can break the weights after its loss was computed, so the logits count as well."""
    if not (np.isfinite(loss) and bool(logits.isfinite().all())):
        raise TrainingError(
            f"The training diverged in epoch {epoch} of {recipe.epochs}: the loss is no longer finite. "
            f"Set a smaller learning_rate in the recipe (try {recipe.learning_rate / 10:g}, "
            f"it is {recipe.learning_rate:g})."
        )
