"""The ready studies."""

from pathlib import Path

import pytest
import yaml
from mimic_files import write_folder

from recursive_roar import plan
from recursive_roar.catalog.published import published_scores
from recursive_roar.config import ConfigurationError, load_study

REPOSITORY = Path(__file__).parents[2]
STUDIES = sorted((REPOSITORY / "workflow/studies").glob("*.yaml"))
ALL = ["paper", "paper-lstm", "paper-roberta"]
TASKS = ["sst", "snli", "imdb", "babi-1", "babi-2", "babi-3", "mimic-anemia", "mimic-diabetes"]


def content(name: str) -> dict:
    """As Snakemake lays a study over config.yaml; their only common mappings are left as they are."""
    default = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    return {**default, **yaml.safe_load((REPOSITORY / f"workflow/studies/{name}.yaml").read_text())}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the files that the studies name."""
    folder = tmp_path / "tasks_1-20_v1-2/en-10k"
    folder.mkdir(parents=True)
    for task in ("qa1_single-supporting-fact", "qa2_two-supporting-facts", "qa3_three-supporting-facts"):
        for split in ("train", "test"):
            (folder / f"{task}_{split}.txt").write_text("1 Mary moved to the garden.\n2 Where is Mary?\tgarden\t1\n")
    write_folder(tmp_path / "mimic-iii", 3)
    return tmp_path


def test_there_is_one_study_a_task_and_three_of_all() -> None:
    assert sorted(path.stem for path in STUDIES) == sorted([*TASKS, *ALL])


def test_the_whole_table_is_3400_trainings_with_a_row_for_each_published_cell(files: Path) -> None:
    studies = {name: load_study({**content(name), "data": str(files)}) for name in ALL}
    cells = {name: {(each.dataset, each.model, each.explainer) for each in plan.cells(studies[name])} for name in ALL}
    assert len(plan.metrics_files(studies["paper"])) == 3400
    assert {cell for cell in cells["paper"] if cell[2] != "random"} == set(published_scores())
    assert cells["paper"] == cells["paper-lstm"] | cells["paper-roberta"]


@pytest.mark.parametrize("name", [path.stem for path in STUDIES])
def test_each_study_is_the_published_protocol(name: str, files: Path) -> None:
    study = load_study({**content(name), "data": str(files)})
    assert [dataset.name for dataset in study.datasets] == (TASKS if name in ALL else [name])
    assert study.target == "gold"
    assert study.seeds == (0, 1, 2, 3, 4)
    assert study.protocols == ("recursive-roar",)
    assert study.explainer("integrated-gradient").arguments["steps"] == 50
    (ladder,) = study.ladders
    assert [amount.value for amount in ladder.amounts().values()] == list(range(10, 100, 10))
    for dataset in study.datasets:
        assert dataset.generate is None
        assert dataset.published.train


SINGLE = {"embedding_width": 300, "hidden_width": 128}
BABI = ((50, 100), 8, {"embedding_width": 50, "hidden_width": 32}, "accuracy", 1)
PUBLISHED = {  # batch and epochs of the BiLSTM, epochs of RoBERTa, sizes, what selects the best epoch, least documents
    "sst": ((32, 8), 3, SINGLE, "auroc", 1),
    "imdb": ((32, 8), 3, SINGLE, "auroc", 10),
    "mimic-anemia": ((32, 8), 3, SINGLE, "auroc", 5),
    "mimic-diabetes": ((32, 8), 3, SINGLE, "auroc", 5),
    "snli": ((128, 25), 3, SINGLE, "accuracy", 3),
    "babi-1": BABI,
    "babi-2": BABI,
    "babi-3": BABI,
}


def test_recipes_are_the_published_ones(files: Path) -> None:
    study = load_study({**content("paper"), "data": str(files)})
    for name, (lstm, epochs, sizes, select, documents) in PUBLISHED.items():
        ours, theirs = study.fitting(name, "bilstm-attention"), study.fitting(name, "roberta-base").recipe
        assert (ours.recipe.batch_size, ours.recipe.epochs) == lstm, name
        assert (ours.recipe.optimizer, ours.recipe.learning_rate, ours.recipe.weight_decay) == ("amsgrad", 1e-3, 1e-5)
        assert ours.architecture.model_dump().items() >= sizes.items(), name
        assert (theirs.batch_size, theirs.epochs, theirs.optimizer, theirs.betas) == (16, epochs, "adamw", (0.9, 0.98))
        assert (theirs.learning_rate, theirs.weight_decay, theirs.warm_up) == (2e-5, 0.01, 0.06)
        assert {ours.recipe.select, theirs.select} == {select}, name
        assert study.dataset(name).words.minimum_document_frequency == documents, name


@pytest.mark.parametrize("name", ["babi-2", "mimic-diabetes", "paper-lstm"])
def test_every_absent_file_is_named_with_where_paths_start(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_study({**content(name), "data": str(tmp_path)})
    message = str(caught.value)
    expected = {"babi-2": ["qa2_two-supporting-facts_train.txt"], "mimic-diabetes": ["dev_50_hadm_ids.csv"]}
    for file in expected.get(name, [file for files in expected.values() for file in files]):
        assert f"{file}', which is not a file" in message
    assert f"`data` ({tmp_path})" in message


def test_mimic_is_prepared_from_what_its_rules_make(files: Path) -> None:
    study = load_study({**content("mimic-diabetes"), "data": str(files)})
    assert plan.source_files(study, "mimic-diabetes")[0] == plan.summaries(study)
    assert all(Path(path).is_file() for path in plan.source_files(study, "mimic-diabetes")[1:])
    made = [f"{study.results}/mimic/vectors.{kind}" for kind in ("npy", "vocab")]
    assert plan.vector_files(study, "mimic-diabetes", "bilstm-attention") == made
    assert study.dataset("mimic-diabetes").private


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"datasets": ["mimic-anemia"]}, ["mimic.folder", "required"]),
        (
            {
                "datasets": [
                    {"name": "babi-1", "models": {"bilstm-attention": {"architecture": {"vectors": "mimic-word2vec"}}}}
                ]
            },
            ["mimic-word2vec is trained on MIMIC-III", "'babi-1' is not"],
        ),
        (
            {
                "datasets": [
                    {"name": "mimic-anemia", "mimic": {"folder": "mimic-iii"}},
                    {"name": "mimic-diabetes", "mimic": {"folder": "mimic-iii"}, "rewrite": {"digits": False}},
                ]
            },
            ["must agree in mimic.folder, replace and rewrite"],
        ),
        ({"datasets": [{"name": "sst", "files": {"train": ".", "test": "."}}]}, ["files.train", "neg and pos"]),
        ({"datasets": [{"name": "sst", "files": {"train": ".", "test": ".", "format": "tree"}}]}, ["format", "'sst'"]),
    ],
    ids=str,
)
def test_misuse_of_a_source_is_refused(changes: dict, words: list[str], files: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_study({"explainers": ["random"], "seeds": [0], "data": str(files), **changes})
    for word in words:
        assert word in str(caught.value)
