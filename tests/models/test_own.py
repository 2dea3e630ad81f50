"""A model of one's own is tried before it is trained."""

import sys
from pathlib import Path

import pytest
import torch
from toys import split

from recursive_roar.data.tokens import Tokens
from recursive_roar.models.own import OwnModelError, build
from recursive_roar.splits import SPLITS

WORDS = [str(number) for number in range(9)]
TOKENS = Tokens(dict.fromkeys(SPLITS, split([[1, 5, 2], [1, 6, 7, 8, 2]])), WORDS, 3, 0, ["no", "yes"])
SOURCE = """
import torch
from recursive_roar.models.interface import AttentionMaps, Classifier

class Mine(Classifier):
    def __init__(self, words, classes, width=4):
        super().__init__()
        self.embedding = torch.nn.Embedding(words, width)
        self.decoder = torch.nn.Linear(width, classes)
        self.decoder.weight.data.zero_()

    has_attention = True
    has_attention_maps = True

    def attention(self, batch):
        return batch.present / batch.present.sum(1)[:, None]

    def attention_maps(self, batch, embeddings):
        return AttentionMaps(self.logits(batch, embeddings), (), self.attention(batch))

    def embed(self, input_ids):
        return self.embedding(input_ids)

    @property
    def embedding_matrix(self):
        return self.embedding.weight

    def logits(self, batch, embeddings=None):
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        return self.decoder((embeddings * batch.present[..., None]).sum(1))

    def parameter_groups(self, weight_decay):
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]
"""
BROKEN = {
    "logits\\(batch\\) has shape \\[2, 3\\], expected \\[2, 2\\]": ("(width, classes)", "(width, classes + 1)"),
    "embedding_matrix has shape \\[4, 9\\]": ("return self.embedding.weight", "return self.embedding.weight.T"),
    "does not depend on the embeddings": ("embeddings is None", "True"),
    "differs from logits\\(batch\\)": ("else embeddings", "else embeddings + 1"),
    "change with the padding": (" * batch.present[..., None]", ""),
    "has_attention is True, but there is no method `attention`": ("def attention(", "def attended("),
    "attention\\(batch\\) has shape \\[2\\], expected \\[2, 5\\]": (
        "batch.present / batch.present.sum(1)[:, None]",
        "batch.present.sum(1)",
    ),
    "readout has shape \\[5, 2\\]": ("(), self.attention(batch))", "(), self.attention(batch).T)"),
    "attention_maps\\(batch, embeddings\\).logits differs": ("AttentionMaps(self", "AttentionMaps(1 + self"),
    "parameter_groups leaves out embedding.weight": ("self.parameters()", "self.decoder.parameters()"),
}


def made(folder: Path, source: str, monkeypatch) -> torch.nn.Module:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (folder / "mine.py").write_text(source)
    architecture = {"class": f"{folder}/mine.py:Mine", "arguments": {"width": 4}, "paired": False}
    return build(architecture, TOKENS, classes=2, seed=3)


def test_weights_hang_on_the_seed_alone(tmp_path, monkeypatch) -> None:
    torch.manual_seed(1)
    first, state = made(tmp_path, SOURCE, monkeypatch), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(made(tmp_path, SOURCE, monkeypatch).embedding.weight, first.embedding.weight)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.training


@pytest.mark.parametrize("message", BROKEN)
def test_what_breaks_the_interface_is_named(message, tmp_path, monkeypatch) -> None:
    old, new = BROKEN[message]
    source = SOURCE.replace("zero_()", "normal_()")
    assert old in source
    with pytest.raises(OwnModelError, match=f"model Mine: .*{message}"):
        made(tmp_path, source.replace(old, new), monkeypatch)
