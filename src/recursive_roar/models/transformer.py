"""Any sequence-classification encoder of Hugging Face transformers (Madsen et al. 2022 use RoBERTa-base)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.data.tokens import Tokens
from recursive_roar.errors import UserError, root_cause
from recursive_roar.models.interface import AttentionMaps, Classifier

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class PretrainedError(UserError):
    """A pretrained encoder that cannot be read, does not fit or lacks what is asked of it."""


class Transformer(Classifier):
    """A pretrained encoder with a classification head, fed through its word embeddings.

    The encoder adds embeddings of positions and segments itself; its attention sees everything but padding, masked
    tokens as well.
    """

    has_attention = True
    has_attention_maps = True
    pass_share = 0.125  # twelve layers of twelve heads keep about half a megabyte for the gradient of a token

    def __init__(self, encoder: "PreTrainedModel", mask_id: int, pad_id: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.mask_id = mask_id
        self.pad_id = pad_id
        self.has_segments = getattr(encoder.config, "type_vocab_size", 0) > 1

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:  # noqa: D102
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        logits: Tensor = self._output(batch, embeddings).logits
        return logits

    def embed(self, input_ids: Tensor) -> Tensor:  # noqa: D102
        embedded: Tensor = self.encoder.get_input_embeddings()(input_ids)
        return embedded

    @property
    def embedding_matrix(self) -> Tensor:  # noqa: D102
        return self.encoder.get_input_embeddings().get_parameter("weight")

    def attention(self, batch: Batch) -> Tensor:
        """Mean attention that each token receives, over layers, heads and the tokens that attend, [batch, tokens]."""
        layers = self.attention_maps(batch, self.embed(batch.input_ids)).layers
        attending = batch.present[:, None, :, None]
        received = sum((layer * attending).mean(1).sum(1) for layer in layers)
        return received / len(layers) / batch.lengths[:, None] * batch.maskable

    def attention_maps(self, batch: Batch, embeddings: Tensor) -> AttentionMaps:
        """Attention of every layer; only the library's plain implementation shows it, so it is used here alone.

        Raises:
            PretrainedError: the encoder's attention is not one of all tokens to all tokens.
        """
        with _plain_attention(self.encoder):
            output = self._output(batch, embeddings, output_attentions=True)
        layers, tokens = output.attentions or (), batch.input_ids.shape[1]
        if not layers or any(layer is None or layer.shape[-2:] != (tokens, tokens) for layer in layers):
            raise PretrainedError(
                f"{type(self.encoder).__name__} shows no attention of all tokens to all tokens; "
                "leave out the explainers by attention, or choose another encoder"
            )
        return AttentionMaps(output.logits, tuple(layers), self._readout(batch))

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Decay on all matrices, none on vectors: biases and the weights of layer normalisation."""
        matrices = [parameter for parameter in self.parameters() if parameter.ndim > 1]
        vectors = [parameter for parameter in self.parameters() if parameter.ndim <= 1]
        return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]

    def _output(self, batch: Batch, embeddings: Tensor, **asked: bool) -> Any:
        segments = {"token_type_ids": batch.partner.long()} if self.has_segments else {}
        return self.encoder(inputs_embeds=embeddings, attention_mask=batch.present.long(), **segments, **asked)

    def _readout(self, batch: Batch) -> Tensor:
        """Classification heads read the first token, only ModernBERT's may read the mean of all."""
        if getattr(self.encoder.config, "classifier_pooling", "cls") == "mean":
            return batch.present / batch.lengths[:, None]
        first = torch.zeros(batch.input_ids.shape, device=batch.input_ids.device)
        first[:, 0] = 1
        return first


@contextmanager
def _plain_attention(encoder: "PreTrainedModel") -> Iterator[None]:
    before = encoder.config._attn_implementation
    encoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        encoder.set_attn_implementation(before)


def build(architecture: Mapping[str, Any], tokens: Tokens, classes: int, seed: int) -> Transformer:
    """The encoder in the folder `architecture["pretrained"]` under a new head, whose weights depend on `seed`.

    Raises:
        PretrainedError: the folder cannot be read, or lacks some of the encoder's weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Transformer(_with_new_head(Path(architecture["pretrained"]), classes), tokens.mask_id, tokens.pad_id)


def _with_new_head(folder: Path, classes: int) -> "PreTrainedModel":
    """A head that the folder may hold from another task is left aside."""
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.set_verbosity_error()  # what matters of its report on missing weights is checked below
    logging.disable_progress_bar()
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(folder, num_labels=classes, **local)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
        pretrained, report = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **local
        )
    except Exception as error:
        raise PretrainedError(f"{folder} cannot be read as a pretrained encoder: {root_cause(error)}") from error
    body = model.base_model
    lost = {*body.load_state_dict(pretrained.state_dict(), strict=False).missing_keys}
    lost |= {name for name in report["missing_keys"] if name in body.state_dict() and not name.startswith("pooler.")}
    if lost:
        raise PretrainedError(
            f"{folder} lacks weights of its encoder, such as {sorted(lost)[0]}; is it the right folder?"
        )
    return model
