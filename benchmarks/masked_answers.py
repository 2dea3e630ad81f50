"""How often each measure masks the word that answers a question of bAbI task 1, and what is still answered then.

    python benchmarks/masked_answers.py results/babi-1

The answer is the room in the statement on which the question depends. Of the test split, by explainer, seed and round.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from record import record

from recursive_roar.artifacts import read_table
from recursive_roar.diagnostics.plausibility import supporting
from recursive_roar.diagnostics.rows import Rows

FOLDERS = "*roar/relative/babi-1/bilstm-attention"


def main() -> None:
    results = Path(sys.argv[1])
    tokens = read_table(results / "tokens/babi-1/word/test.parquet")
    texts = read_table(results / "datasets/babi-1/test.parquet")
    names = json.loads(tokens.schema.metadata[b"label_names"])
    answering = answers(tokens, texts, names)
    rows = Rows.of(tokens["offsets"])
    rounds = [file.parent for file in results.glob(f"{FOLDERS}/*/seed*/round*/metrics.json")]
    found = [found_in(folder, rows, answering, tokens["label"].to_numpy(), names) for folder in rounds]
    record("masked_answers", sorted(found, key=lambda row: tuple(row.values())))


def answers(tokens: pa.Table, texts: pa.Table, names: Sequence[str]) -> np.ndarray:
    """Whether each token is the answer, in the statement that gives it, [tokens of all texts]."""
    places = tokens["offsets"].to_pylist()
    spans = zip(texts["text"].to_pylist(), places, strict=True)
    words = [text[start:end] for text, places_in in spans for start, end in places_in]
    labels = np.repeat(tokens["label"].to_numpy(), list(map(len, places)))
    in_statement = supporting(*(texts[column].to_pylist() for column in ("text", "support")), places)
    return in_statement & (np.array(words) == np.array(names)[labels])


def found_in(
    folder: Path, rows: Rows, answering: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """One round: the share of answers masked, accuracy where they are and where they are not, and shares by answer."""
    *_, explainer, seed, number = folder.parts
    masked = read_table(folder / "masked_at/test.parquet")["masked_at"].combine_chunks().flatten().to_numpy() > 0
    hidden = rows.sum(answering & masked) == rows.sum(answering)
    logits = np.array(read_table(folder / "predictions/test.parquet")["logits"].to_pylist())
    right = logits.argmax(axis=1) == labels
    return {
        "explainer": explainer,
        "seed": int(seed.removeprefix("seed")),
        "round": int(number.removeprefix("round")),
        "answers_masked": share(hidden),
        "accuracy": share(right),
        "accuracy_where_masked": share(right[hidden]),
        "accuracy_elsewhere": share(right[~hidden]),
        **{f"masked_of_{name}": share(hidden[labels == label]) for label, name in enumerate(names)},
    }


def share(flags: np.ndarray) -> float | None:
    """Of flags that are set, in percent; None of nothing."""
    return 100 * float(flags.mean()) if len(flags) else None


if __name__ == "__main__":
    main()
