"""Mutual information of words and labels: what the corpus says, whatever the model."""

import math

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class MutualInformation(Explainer):
    """Mutual information, in bits, of a word's presence and a label, averaged over labels weighted by their share.

    Counted on the training split as masked in this round, with one document more for each class that holds every word
    (published code of Madsen et al. 2022, version 1). Every occurrence of a word scores the same. Unsigned. Cost: none.
    Deterministic.
    """

    needs_model = False
    needs_training_split = True
    uses_labels = True

    def prepare(self, model: Classifier, train: Split) -> None:
        """Count; a word that no training text has gets a place of its own at the end."""
        _, labels = train.labels.unique(return_inverse=True)
        classes = int(labels.max()) + 1
        joint = _documents(train, labels, classes) + 1  # [words, classes]
        of_label = torch.bincount(labels, minlength=classes) + 1
        self._scores = mutual_information(joint.double(), of_label.double()).float()

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        scores = self._scores.to(batch.input_ids.device)
        return scores[batch.input_ids.clamp(max=len(scores) - 1)]


def mutual_information(joint: Tensor, of_label: Tensor) -> Tensor:
    """From documents with word and label [words, classes], and with label [classes], to bits a word, [words]."""
    total, of_word = of_label.sum(), joint.sum(1, keepdim=True)
    bits = torch.zeros_like(joint)
    for present in (True, False):
        for labelled in (True, False):
            word = of_word if present else total - of_word
            label = of_label if labelled else total - of_label
            both = joint if present else of_label - joint
            both = both if labelled else word - both
            ratio = both * total / (word * label).clamp(min=1)
            bits += torch.special.xlogy(both / total, ratio) / math.log(2)
    return (bits * of_label / total).sum(1)


def _documents(train: Split, labels: Tensor, classes: int) -> Tensor:
    """In how many texts of each class each word may be masked, [words + 1, classes]."""
    words = int(train.input_ids.values.max()) + 2
    row = torch.arange(len(train)).repeat_interleave(train.input_ids.lengths)
    keys = (row * words + train.input_ids.values)[train.maskable.values].unique()  # one a text and word
    pairs = (keys % words) * classes + labels[keys // words]
    return torch.bincount(pairs, minlength=words * classes).view(words, classes)
