"""What a study will cost, by hand-made measurements."""

import pyarrow as pa
import pytest

from recursive_roar import plan
from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config import load_study
from recursive_roar.forecast import work
from recursive_roar.forecast.cost import cost_table, forecast_file, spent
from recursive_roar.forecast.disk import disk
from recursive_roar.forecast.seconds import Clock, measured
from recursive_roar.forecast.sizes import Size, size
from recursive_roar.forecast.took import seconds_table, took
from recursive_roar.splits import SPLITS
from recursive_roar.steps.forecast import as_text, forecast_study

QUARTERS = [{"name": "relative", "step": 25}]
GPU = "cuda: NVIDIA H100"


def study(tmp_path, **changes: object):
    content = {"results": str(tmp_path), "datasets": ["babi-1"], "seeds": [0, 1], "ladders": QUARTERS}
    return load_study({**content, "explainers": ["random", "attention"], **changes})


def tokenised(results, dataset="babi-1", tokens=(10, 4, 6)) -> None:
    for split, number in zip(SPLITS, tokens, strict=True):
        table = pa.table({"input_ids": pa.array([list(range(number))], pa.list_(pa.int32()))})
        write_table(results / f"tokens/{dataset}/word/{split}.parquet", table)


SIZES = {"embedding_width": 50, "hidden_width": 32, "vectors": "normal"}


def trained(
    results, folder: str, *, training: float, explaining: float | None = None, device=GPU, epochs=2, architecture=SIZES
) -> None:
    seconds = {"train": training, "mask": 0.5, **({} if explaining is None else {"explain": explaining})}
    metrics = {
        "device": device,
        "peak_memory_bytes": 300 * 2**20,
        "epochs": [{"seconds": training / epochs}] * epochs,
        "seconds": seconds,
        "settings": {"architecture": architecture},
    }
    write_json(results / folder / "metrics.json", metrics)


ROUND = "recursive-roar/relative/{}/bilstm-attention/attention/seed0/round{}"
BASELINE = "baseline/babi-1/bilstm-attention/seed0"


def explained(results, explainer: str, seconds: float, splits=SPLITS) -> None:
    benchmark = results / f"benchmarks/explain_baseline/babi-1/bilstm-attention/seed0/{explainer}.tsv"
    benchmark.parent.mkdir(parents=True, exist_ok=True)
    benchmark.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t-\t25.3\n")
    for split in splits:
        write_table(results / BASELINE / f"importance/{explainer}/{split}.parquet", pa.table({"importance": [0.5]}))


def test_what_there_is_to_do(tmp_path) -> None:
    # Two seeds: two baselines, two fully masked, three rounds of random and of attention each.
    found = study(tmp_path)
    key = ("babi-1", "bilstm-attention")
    assert work.trainings(found) == {key: 16}
    assert work.rounds(found) == {key: 12}
    # Attention explains the baseline and after rounds 1 and 2; random the baseline alone.
    assert work.explanations(found) == {(*key, "attention"): 6, (*key, "random"): 2}
    assert {work.chain_length(found, cell) for cell in plan.cells(found)} == {2, 4}


def test_one_mask_serves_every_round_of_roar(tmp_path) -> None:
    found = study(tmp_path, protocols=["roar"])
    assert work.explanations(found).total() == 4
    assert {work.chain_length(found, cell) for cell in plan.cells(found)} == {2}


def test_without_rounds_baselines_are_trained_and_explained(tmp_path) -> None:
    found = study(tmp_path, protocols=[], explain_splits=["test"])
    key = ("babi-1", "bilstm-attention")
    assert (work.trainings(found), work.rounds(found)) == ({key: 2}, {})
    assert work.explanations(found) == {(*key, "attention"): 2, (*key, "random"): 2}
    by_rule = {"prepare_dataset": 1, "tokenize_dataset": 1, "train_baseline": 2, "explain_baseline": 4}
    assert work.jobs(found) == by_rule
    assert forecast_study(found)["longest_chain"] == 1


def test_what_a_study_without_rounds_takes(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, BASELINE, training=7.5)
    explained(tmp_path, "attention", 3.0, splits=["test"])
    found = study(tmp_path, protocols=[], explain_splits=["test"])
    clock = Clock(found, measured(found))
    assert clock.total() == (pytest.approx(2 * 400 + 2 * 3), [])
    assert clock.longest_chain() == pytest.approx(400 + 3)
    real = spent(found, took(found))
    assert (real["trainings"], real["longest_chain_hours"]) == (1, pytest.approx(11 / 3600))


