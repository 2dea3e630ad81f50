"""How much disk a study takes."""

from collections import Counter
from pathlib import Path

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.catalog.models import WORD_TOKENIZER
from recursive_roar.config import Study
from recursive_roar.config.dataset import Architecture, Dataset
from recursive_roar.forecast.sizes import size
from recursive_roar.forecast.work import explanations, rounds, trainings

BYTES_TOKENISED = 13  # of a token: id, place in the text, whether it can be masked
BYTES_IMPORTANCE = 4
BYTES_MASK = 1


def disk(study: Study) -> tuple[float | None, list[str]]:
    """Bytes before compression of all that can be forecast (None if nothing can), and what is not in it.

    Counted are tokens, importance, masks and the models of baselines; all else is small.
    """
    known, unknown = [], []
    masked, explained = rounds(study), Counter[tuple[str, str]]()
    for (dataset, model, _), number in explanations(study).items():
        explained[dataset, model] += number
    for dataset, model in trainings(study):
        tokens, weights = size(study, dataset, model), _bytes_of_model(study, dataset, model)
        if tokens is None or weights is None:
            unknown.append(f"{model} on {dataset}")
            continue
        importance = BYTES_IMPORTANCE * explained[dataset, model] * tokens.of(study.explain_splits)
        per_token = BYTES_TOKENISED + BYTES_MASK * masked[dataset, model]
        known.append(tokens.every * per_token + importance + len(study.seeds) * weights)
    return (sum(known) if known else None), unknown


def _bytes_of_model(study: Study, dataset: str, model: str) -> int | None:
    """Of its weights; None where they are not known, as those of a class of one's own."""
    folder = plan.pretrained_folder(study, model)
    if folder is not None:
        return sum(file.stat().st_size for file in Path(folder).glob("*.safetensors")) or None
    words, sizes = _vocabulary(study, dataset), study.fitting(dataset, model).architecture
    return None if words is None or sizes is None else 4 * _parameters(study.dataset(dataset), model, sizes, words)


def _vocabulary(study: Study, dataset: str) -> int | None:
    file = Path(study.results, "tokens", dataset, WORD_TOKENIZER, "vocabulary.json")
    return len(read_json(file)["words"]) if file.is_file() else study.dataset(dataset).published.vocabulary


def _parameters(dataset: Dataset, model: str, sizes: Architecture, words: int) -> int:
    """Of a model without weights, which takes no memory."""
    import torch

    from recursive_roar.models.build import build_classifier

    with torch.device("meta"):
        built = build_classifier(
            model,
            paired=dataset.paired,
            vectors=torch.empty(words, sizes.embedding_width),
            hidden_width=sizes.hidden_width,
            classes=dataset.classes or 2,
            seed=0,
        )
    return sum(parameter.numel() for parameter in built.parameters())
