"""Attention of transformers: on maps small enough for pencil and paper, and of real encoders."""

import pytest
import torch
from encoders import save_encoder
from toys import Product, split
from transformers import AutoModelForSequenceClassification

from recursive_roar.explain.attention import Attention
from recursive_roar.explain.attention_maps import AttentionRollout, GradientWeightedAttention, backwards
from recursive_roar.explain.extract import frozen
from recursive_roar.models.interface import AttentionMaps
from recursive_roar.models.transformer import PretrainedError, Transformer

KINDS = ["roberta", "bert", "distilbert", "electra", "albert", "deberta", "mpnet", "modernbert"]
FIRST = torch.tensor([[[0.5, 0.5], [0.0, 1.0]], [[1.0, 0.0], [0.5, 0.5]]])  # heads of the first layer
SECOND = torch.tensor([[[0.25, 0.75], [1.0, 0.0]], [[0.75, 0.25], [0.0, 1.0]]])


class TwoLayers(Product):
    """Two layers of two heads over two tokens; logit 1 weighs what the first token attends to, head by head."""

    has_attention_maps = True

    def attention_maps(self, batch, embeddings):
        layers = [layer.expand(len(batch.lengths), -1, -1, -1) + 0 * embeddings.sum() for layer in (FIRST, SECOND)]
        logit = (layers[1][:, 0, 0] * torch.tensor([4.0, -8.0])).sum(1) + 2 * layers[0][:, 1, 1, 1]
        readout = torch.tensor([[1.0, 0.0]]).expand(len(batch.lengths), -1)
        return AttentionMaps(torch.stack([-logit, logit], 1), tuple(layers), readout)


def scores(explainer, target: int) -> list[float]:
    model, batch = TwoLayers(torch.ones(5, 2), torch.ones(2, 2)), split([[3, 4]]).batch(torch.tensor([0]))
    with frozen(model):
        return explainer(model, batch, torch.tensor([target]))[0].tolist()


def test_rollout_by_hand() -> None:
    """Heads average to [[.75, .25], [.25, .75]] and [[.5, .5], [.5, .5]]; with the residual, halved.

    The first token's row: (.75, .25) after the second layer, then .75 (.875, .125) + .25 (.125, .875).
    """
    assert scores(AttentionRollout(), 1) == pytest.approx([0.6875, 0.3125])


def test_gradient_weighted_attention_by_hand() -> None:
    """Second layer, first row, first head: (4 * .25, -8 * .75), its positive part (1, 0), halved by the mean of heads.

    First layer: 2 * .5 in the second head, from token 1 to itself, which the first token does not reach. For the other
    class the signs turn: (0, 6) / 2 reaches token 1, and nothing of the first layer is positive.
    """
    assert scores(GradientWeightedAttention(), 1) == pytest.approx([1.5, 0])
    assert scores(GradientWeightedAttention(), 0) == pytest.approx([1, 3])


def test_layers_are_read_from_the_last_to_the_first() -> None:
    """Only the first layer moves from token 1 to 2, only the second from 0 to 1."""
    first, second = torch.zeros(1, 3, 3), torch.zeros(1, 3, 3)
    first[0, 1, 2] = second[0, 0, 1] = 1
    start = torch.tensor([[1.0, 0, 0]])
    assert backwards(start, [first, second]).tolist() == [[1, 1, 1]]
    assert backwards(start, [second, first]).tolist() == [[1, 1, 0]]


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, tmp_path_factory) -> Transformer:
    folder = save_encoder(request.param, tmp_path_factory.mktemp(request.param))
    made = AutoModelForSequenceClassification.from_pretrained(folder)
    return Transformer(made, mask_id=4, pad_id=made.config.pad_token_id).eval()


@pytest.fixture
def batch():
    return split([[0, 5, 6, 7, 8, 2], [0, 9, 6, 2]]).batch(torch.arange(2))


def test_maps_are_distributions_over_present_tokens(encoder, batch) -> None:
    maps = encoder.attention_maps(batch, encoder.embed(batch.input_ids))
    assert len(maps.layers) == 2
    for layer in maps.layers:
        assert layer.shape == (2, 2, 6, 6)
        torch.testing.assert_close(layer.sum(-1), torch.ones(2, 2, 6))
        assert (layer[1, :, :4, 4:] == 0).all()
    torch.testing.assert_close(maps.logits, encoder.logits(batch))
    assert maps.readout.tolist() == [[1, 0, 0, 0, 0, 0]] * 2


def test_asking_for_attention_changes_nothing_else(encoder, batch) -> None:
    with torch.no_grad():
        before = encoder.logits(batch)
        Attention()(encoder, batch, batch.labels)
        assert torch.equal(encoder.logits(batch), before)


@pytest.mark.parametrize("explainer", [Attention(), AttentionRollout(), GradientWeightedAttention()], ids=type)
def test_alone_as_in_a_batch(encoder, batch, explainer) -> None:
    alone = batch.take(torch.tensor([1]))
    alone = type(alone)(**{**vars(alone), **{name: getattr(alone, name)[:, :4] for name in ("input_ids", "maskable")}})
    with frozen(encoder):
        together, single = (explainer(encoder, some, some.labels) for some in (batch, alone))
    torch.testing.assert_close(together[1, :4], single[0], rtol=1e-4, atol=1e-6)
    assert (together[batch.maskable] > 0).any()


def test_received_attention_is_the_mean_over_layers_heads_and_present_tokens(encoder, batch) -> None:
    maps = encoder.attention_maps(batch, encoder.embed(batch.input_ids))
    expected = torch.stack([layer[1, :, :4, :4].mean((0, 1)) for layer in maps.layers]).mean(0)
    found = encoder.attention(batch)[1]
    torch.testing.assert_close(found[1:3], expected[1:3])
    assert found[[0, 3, 4, 5]].tolist() == [0, 0, 0, 0]  # what cannot be masked


def test_a_head_that_reads_the_mean_of_all_tokens(tmp_path, batch) -> None:
    made = AutoModelForSequenceClassification.from_pretrained(save_encoder("modernbert", tmp_path))
    made.config.classifier_pooling = "mean"
    model = Transformer(made, mask_id=4, pad_id=0).eval()
    readout = model.attention_maps(batch, model.embed(batch.input_ids)).readout
    torch.testing.assert_close(readout, torch.tensor([[1 / 6] * 6, [0.25] * 4 + [0, 0]]))


def test_an_encoder_without_such_attention_says_so(tmp_path, batch) -> None:
    model = Transformer(AutoModelForSequenceClassification.from_pretrained(save_encoder("fnet", tmp_path)), 4, 0)
    with pytest.raises(PretrainedError, match="FNetForSequenceClassification shows no attention of all tokens"):
        model.attention(batch)
