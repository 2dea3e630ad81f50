"""Whether this package's training and the plain one of `plain.py` give the same results: `same_result.py FOLDER`.

FOLDER holds SST as train.parquet, validation.parquet and test.parquet with columns text and label. Both train on it by
the published recipe, for fewer epochs, with as many seeds; their validation accuracies are compared by a rank test and
a test of equal means, and the difference of means is given with its 95 % interval.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from plain import train_plainly, write_pickle
from record import record
from scipy.stats import mannwhitneyu, ttest_ind
from shapes import SHAPES, Shape, classifier, recipe

from recursive_roar.config import load_study
from recursive_roar.data import sources
from recursive_roar.data.batches import Split
from recursive_roar.data.preparation import prepare
from recursive_roar.data.words import tokenize
from recursive_roar.devices import keep_freed_memory
from recursive_roar.training import train

EPOCHS = 2
SEEDS = 20


def real_splits(folder: Path) -> tuple[dict[str, Split], int]:
    """SST after the published preparation, and the size of its vocabulary."""
    files = {name: str(folder / f"{name}.parquet") for name in ("train", "validation", "test")}
    study = load_study({"datasets": [{"name": "sst", "files": files}], "explainers": ["random"], "seeds": [0]})
    dataset = study.dataset("sst")
    tables, words = tokenize(prepare(dataset, sources.local(dataset.files)), dataset.words)
    return {name: Split.from_table(table) for name, table in tables.items()}, len(words)


def ours(shape: Shape, splits: dict[str, Split], seed: int) -> float:
    cpu = torch.device("cpu")
    history = train(
        classifier(shape, seed), splits["train"], splits["validation"], recipe(shape, EPOCHS), seed, cpu
    )  # fmt: skip
    return history.epochs[-1]["validation_accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    splits, words = real_splits(arguments.folder)
    shape = Shape(**{**vars(SHAPES["sst"]), "vocabulary": words})
    values: dict[str, list[float]] = {"plain": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, name) for name in ("train", "validation")}
        for name, path in paths.items():
            write_pickle(splits[name], path)
        for seed in range(arguments.seeds):
            torch.manual_seed(seed)
            values["plain"].append(train_plainly(shape, paths["train"], paths["validation"], EPOCHS, 0)[-1])
            values["ours"].append(ours(shape, splits, seed))
    means = {f"mean_{name}": float(np.mean(found)) for name, found in values.items()}
    deviations = {f"deviation_{name}": float(np.std(found, ddof=1)) for name, found in values.items()}
    welch = ttest_ind(values["ours"], values["plain"], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    row = {
        "seeds": arguments.seeds,
        "epochs": EPOCHS,
        **means,
        **deviations,
        "difference_low": float(low),
        "difference_high": float(high),
        "p_equal_means": float(welch.pvalue),
        "p_same_ranks": float(mannwhitneyu(values["ours"], values["plain"]).pvalue),
    }
    record("same_result", [row])


if __name__ == "__main__":
    main()
