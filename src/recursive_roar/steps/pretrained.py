"""Steps: a pretrained model from the Hugging Face hub, and a dataset as ids of its tokeniser."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import write_json
from recursive_roar.config.model import PARTS, Subwords
from recursive_roar.data.privacy import confidential
from recursive_roar.data.subwords import tokenize
from recursive_roar.errors import UserError, root_cause
from recursive_roar.splits import read_splits, write_splits


class FetchError(UserError):
    """A pretrained model that could not be downloaded."""


def fetch_model(settings: Mapping[str, Any], output: Path) -> None:
    """Download configuration, tokeniser and weights (safetensors, no code) into `output`; needs the network.

    Raises:
        FetchError: no network, no such model or revision, or none of its weights are safetensors.
    """
    from huggingface_hub import snapshot_download

    source = f"{settings['pretrained']} (revision {settings['revision']})"
    try:
        snapshot_download(settings["pretrained"], revision=settings["revision"], local_dir=output, allow_patterns=PARTS)
    except Exception as error:
        raise FetchError(
            f"{source} could not be fetched from the Hugging Face hub: {root_cause(error)}. Run this step on a machine "
            "with network access (`snakemake fetch`), or give the path of a local folder as `pretrained`, "
            "without `revision`."
        ) from error
    shutil.rmtree(output / ".cache", ignore_errors=True)  # the downloader's own notes
    if not list(output.glob("*.safetensors")):
        raise FetchError(f"{source} has no weights as safetensors, and no other form is read; choose another revision")


def tokenize_into_subwords(settings: Mapping[str, Any], dataset: Path, output: Path) -> None:
    """Write `{split}.parquet` and `vocabulary.json` under `output`."""
    with confidential(settings["private"], output):
        tables = read_splits(dataset)
        subwords = Subwords.model_validate(settings["subwords"])
        tokens, vocabulary = tokenize(tables, Path(settings["pretrained"]), subwords)
        write_splits(output, tokens)
        write_json(output / "vocabulary.json", vocabulary)
