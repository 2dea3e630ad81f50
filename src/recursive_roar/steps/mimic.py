"""Steps: what the datasets of MIMIC-III share, discharge summaries and word vectors trained on all of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_table, write_array, write_table, write_text
from recursive_roar.config.dataset import Cleaning
from recursive_roar.data.cleaning import cleaner
from recursive_roar.data.mimic import discharge_summaries
from recursive_roar.data.privacy import confidential
from recursive_roar.data.word2vec import word_vectors


def collect_summaries(notes: Path, output: Path) -> None:
    """Write the discharge summaries among all notes as one table, which its owner alone can read."""
    with confidential(True, output.parent):
        write_table(output, discharge_summaries(notes))


def train_vectors(settings: Mapping[str, Any], summaries: Path, output: Path) -> None:
    """Write vectors of the words of all discharge summaries as `output` (.npy), and the words beside it (.vocab)."""
    clean = cleaner(Cleaning.model_validate(settings["cleaning"]))
    with confidential(True, output.parent):
        words, vectors = word_vectors(read_table(summaries)["text"].to_pylist(), clean)
        write_text(output.with_suffix(".vocab"), "\n".join(words) + "\n")
        write_array(output, vectors)
