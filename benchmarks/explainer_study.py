"""What a study says of its explainers, what each costs, and one sentence under all of them.

    python benchmarks/explainer_study.py STUDY.yaml

STUDY.yaml is the configuration of a finished study of one dataset and one BiLSTM, run from the current folder. The
baseline of its first seed explains the whole test split on one thread, which gives the seconds of the processor for
1,000 examples, and then a sentence that is not in the data, drawn as `docs/explainers/sentence.svg`.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
import yaml
from matplotlib.figure import Figure
from record import record

from recursive_roar import identity, plan
from recursive_roar.artifacts import read_tensors
from recursive_roar.config import Study, load_study
from recursive_roar.data.batches import Split
from recursive_roar.data.tokens import Tokens
from recursive_roar.data.words import CLS, EOS, UNKNOWN, splitter
from recursive_roar.devices import keep_freed_memory, usual_pass_tokens
from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.models.interface import Classifier
from recursive_roar.steps.explain import new_explainer
from recursive_roar.steps.fit import new_model

REPOSITORY = Path(__file__).parents[1]
FIGURE = REPOSITORY / "docs/explainers/sentence.svg"
SENTENCE = "The plot is thin , but the two actors are wonderful and their story is a joy to watch ."
POSITIVE = 1
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Subject:
    """The trained baseline of a study, with its data."""

    study: Study
    tokens: Tokens
    model: Classifier

    @classmethod
    def of(cls, study: Study) -> "Subject":
        dataset, model, seed = study.datasets[0].name, study.models[0].name, study.seeds[0]
        tokens = Tokens.read(Path(plan.test_tokens(study, dataset, model)).parent)
        trained = new_model(identity.training_settings(study, dataset, model), tokens, seed)
        folder = plan.baseline(study, next(plan.cells(study)))
        trained.load_state_dict(read_tensors(folder / "model.safetensors")[0])
        return cls(study, tokens, trained)

    def explained(self, name: str, split: Split) -> torch.Tensor:
        """Importance of every token of a split, one after the other."""
        settings = identity.explainer_settings(self.study, name)
        explainer = new_explainer(settings, self.study.seeds[0])
        model = self.model if settings["needs_model"] else None
        prepare(explainer, model, self.tokens.splits["train"], usual_pass_tokens(CPU))
        return extract_importance(explainer, model, split, "gold", usual_pass_tokens(CPU), CPU).values

    def sentence(self) -> tuple[list[str], Split]:
        words = [word for word, _, _ in splitter(self.study.datasets[0].words)(SENTENCE)]
        number = {word: place for place, word in enumerate(self.tokens.vocabulary)}
        ids = [CLS, *(number.get(word, UNKNOWN) for word in words), EOS]
        columns = {"input_ids": [ids], "maskable": [[False, *[True] * len(words), False]]}
        table = pa.table({"example_id": [0], "label": [POSITIVE], **columns})
        return words, Split.from_table(table)


def row(subject: Subject, summary: dict[str, object], name: str) -> dict[str, object]:
    test = subject.tokens.splits["test"]
    subject.explained(name, subject.sentence()[1])  # the first pass of a process takes longer
    start = time.process_time()
    subject.explained(name, test)
    seconds = time.process_time() - start
    scores = {f"{column}_percent": 100 * summary[column] for column in ("racu", "low", "high")}
    return {"explainer": name, **scores, "seconds_per_1000_examples": 1000 * seconds / len(test.labels)}


def draw(words: list[str], importance: dict[str, torch.Tensor]) -> Figure:
    """A row an explainer, a column a word; the darker, the larger its share of the largest score of the row."""
    figure = Figure(figsize=(9, 0.32 * len(importance) + 1), layout="constrained")
    axes = figure.subplots()
    shares = torch.stack([scores / scores.max() for scores in importance.values()])
    axes.imshow(shares, cmap="Blues", aspect="auto", vmin=0, vmax=1)
    axes.set_xticks(range(len(words)), words, rotation=55, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(importance)), list(importance))
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)
    for place, row in enumerate(shares):
        for rank, best in enumerate(row.argsort(descending=True)[:3].tolist(), start=1):
            axes.text(best, place, str(rank), ha="center", va="center", color="white" if row[best] > 0.5 else "black")
    return figure


def main() -> None:
    configuration = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    study = load_study(configuration | yaml.safe_load(Path(sys.argv[1]).read_text()))
    torch.set_num_threads(1)
    keep_freed_memory()
    subject = Subject.of(study)
    summary = {row["explainer"]: row for row in pq.read_table(f"{study.results}/scores/summary.parquet").to_pylist()}
    names = sorted(summary, key=lambda name: -summary[name]["racu"])
    record("explainer_study", [row(subject, summary[name], name) for name in names])
    words, sentence = subject.sentence()
    FIGURE.parent.mkdir(exist_ok=True)
    figure = draw(words, {name: subject.explained(name, sentence)[1:-1].abs() for name in [*names, "random"]})
    figure.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
