"""The training that one writes first: packed sequences, data loader processes, torch.optim's Adam, Python lists."""

import pickle
from pathlib import Path

import torch
from shapes import Shape
from sklearn.metrics import accuracy_score
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

from recursive_roar.data.batches import Split

Example = dict[str, list[int] | int]


class Pickled(Dataset[Example]):
    """Examples as Python lists in a pickle."""

    def __init__(self, path: Path) -> None:
        self.examples = pickle.loads(path.read_bytes())

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


def write_pickle(split: Split, path: Path) -> None:
    """A split as a list of dictionaries."""

    def rows(column: object) -> list[list[int]]:
        return [column.values[a:b].tolist() for a, b in zip(column.offsets[:-1], column.offsets[1:], strict=True)]

    pairs = rows(split.pair_ids) if split.pair_ids else [[] for _ in range(len(split))]
    examples = [
        {"text": text, "pair": pair, "label": int(label)}
        for text, pair, label in zip(rows(split.input_ids), pairs, split.labels, strict=True)
    ]
    path.write_bytes(pickle.dumps(examples))


def collate(examples: list[Example]) -> dict[str, Tensor]:
    """A batch padded to its longest example."""
    batch = {"label": torch.tensor([example["label"] for example in examples])}
    for key in ("text", "pair"):
        rows = [torch.tensor(example[key], dtype=torch.int64) for example in examples]
        batch[key] = pad_sequence(rows, batch_first=True)
        batch[f"{key}_lengths"] = torch.tensor([len(row) for row in rows])
    return batch


class PlainBiLSTM(nn.Module):
    """The classifier of the benchmark's shapes, with PyTorch's bidirectional LSTM over packed sequences."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, hidden = shape.embedding_width, shape.hidden_width
        self.paired = bool(shape.question)
        self.embedding = nn.Embedding(shape.vocabulary, width, padding_idx=0)
        self.encoder = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        if self.paired:
            self.pair_embedding = nn.Embedding(shape.vocabulary, width, padding_idx=0)
            self.pair_encoder = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
            self.attention_pair = nn.Linear(2 * hidden, hidden)
            self.output_pair = nn.Linear(2 * hidden, hidden)
            self.output_context = nn.Linear(2 * hidden, hidden)
        self.attention_hidden = nn.Linear(2 * hidden, hidden)
        self.attention_score = nn.Linear(hidden, 1, bias=False)
        self.decoder = nn.Linear(hidden if self.paired else 2 * hidden, shape.classes)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Logits [batch, classes]."""
        states, _ = _encode(self.encoder, self.embedding(batch["text"]), batch["text_lengths"])
        hidden = self.attention_hidden(states)
        if self.paired:
            _, pair = _encode(self.pair_encoder, self.pair_embedding(batch["pair"]), batch["pair_lengths"])
            hidden = hidden + self.attention_pair(pair)[:, None]
        scores = self.attention_score(torch.tanh(hidden)).squeeze(-1).masked_fill(batch["text"] < 3, float("-inf"))
        context = torch.bmm(scores.softmax(-1)[:, None], states).squeeze(1)
        if self.paired:
            context = torch.tanh(self.output_context(context) + self.output_pair(pair))
        return self.decoder(context)


def _encode(lstm: nn.LSTM, embedded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
    states, (final, _) = lstm(packed)
    return pad_packed_sequence(states, batch_first=True)[0], torch.cat([final[0], final[1]], dim=-1)


class Accuracy:
    """A metric object that collects what it is shown."""

    def __init__(self) -> None:
        self.predicted: list[int] = []
        self.labels: list[int] = []

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Take in a batch."""
        self.predicted += logits.argmax(-1).tolist()
        self.labels += labels.tolist()

    def compute(self) -> float:
        """Over all that was taken in."""
        return accuracy_score(self.labels, self.predicted)


def train_plainly(shape: Shape, train: Path, validation: Path, epochs: int, workers: int) -> list[float]:
    """Train on pickles; the validation accuracy of each epoch."""
    model = PlainBiLSTM(shape)
    free = [] if model.paired else [*model.attention_hidden.parameters(), *model.attention_score.parameters()]
    decaying = [parameter for parameter in model.parameters() if not any(parameter is each for each in free)]
    groups = [{"params": decaying, "weight_decay": 1e-5}, {"params": free, "weight_decay": 0.0}]
    optimizer = torch.optim.Adam(groups, lr=0.001, amsgrad=True, foreach=False)
    loaders = {
        name: DataLoader(
            Pickled(path), shape.batch_size, shuffle=name == "train", collate_fn=collate, num_workers=workers
        )
        for name, path in (("train", train), ("validation", validation))
    }
    values = []
    for _ in range(epochs):
        model.train()
        for batch in loaders["train"]:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), batch["label"]).backward()
            optimizer.step()
        model.eval()
        metric = Accuracy()
        with torch.no_grad():
            for batch in loaders["validation"]:
                metric.update(model(batch), batch["label"])
        values.append(metric.compute())
    return values
