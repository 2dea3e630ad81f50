import pytest
import torch
from captum.attr import DeepLift as CaptumDeepLift
from toys import Product, split

from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.explain.deeplift import DeepLift
from recursive_roar.explain.multipliers import NoRuleError
from recursive_roar.explain.subjects import subjects
from recursive_roar.models.interface import Classifier

BATCH = split([[3, 4, 5], [5, 4]]).batch(torch.arange(2))
TARGET = torch.tensor([1, 0])


class Layers(Classifier):
    """Word vectors through layers that Captum has rules for, or through `between` alone."""

    def __init__(self, between=None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.matrix = torch.nn.Parameter(torch.randn(6, 4))
        layers = [torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 5), torch.nn.Sigmoid()]
        more = [torch.nn.Linear(5, 4), torch.nn.Softplus(), torch.nn.Linear(4, 2)]
        self.layers = torch.nn.Sequential(*layers, *more) if between is None else between

    def embed(self, input_ids):
        return self.matrix[input_ids]

    def logits(self, batch, embeddings=None):
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        return self.layers((embeddings * batch.present[..., None]).sum(1))

    @property
    def embedding_matrix(self):
        return self.matrix

    def parameter_groups(self, weight_decay):
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]


class FromEmbeddings(torch.nn.Module):
    """The same model as Captum calls it, with input and baseline in one batch."""

    def __init__(self, model) -> None:
        super().__init__()
        self.layers = model.layers

    def forward(self, embeddings):
        present = BATCH.present[torch.arange(len(embeddings)) % 2]
        return self.layers((embeddings * present[..., None]).sum(1))


def test_by_hand() -> None:
    """Tokens (1, 2) and (0, -1), class weights (1, 1): (3 - 1)^2 = 4, so the secant from 0 has slope 2."""
    model = Product(torch.tensor([[0.0, 0], [0, 0], [0, 0], [1, 2], [0, -1]]), torch.tensor([[1.0, 1], [2, 0]]))
    batch = split([[3, 4]]).batch(torch.tensor([0]))
    assert DeepLift(signed=True)(model, batch, torch.tensor([0])).tolist() == [[6, -2]]
    assert DeepLift()(model, batch, torch.tensor([0])).tolist() == [[6, 2]]


@pytest.mark.filterwarnings("ignore::UserWarning:captum")
@pytest.mark.parametrize("baseline", ["zero", "mask"])
def test_as_captum_where_captum_has_the_rules(baseline) -> None:
    model = Layers().eval().requires_grad_(False)
    embeddings = model.embed(BATCH.input_ids)
    absent = torch.zeros_like(embeddings) if baseline == "zero" else model.matrix[3].expand_as(embeddings)
    expected = CaptumDeepLift(FromEmbeddings(model)).attribute(embeddings, absent, target=TARGET).sum(-1)
    found = DeepLift(baseline=baseline, signed=True)(model, BATCH, TARGET)
    assert torch.allclose(found[BATCH.present], expected[BATCH.present], atol=1e-5)


@pytest.mark.parametrize("scale", [1, 2e-4])
def test_what_has_no_rule_is_refused_however_little_the_logit_changes(scale) -> None:
    class Sine(torch.nn.Module):
        def forward(self, values):
            return scale * torch.sin(3 * values)

    model = Layers(Sine()).eval().requires_grad_(False)
    with pytest.raises(NoRuleError, match="Layers computes something that DeepLIFT has no rule for"):
        DeepLift()(model, BATCH, TARGET)


def test_a_change_that_is_mostly_rounding_is_not_refused() -> None:
    """As in a long text whose words are masked, with the mask for a baseline."""
    between = torch.nn.Linear(4, 2)
    torch.nn.init.constant_(between.bias, 100)
    model = Layers(between).requires_grad_(False)
    model.matrix[4] = model.matrix[3] + 1e-5
    batch = split([[4]]).batch(torch.tensor([0]))
    explainer = DeepLift(baseline="mask", signed=True)
    found, change = explainer(model, batch, TARGET[:1]).sum(1), explainer.expected_sum(model, batch, TARGET[:1])
    assert (found - change).abs() > 0.1 * change.abs()


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
def test_both_implementations_of_attention_give_the_same(implementation) -> None:
    subject = subjects(EXPLAINERS["attention-rollout"])[0]
    batch = subject.data.batch(torch.arange(5))
    model = subject.model.eval().requires_grad_(False)
    expected = DeepLift(signed=True)(model, batch, batch.labels)
    model.encoder.set_attn_implementation(implementation)
    assert torch.allclose(DeepLift(signed=True)(model, batch, batch.labels), expected, atol=1e-5)
