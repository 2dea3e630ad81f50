"""How many steps integrated gradient needs on a trained baseline: with fewer, are the same tokens masked first?

    python benchmarks/integration_steps.py study.yaml minilm --examples 60

Each form and number of steps beside the midpoint sum with a hundred, on the first examples of the test split. Run it in
the folder where `snakemake --configfile study.yaml` has trained the baseline.
"""

import argparse
from pathlib import Path

import torch
import yaml
from record import record

from recursive_roar import plan
from recursive_roar.artifacts import read_table, read_tensors
from recursive_roar.config import Study, load_study
from recursive_roar.config.ladder import Amount
from recursive_roar.data.batches import Ragged, Split
from recursive_roar.data.tokens import Tokens
from recursive_roar.devices import prepare_determinism, usual_pass_tokens
from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.integrated_gradient import IntegratedGradient
from recursive_roar.identity import training_settings
from recursive_roar.masking import mask_most_important
from recursive_roar.models.interface import Classifier
from recursive_roar.steps.fit import new_model

NUMBERS = {"midpoint": (5, 10, 20), "standard": (10, 20, 50)}
MANY = 100
SHARES = (10, 30, 50)  # percent of the tokens


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("study", type=Path)
    parser.add_argument("model")
    parser.add_argument("--examples", type=int, default=60)
    given = parser.parse_args()
    prepare_determinism(1)
    study = load_study(yaml.safe_load(given.study.read_text()), sources_read=False)
    model, split = trained(study, given.model, given.examples)
    reference = importance(model, split, MANY, "midpoint")
    rows = []
    for form, numbers in NUMBERS.items():
        for steps in numbers:
            other = importance(model, split, steps, form)
            same = {f"same_masked_at_{share}": agreement(reference, other, split, share) for share in SHARES}
            rows.append({"model": given.model, "form": form, "steps": steps, **same})
    record("integration_steps", rows)


def trained(study: Study, name: str, examples: int) -> tuple[Classifier, Split]:
    """The baseline of a study's first dataset and seed, and the first examples of the test split."""
    cell = next(cell for cell in plan.cells(study) if cell.model == name)
    folder = Path(plan.token_files(study, cell.dataset, name)[0]).parent
    model = new_model(training_settings(study, cell.dataset, name), Tokens.read(folder), cell.seed)
    model.load_state_dict(read_tensors(plan.baseline(study, cell) / "model.safetensors")[0])
    return model, Split.from_table(read_table(folder / "test.parquet")[:examples])


def importance(model: Classifier, split: Split, steps: int, form: str) -> Ragged:
    """Importance of the tokens for their gold class."""
    tokens = int(model.pass_share * usual_pass_tokens(torch.device("cpu")))
    explainer = IntegratedGradient(steps, form)  # type: ignore[arg-type]
    return extract_importance(explainer, model, split, "gold", tokens, torch.device("cpu"))


def agreement(one: Ragged, other: Ragged, split: Split, share: int) -> float:
    """Of the tokens that `one` masks first, how many percent `other` masks first as well."""
    amount = Amount("relative", share)
    masks = [mask_most_important(scores, split.maskable, None, amount, 1).values > 0 for scores in (one, other)]
    return 100 * float((masks[0] & masks[1]).sum() / masks[0].sum())


if __name__ == "__main__":
    main()
