"""Pretrained encoders through the same interface as every other classifier."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from encoders import save_encoder
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from recursive_roar import saved_state
from recursive_roar.config.model import Subwords
from recursive_roar.config.recipe import Recipe
from recursive_roar.data.batches import Split
from recursive_roar.data.subwords import tokenize
from recursive_roar.data.tokens import Tokens
from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.explain.gradient import Gradient, InputXGradient
from recursive_roar.explain.integrated_gradient import IntegratedGradient
from recursive_roar.masking import mask_everything
from recursive_roar.models.transformer import PretrainedError, Transformer, build
from recursive_roar.splits import SPLITS
from recursive_roar.training import predict, train
from recursive_roar.training_state import TrainingState

CPU = torch.device("cpu")
TEXTS = ["good film .", "bad", "mary moved back to the garden . john is bad", "good aabb good"]
QUESTIONS = ["where is mary ?", "good ?", "is john back ?", "where ?"]
RECIPE = Recipe(
    batch_size=2, epochs=3, optimizer="adamw", learning_rate=0.01, betas=(0.9, 0.98), warm_up=0.25, weight_decay=0.01,
    select="accuracy",
)  # fmt: skip


@pytest.fixture(scope="module", params=["roberta", "bert"])
def folder(request, tmp_path_factory) -> Path:
    return save_encoder(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def roberta(tmp_path_factory) -> Path:
    return save_encoder("roberta", tmp_path_factory.mktemp("roberta"))


def read(folder: Path, paired: bool = True) -> Tokens:
    """The texts as every split."""
    columns = {"example_id": list(range(4)), "text": TEXTS, "label": [1, 0, 0, 1]}
    table = pa.table({**columns, **({"pair_text": QUESTIONS} if paired else {})})
    tables, vocabulary = tokenize(dict.fromkeys(SPLITS, table), folder, Subwords())
    splits = {name: Split.from_table(tokens) for name, tokens in tables.items()}
    return Tokens(splits, vocabulary["words"], vocabulary["mask_id"], vocabulary["pad_id"], ["no", "yes"])


def model_for(folder: Path, tokens: Tokens, seed: int = 0) -> Transformer:
    return build({"pretrained": str(folder)}, tokens, classes=2, seed=seed).eval()


def weights(model: Transformer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("paired", [True, False])
def test_alone_as_in_a_batch_as_with_more_padding(folder, paired) -> None:
    tokens = read(folder, paired)
    model, split = model_for(folder, tokens), tokens.splits["test"]
    together = split.batch(torch.arange(4))
    more = torch.nn.functional.pad
    padded = replace(together, input_ids=more(together.input_ids, (0, 5)), maskable=more(together.maskable, (0, 5)))
    with torch.no_grad():
        alone = torch.cat([model.logits(split.batch(torch.tensor([row]))) for row in range(4)])
        torch.testing.assert_close(model.logits(together), alone)
        torch.testing.assert_close(model.logits(padded), alone)


@pytest.mark.parametrize("paired", [True, False])
def test_logits_of_embeddings_are_those_of_the_library_from_ids(folder, paired) -> None:
    tokens = read(folder, paired)
    model, batch = model_for(folder, tokens), tokens.splits["test"].batch(torch.arange(4))
    segments = {"token_type_ids": batch.partner.long()} if model.encoder.config.model_type == "bert" else {}
    ids = batch.input_ids.masked_fill(~batch.present, tokens.pad_id)
    with torch.no_grad():
        expected = model.encoder(input_ids=ids, attention_mask=batch.present.long(), **segments).logits
        torch.testing.assert_close(model.logits(batch), expected)
        torch.testing.assert_close(model.logits(batch, model.embed(batch.input_ids)), expected)
        assert not torch.allclose(model.logits(batch, 2 * model.embed(batch.input_ids)), expected)


@pytest.mark.parametrize("kind", ["distilbert", "electra", "albert", "deberta-v2", "mpnet", "modernbert"])
def test_other_architectures_are_trained_and_explained_alike(kind, tmp_path) -> None:
    folder = save_encoder(kind, tmp_path)
    tokens = read(folder)
    model, split = model_for(folder, tokens), tokens.splits["train"]
    train(model, split, split, RECIPE.model_copy(update={"epochs": 1}), 0, CPU)
    explainer = Gradient()
    prepare(explainer, model, split, 100)
    alone, together = (extract_importance(explainer, model, split, "gold", size, CPU).values for size in (1, 10**6))
    torch.testing.assert_close(alone, together, rtol=1e-3, atol=1e-5)
    assert (together[split.maskable.values] > 0).all()


def test_segments_tell_the_partner_from_the_text(tmp_path) -> None:
    folder = save_encoder("bert", tmp_path)
    tokens = read(folder)
    model, batch = model_for(folder, tokens), tokens.splits["test"].batch(torch.arange(4))
    with torch.no_grad():
        assert not torch.allclose(model.logits(batch), model.logits(replace(batch, text_lengths=batch.lengths)))


def test_the_encoder_is_the_pretrained_one_and_the_head_hangs_on_the_seed(folder) -> None:
    tokens = read(folder)
    torch.manual_seed(5)
    expected_draw = torch.rand(1)
    torch.manual_seed(5)
    first, other = weights(model_for(folder, tokens, seed=1)), weights(model_for(folder, tokens, seed=2))
    assert torch.equal(torch.rand(1), expected_draw)
    assert same(first, weights(model_for(folder, tokens, seed=1)))
    changed = {name for name in first if not torch.equal(first[name], other[name])}
    assert changed
    assert all("classifier" in name or "pooler" in name for name in changed)
    saved = load_file(folder / "model.safetensors")
    name = next(name for name in saved if name.endswith("word_embeddings.weight"))
    assert torch.equal(first[f"encoder.{name}"], saved[name])


def test_a_head_that_was_trained_for_another_task_is_left_aside(roberta, tmp_path) -> None:
    tokens = read(roberta)
    AutoModelForSequenceClassification.from_pretrained(roberta, num_labels=2).save_pretrained(tmp_path)
    for file in roberta.glob("tokenizer*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert same(weights(model_for(tmp_path, tokens)), weights(model_for(roberta, tokens)))


def test_reading_an_encoder_leaves_the_log_to_the_workflow(roberta, capfd) -> None:
    model_for(roberta, read(roberta))
    assert "".join(capfd.readouterr()) == ""


def test_missing_weights_are_refused_by_name(roberta, tmp_path) -> None:
    for file in roberta.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    kept = {name: tensor for name, tensor in load_file(roberta / "model.safetensors").items() if "layer.1" not in name}
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(PretrainedError, match="lacks weights of its encoder, such as encoder.layer.1"):
        model_for(tmp_path, read(roberta))


def test_other_forms_of_weights_are_not_read(roberta, tmp_path) -> None:
    for file in roberta.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save(load_file(roberta / "model.safetensors"), tmp_path / "pytorch_model.bin")
    with pytest.raises(PretrainedError, match="cannot be read as a pretrained encoder"):
        model_for(tmp_path, read(roberta))


def test_biases_and_layer_normalisation_do_not_decay(roberta) -> None:
    model = model_for(roberta, read(roberta))
    names = {parameter: name for name, parameter in model.named_parameters()}
    decaying, free = model.parameter_groups(0.01)
    assert (decaying["weight_decay"], free["weight_decay"]) == (0.01, 0)
    assert {names[p] for p in free["params"]} == {n for n in names.values() if "LayerNorm" in n or n.endswith("bias")}
    assert len(decaying["params"]) + len(free["params"]) == len(names)


def test_masks_hit_the_text_alone(folder) -> None:
    tokens = read(folder)
    split = tokens.splits["test"]
    masked = tokens.masked(dict.fromkeys(SPLITS, mask_everything(split.maskable, 1))).splits["test"]
    model = model_for(folder, tokens)
    before, after = split.batch(torch.arange(4)), masked.batch(torch.arange(4))
    assert (after.input_ids[after.maskable] == model.mask_id).all()
    assert torch.equal(after.input_ids[~after.maskable], before.input_ids[~before.maskable])
    assert not (after.maskable & after.partner).any()
    assert torch.equal(after.partner, before.partner)


@pytest.mark.parametrize("paired", [True, False])
def test_integrated_gradient_is_complete_over_the_text(folder, paired) -> None:
    tokens = read(folder, paired)
    model, batch = model_for(folder, tokens).double(), tokens.splits["test"].batch(torch.arange(4))
    explainer = IntegratedGradient(steps=300, signed=True)
    signed = explainer(model, batch, batch.labels)
    assert (signed[batch.partner] == 0).all()
    embeddings = model.embed(batch.input_ids)
    without_text = embeddings * batch.partner[..., None]
    change = model.logits(batch) - model.logits(batch, without_text)
    expected = change.gather(1, batch.labels[:, None])[:, 0]
    torch.testing.assert_close(signed.sum(1), expected, atol=0.02, rtol=0.02)
    torch.testing.assert_close(explainer.expected_sum(model, batch, batch.labels), expected)


@pytest.mark.parametrize("explainer", [Gradient(), InputXGradient(), IntegratedGradient(steps=4)], ids=type)
def test_importance_is_the_same_alone_and_in_a_batch(folder, explainer) -> None:
    tokens = read(folder)
    model, split = model_for(folder, tokens), tokens.splits["test"]
    prepare(explainer, model, split, 100)
    alone, together = (extract_importance(explainer, model, split, "gold", size, CPU).values for size in (1, 10**6))
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)
    assert (together[split.maskable.values] > 0).all()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_interrupted_training_ends_with_the_same_bits(roberta, tmp_path, monkeypatch, precision) -> None:
    monkeypatch.setattr(saved_state, "SHARE", float("inf"))
    tokens = read(roberta)
    split, recipe = tokens.splits["train"], RECIPE.model_copy(update={"precision": precision})
    state = TrainingState(tmp_path / "state.safetensors", "toy", 0)

    def trained(state: TrainingState | None) -> tuple[dict[str, torch.Tensor], list[float]]:
        model = model_for(roberta, tokens)
        history = train(model, split, split, recipe, 3, CPU, state)
        return weights(model), [epoch["train_loss"] for epoch in history.epochs]

    expected, losses = trained(None)
    with pytest.raises(KeyboardInterrupt):
        _train_until_fourth_step(model_for(roberta, tokens), split, recipe, state)
    assert state.path.exists()
    resumed, losses_of_resumed = trained(state)
    assert same(resumed, expected)
    assert losses_of_resumed == losses


def test_training_learns(folder) -> None:
    tokens = read(folder, paired=False)
    split, model = tokens.splits["train"], model_for(folder, tokens)
    train(model, split, split, RECIPE.model_copy(update={"epochs": 20, "learning_rate": 0.005}), 3, CPU)
    assert (predict(model, split, 99, CPU).argmax(-1) == split.labels).all()


def _train_until_fourth_step(model: Transformer, split: Split, recipe: Recipe, state: TrainingState) -> None:
    """Stop within the second epoch, which has two steps, so that dropout has to go on where it stopped."""
    steps = 0

    def count(*_) -> None:
        nonlocal steps
        steps += model.training
        if steps == 4:
            raise KeyboardInterrupt

    model.encoder.register_forward_pre_hook(count)
    train(model, split, split, recipe, 3, CPU, state)


def test_half_precision_is_for_training_steps_alone(roberta) -> None:
    tokens = read(roberta)
    split, model = tokens.splits["train"], model_for(roberta, tokens)
    train(model, split, split, RECIPE.model_copy(update={"precision": "bfloat16"}), 3, CPU)
    full = model_for(roberta, tokens)
    train(full, split, split, RECIPE, 3, CPU)
    assert {tensor.dtype for tensor in model.state_dict().values() if tensor.is_floating_point()} == {torch.float32}
    assert predict(model, split, 99, CPU).dtype == torch.float32
    assert not same(weights(model), weights(full))