def test_sizes_are_counted_or_published_or_unknown(tmp_path) -> None:
    files = {"train": str(tmp_path / "a.csv"), "test": str(tmp_path / "a.csv")}
    (tmp_path / "a.csv").touch()
    mine = {"name": "mine", "files": files}
    found = study(tmp_path, datasets=["babi-1", {"name": "babi-2", "files": files}, mine])
    assert size(found, "babi-1", "bilstm-attention") is None  # generated in any number
    assert size(found, "mine", "bilstm-attention") is None
    assert size(found, "babi-2", "bilstm-attention") == Size(
        {"train": 96 * 8500, "validation": 96 * 1500, "test": 96 * 1000}
    )
    tokenised(tmp_path / "other")
    tokenised(tmp_path / "counted")
    found = study(tmp_path / "counted")
    assert size(found, "babi-1", "bilstm-attention") == Size({"train": 10, "validation": 4, "test": 6})


def test_time_is_proportional_to_tokens_and_epochs(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, ROUND.format("babi-1", 1), training=7.5, explaining=3.0)
    found = study(tmp_path)
    clock = Clock(found, measured(found))
    # 8 s for 10 tokens twice; the published recipe has 100 epochs.
    assert clock.training("babi-1", "bilstm-attention") == pytest.approx(8 * 50)
    assert clock.explaining("babi-1", "bilstm-attention", "attention") == pytest.approx(3)
    assert clock.explaining("babi-1", "bilstm-attention", "random") == 0
    assert clock.total() == (pytest.approx(16 * 400 + 6 * 3), [])
    assert clock.longest_chain() == pytest.approx(4 * 400 + 3 * 3)


def test_explaining_under_classic_roar_is_learned_from_the_jobs_of_baselines(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, BASELINE, training=7.5)
    found = study(tmp_path, protocols=["roar"])
    explained(tmp_path, "attention", 4.0)
    clock = Clock(found, measured(found))
    assert clock.explaining("babi-1", "bilstm-attention", "attention") == pytest.approx(4)
    assert clock.total() == (pytest.approx(16 * 400 + 2 * 4), [])
    assert clock.longest_chain() == pytest.approx(2 * 400 + 4)


def test_a_job_of_some_splits_is_measured_by_their_tokens(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, BASELINE, training=7.5)
    explained(tmp_path, "attention", 3.0, splits=["test"])  # 6 of 20 tokens
    found = study(tmp_path)
    assert Clock(found, measured(found)).explaining("babi-1", "bilstm-attention", "attention") == pytest.approx(10)


def test_explaining_in_a_round_is_told_from_starting_a_job_for_it(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, BASELINE, training=7.5)
    trained(tmp_path, ROUND.format("babi-1", 1), training=7.5, explaining=3.0)
    explained(tmp_path, "attention", 9.0)
    found = study(tmp_path)
    assert Clock(found, measured(found)).explaining("babi-1", "bilstm-attention", "attention") == pytest.approx(3)


def test_another_dataset_stands_in_and_what_nothing_is_like_is_named(tmp_path) -> None:
    for dataset, tokens in (("babi-1", (10, 4, 6)), ("babi-2", (20, 8, 12))):
        tokenised(tmp_path, dataset, tokens)
    trained(tmp_path, BASELINE, training=7.5)
    found = study(tmp_path, datasets=["babi-1", "babi-2"])
    clock = Clock(found, measured(found))
    assert clock.training("babi-2", "bilstm-attention") == pytest.approx(2 * 8 * 50)
    _, unknown = clock.total()
    assert unknown == [f"explaining bilstm-attention on {name} by attention" for name in ("babi-1", "babi-2")]
    assert clock.longest_chain() is None


def test_results_of_other_studies_are_used_where_the_study_names_them(tmp_path) -> None:
    tokenised(tmp_path / "results")
    tokenised(tmp_path / "other")
    trained(tmp_path / "other", BASELINE, training=7.5)
    assert measured(study(tmp_path / "results")) == []
    found = study(tmp_path / "results", compute={"measured": [str(tmp_path / "other")]})
    assert [run.device for run in measured(found)] == [GPU]


def test_without_measurements_hours_are_unknown(tmp_path) -> None:
    found = forecast_study(study(tmp_path))
    assert (found["trainings"], found["longest_chain"]) == (16, 4)
    assert [found[key] for key in ("gpu_hours", "cpu_hours", "longest_chain_gpu_hours", "disk_mb")] == [None] * 4
    assert "unknown" in as_text(found, {"trainings": 0, "gpu_hours": 0.0, "cpu_hours": 0.0, "disk_mb": 0.0})


