"""What a file of heatmaps holds where it shows nothing."""

from typing import Any

from recursive_roar.config import Study
from recursive_roar.heatmaps.plan import shows_text


def without_examples(study: Study, dataset: str, model: str) -> dict[str, Any]:
    """The content of a dataset whose text is withheld, or of which nothing is finished."""
    return {
        "dataset": dataset,
        "model": model,
        "seed": study.seeds[0],
        "withheld": not shows_text(study, dataset),
        "label_names": [],
        "examples": [],
        "curves": [],
    }