def test_hours_are_of_the_device_that_was_measured_and_may_be_used(tmp_path) -> None:
    tokenised(tmp_path)
    trained(tmp_path, BASELINE, training=7.5)
    found = forecast_study(study(tmp_path))
    assert (found["gpu_hours"], found["cpu_hours"]) == (pytest.approx(16 * 400 / 3600), None)
    assert forecast_study(study(tmp_path, compute={"device": "cpu"}))["gpu_hours"] is None


OWN = """
from recursive_roar.models.interface import Classifier

class Mine(Classifier):
    def __init__(self, words: int, classes: int, paired: bool) -> None: ...
"""


def test_what_a_model_of_ones_own_takes_is_measured_and_its_weights_are_not_known(tmp_path) -> None:
    tokenised(tmp_path)
    write_json(tmp_path / "tokens/babi-1/word/vocabulary.json", {"words": ["a"] * 20})
    (tmp_path / "mine.py").write_text(OWN)
    trained(tmp_path, "baseline/babi-1/mine/seed0", training=7.5, architecture={"class": "mine.py:Mine"})
    found = study(
        tmp_path, models=[{"name": "mine", "class": f"{tmp_path}/mine.py:Mine"}], explainers=["random", "gradient"]
    )
    assert disk(found) == (None, ["mine on babi-1"])
    assert Clock(found, measured(found)).training("babi-1", "mine") == pytest.approx(400)
    assert forecast_study(found)["gpu_hours"] == pytest.approx(16 * 400 / 3600)


def test_disk_by_hand(tmp_path) -> None:
    tokenised(tmp_path)
    write_json(tmp_path / "tokens/babi-1/word/vocabulary.json", {"words": ["a"] * 20})
    # 100 V + 52,548 parameters (Madsen et al. 2022) of 4 bytes for two seeds; 20 tokens: 8 explanations, 12 masks.
    expected = 2 * 4 * (100 * 20 + 52_548) + 20 * (13 + 8 * 4 + 12)
    assert disk(study(tmp_path)) == (expected, [])
    # Without rounds, four explanations of the 6 tokens of the test split.
    expected = 2 * 4 * (100 * 20 + 52_548) + 20 * 13 + 6 * 4 * 4
    assert disk(study(tmp_path, protocols=[], explain_splits=["test"])) == (expected, [])


def test_seconds_of_each_training_and_each_explanation_of_a_baseline(tmp_path) -> None:
    found = study(tmp_path, protocols=["recursive-roar", "roar"])
    trained(tmp_path, BASELINE, training=7.5)
    trained(tmp_path, ROUND.format("babi-1", 1), training=9.5, explaining=2.0)
    trained(tmp_path, "fully-masked/babi-1/bilstm-attention/seed1", training=5.5)
    trained(tmp_path, "roar/relative/babi-1/bilstm-attention/random/seed0/round2", training=3.5)
    explained(tmp_path, "attention", 4.0)
    explained(tmp_path, "random", 1.0)
    rows = seconds_table(took(found)).to_pylist()
    columns = ("protocol", "explainer", "seed", "round", "training", "explaining", "peak_memory_mb")
    assert sorted((tuple(row[column] for column in columns) for row in rows), key=str) == [
        ("recursive-roar", "attention", 0, 1, 10, 2, 300),
        ("roar", "random", 0, 2, 4, None, 300),
        (None, "attention", 0, 0, None, 4, None),
        (None, "random", 0, 0, None, 1, None),
        (None, None, 0, 0, 8, None, 300),
        (None, None, 1, None, 6, None, 300),
    ]
    assert {row["device"] for row in rows} == {GPU}


def test_forecast_and_real_side_by_side(tmp_path) -> None:
    found = study(tmp_path, seeds=[0])
    trained(tmp_path, BASELINE, training=3599.5)
    trained(tmp_path, ROUND.format("babi-1", 1), training=3599.5, explaining=3600.0)
    explained(tmp_path, "attention", 1800.0)
    write_json(forecast_file(found), {"trainings": 8, "gpu_hours": 4.0, "longest_chain_gpu_hours": None})
    rows = {row["what"]: row for row in cost_table(found, took(found)).to_pylist()}
    assert (rows["trainings"]["forecast"], rows["trainings"]["real"]) == (8, 2)
    gpu = rows["computing on a GPU"]
    assert (gpu["forecast"], gpu["real"], gpu["unit"]) == (4, pytest.approx(3.5), "hours")
    chain = rows["longest chain"]
    assert (chain["forecast"], chain["real"]) == (None, pytest.approx(3.5))
    assert "computing on a CPU" not in rows
    assert rows["disk"]["real"] > 0
