from pathlib import Path

import jsonschema
import pytest
import yaml

from recursive_roar import plan
from recursive_roar.config import ConfigurationError, load_study
from recursive_roar.config.ladder import Ladder
from recursive_roar.config.schema import as_text, user_schema

REPOSITORY = Path(__file__).parents[2]
GOOD = {"datasets": ["babi-1"], "explainers": ["random", "attention"], "seeds": [0]}


def refused(**changes: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_study({**GOOD, **changes})
    return str(caught.value)


def test_the_default_study_is_valid_and_fits_the_schema() -> None:
    content = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    study = load_study(content)
    jsonschema.validate(content, user_schema())
    assert [explainer.name for explainer in study.explainers] == [
        "random",
        "attention",
        "gradient",
        "input-x-gradient",
        "integrated-gradient",
    ]
    assert study.explainer("integrated-gradient").arguments == {
        "steps": 10,
        "form": "standard",
        "baseline": "zero",
        "signed": False,
    }


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = (REPOSITORY / "workflow/schemas/config.schema.yaml").read_text()
    assert committed == as_text(user_schema()), "run: python -m recursive_roar.config.schema"


def test_the_catalog_fills_in_what_is_left_out() -> None:
    study = load_study(GOOD)
    fitting = study.fitting("babi-1", "bilstm-attention")
    assert (fitting.recipe.batch_size, fitting.recipe.epochs, fitting.recipe.learning_rate) == (50, 100, 1e-3)
    assert (fitting.architecture.embedding_width, fitting.architecture.hidden_width) == (50, 32)
    assert [amount.value for amount in study.ladder("relative").amounts().values()] == list(range(10, 100, 10))


def test_what_the_user_writes_goes_over_the_catalog(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / f"{split}.csv").touch()
    files = {split: str(tmp_path / f"{split}.csv") for split in ("train", "test")}
    entry = {"name": "sst", "files": files, "models": {"bilstm-attention": {"recipe": {"epochs": 2}}}}
    study = load_study({**GOOD, "datasets": [entry]})
    assert study.dataset("sst").hub is None
    assert study.dataset("sst").minimum_words == 6
    recipe = study.fitting("sst", "bilstm-attention").recipe
    assert (recipe.epochs, recipe.batch_size) == (2, 32)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seds": [1]}, ["seds", "unknown key", "Allowed", "'seeds'"]),
        ({"datasets": [{"name": "babi-1", "metrc": "accuracy"}]}, ["datasets[0].metrc", "Did you mean 'metric'?"]),
        (
            {"datasets": [{"name": "sst", "label_names": [False, True]}]},
            ["datasets[0].label_names", "each name is a text", 'such as "no", "yes"'],
        ),
        (
            {"datasets": [{"name": "sst", "label_names": ["bad", "fair", "good"], "classes": 2}]},
            ["datasets[0]", "`label_names` of 'sst' are 3, more than `classes: 2`"],
        ),
        ({"datasets": [{"name": "sst", "hub": {"id": "a/b", "revision": "c", "splits": {"dev": "x"}}}]}, ["'dev'"]),
        (
            {"datasets": [{"name": "babi-1", "models": {"bilstm-attention": {"recipe": {"epoch": 3}}}}]},
            ["recipe.epoch", "Did you mean 'epochs'?"],
        ),
        ({"explainers": ["atention"]}, ["explainers[0]", "'atention'", "Allowed: random", "Did you mean 'attention'?"]),
        ({"explainers": [{"name": "integrated-gradient", "step": 3}]}, ["unknown key 'step'", "'steps'"]),
        ({"explainers": [{"name": "integrated-gradient", "steps": 0}]}, ["steps", "greater than 0", "0"]),
        ({"ladders": ["relativ"]}, ["ladders[0].name", "relativ", "Did you mean 'relative'?"]),
        ({"ladders": [{"name": "relative", "step": 30}]}, ["ladders[0]", "30", "100"]),
        ({"datasets": ["babi-1", "babi-1"]}, ["datasets", "babi-1", "more than once"]),
        (
            {
                "datasets": [{"name": name, "generate": {"task": 1, "train": 9, "test": 9}} for name in ("a", "a-b")],
                "models": [{"name": name, "pretrained": "a/b", "revision": "c"} for name in ("x", "b-x")],
            },
            ["'b-x' on 'a' and 'x' on 'a-b' would both be a-b-x in names of files; rename one"],
        ),
        ({"datasets": ["babi-7"]}, ["'babi-7' is not a known dataset", "babi-1", "Did you mean"]),
        (
            {"datasets": [{"name": "babi-1", "models": {"bilstm-atention": {"recipe": {"epochs": 3}}}}]},
            ["datasets[0].models: unknown model 'bilstm-atention'", "Did you mean 'bilstm-attention'?"],
        ),
        (
            {"datasets": [{"name": "babi-1", "models": {"bilstm-attention": {"architecture": {"vectors": "glov"}}}}]},
            ["architecture.vectors: 'glov' is not known", "glove-6b-50d"],
        ),
        ({"models": ["bilstm"]}, ["models", "'bilstm'", "bilstm-attention"]),
        ({"models": [{"name": "mine", "clas": "a.py:B"}]}, ["Allowed: class, explainers,", "Did you mean 'class'?"]),
        (
            {"models": [{"name": "bilstm-attention", "parameters": {"a": 1}}]},
            ["'bilstm-attention' takes no `parameters`"],
        ),
        (
            {"datasets": [{"name": "babi-1", "models": {"roberta-base": {"architecture": {"hidden_width": 3}}}}]},
            ["roberta-base takes no `architecture`, only bilstm-attention does"],
        ),
        (
            {"datasets": [{"name": "babi-1", "replace": [{"pattern": "(a", "by": ""}]}]},
            ["datasets[0].replace[0].pattern: '(a' is no regular expression: missing )"],
        ),
        (
            {"datasets": [{"name": "babi-1", "words": {"blank_out": "a{9999999999}"}}]},
            ["datasets[0].words.blank_out", "the repetition number is too large"],
        ),
        *(
            (
                {"datasets": [{"name": "babi-1", "replace": [{"pattern": "(a)", "by": by}]}]},
                [f"datasets[0].replace[0]: '{by}' cannot take the place of '(a)': {why}"],
            )
            for by, why in {r"\2": "invalid group reference 2", r"\g<b>": "unknown group name 'b'"}.items()
        ),
        *(({"results": results}, ["results: name a folder"]) for results in ("", ".", "./")),
        ({"models": ["transformer"]}, ["models[0]: unknown model 'transformer'", "roberta-base", "`pretrained`"]),
        ({"models": ["roberta-bse"]}, ["unknown model 'roberta-bse'", "Did you mean 'roberta-base'?"]),
        ({"models": [{"name": "mine", "pretrained": "no/folder"}]}, ["no/folder", "not a folder", "`revision`"]),
        ({"models": [{"name": "bilstm-attention", "revision": "c"}]}, ["no `pretrained`"]),
        (
            {"datasets": [{"name": "babi-1", "models": {"roberta-base": 3}}]},
            ["datasets[0].models.roberta-base", "valid dictionary or instance of Fitting"],
        ),
        ({"models": [{"name": "word", "pretrained": "a/b", "revision": "c"}]}, ["cannot be called 'word'"]),
        (
            {"models": [{"name": "roberta-base", "subwords": {"pairs": "papr"}}]},
            ["models[0].subwords.pairs", "Did you mean 'paper'?"],
        ),
        (
            {"explainers": ["random", "attention-rollout"], "models": ["roberta-base", "bilstm-attention"]},
            ["explainers, attention-rollout: it needs the attention of every token", "bilstm-attention does not offer"],
        ),
        ({"explain_splits": ["test"]}, ["importance of train and validation is needed too", "'protocols: []'"]),
        ({"explain_splits": ["tset"], "protocols": []}, ["explain_splits[0]", "Did you mean 'test'?"]),
        ({"explain_splits": [], "protocols": []}, ["explain_splits", "at least 1 item"]),
        (
            {"models": [{"name": "bilstm-attention", "explainers": ["random", "atention"]}]},
            ["models, bilstm-attention: 'atention' is not among the study's explainers", "Did you mean 'attention'?"],
        ),
        ({"explainers": [{"name": "chance", "method": "random"}]}, ["compare with the one named 'random'"]),
        ({"explainers": [{"name": "random", "method": "gradient"}]}, ["give yours another name"]),
        ({"seeds": 3}, ["seeds", "3"]),
        ({"seeds": [-1]}, ["seeds[0]", "-1"]),
        ({"target": "god"}, ["target", "'god'", "Did you mean 'gold'?"]),
        ({"datasets": None}, ["datasets", "required"]),
    ],
    ids=str,
)
def test_a_bad_configuration_is_refused_in_one_message(changes, words) -> None:
    message = refused(**changes)
    for word in words:
        assert word in message


@pytest.mark.parametrize("results", ["mine/all/", "./mine/all", "mine//./all"])
def test_results_have_one_spelling(results: str) -> None:
    study = load_study({**GOOD, "results": results})
    assert study.results == "mine/all"
    assert plan.metrics_files(study)[0].startswith("mine/all/baseline/")


@pytest.mark.parametrize(("there", "missing"), [("normal.npy", "vectors.npy"), ("vectors.npy", "vectors.vocab")])
def test_an_absent_file_of_word_vectors_is_refused(there: str, missing: str, tmp_path: Path) -> None:
    (tmp_path / there).touch()
    architecture = {"vectors": str(tmp_path / "vectors.npy")}
    message = refused(datasets=[{"name": "babi-1", "models": {"bilstm-attention": {"architecture": architecture}}}])
    assert f"models.bilstm-attention.architecture.vectors needs '{tmp_path}/{missing}', which is not a file" in message


def test_a_transformer_of_the_catalog_brings_the_published_recipe() -> None:
    study = load_study({**GOOD, "datasets": ["babi-1", "sst"], "models": ["roberta-base"], "explainers": ["random"]})
    babi, sst = (study.fitting(name, "roberta-base").recipe for name in ("babi-1", "sst"))
    assert (babi.epochs, babi.select, sst.epochs, sst.select) == (8, "accuracy", 3, "auroc")
    for recipe in (babi, sst):
        assert (recipe.batch_size, recipe.optimizer, recipe.learning_rate, recipe.betas) == (
            16,
            "adamw",
            2e-5,
            (0.9, 0.98),
        )
        assert (recipe.weight_decay, recipe.warm_up, recipe.precision) == (0.01, 0.06, "float32")
    assert study.model("roberta-base").on_hub
    assert study.model("roberta-base").subwords.maximum_tokens == 512


def test_a_model_may_be_explained_by_some_of_the_explainers() -> None:
    study = load_study({**GOOD, "models": ["bilstm-attention", {"name": "roberta-base", "explainers": ["random"]}]})
    assert [(cell.model, cell.explainer) for cell in plan.cells(study)] == [
        ("bilstm-attention", "random"),
        ("bilstm-attention", "attention"),
        ("roberta-base", "random"),
    ]


def test_random_is_shared_by_the_protocols_unless_it_is_drawn_anew() -> None:
    protocols = ["recursive-roar", "roar"]
    for entry, folders in (["random", {"roar"}], [{"name": "random", "redraw": True}, set(protocols)]):
        study = load_study({**GOOD, "explainers": [entry], "protocols": protocols, "results": "r"})
        assert {plan.chain(study, cell).parts[1] for cell in plan.cells(study)} == folders


def test_recipes_of_the_family_and_of_one_transformer_are_laid_over_each_other() -> None:
    fittings = {"transformer": {"recipe": {"epochs": 5}}, "mine": {"recipe": {"learning_rate": 1e-4}}}
    models = ["roberta-base", {"name": "mine", "pretrained": "a/b", "revision": "c"}]
    entry = {"name": "babi-1", "models": fittings}
    study = load_study({**GOOD, "datasets": [entry], "models": models, "explainers": ["random"]})
    recipes = [study.fitting("babi-1", name).recipe for name in ("roberta-base", "mine")]
    assert [(recipe.epochs, recipe.learning_rate) for recipe in recipes] == [(5, 2e-5), (5, 1e-4)]


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    (tmp_path / "pytorch_model.bin").touch()
    message = refused(models=[{"name": "mine", "pretrained": str(tmp_path)}], explainers=["random"])
    assert "no weights as safetensors" in message
    (tmp_path / "model.safetensors").touch()
    load_study({**GOOD, "models": [{"name": "mine", "pretrained": str(tmp_path)}], "explainers": ["random"]})


def test_an_absent_file_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    (tmp_path / "test.csv").touch()
    files = {"train": str(tmp_path / "trian.csv"), "test": str(tmp_path / "test.csv")}
    message = refused(datasets=[{"name": "mine", "files": files}])
    assert "files.train" in message
    assert "trian.csv" in message
    assert "Did you mean 'train.csv'?" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": ["a"]},
        {"datasets": ["babi-7"]},
        {"explainers": ["atention"]},
        {"datasets": [{"name": "babi-1", "models": {"transformer": {"recipe": {"epoch": 3}}}}]},
    ],
    ids=str,
)
def test_one_mistake_is_one_line(changes) -> None:
    _title, *problems = refused(**changes).splitlines()
    assert len(problems) == 1
    assert not problems[0].endswith("..")


def test_every_problem_is_named_at_once() -> None:
    message = refused(target="god", seeds=3)
    assert "target" in message
    assert "seeds" in message


def test_a_study_without_rounds_asks_for_importance_alone() -> None:
    study = load_study({**GOOD, "seeds": [0, 1], "protocols": [], "explain_splits": ["test"]})
    assert plan.metrics_files(study) == []
    folders = [f"results/baseline/babi-1/bilstm-attention/seed{seed}/importance" for seed in (0, 1)]
    assert plan.importance_files(study) == [
        f"{folder}/{name}/test.parquet" for folder in folders for name in ("random", "attention")
    ]
    assert plan.importance_files(load_study(GOOD)) == []


def test_rounds_of_the_ladders() -> None:
    fifths = Ladder(name="relative", step=20, last=100)
    assert {number: amount.value for number, amount in fifths.amounts().items()} == {1: 20, 2: 40, 3: 60, 4: 80}
    assert fifths.ends_fully_masked
    tokens = Ladder(name="absolute", step=1, last=3)
    assert [amount.value for amount in tokens.amounts().values()] == [1, 2, 3]
    assert not tokens.ends_fully_masked


def test_each_explainer_but_random_gets_each_control() -> None:
    explainers = ["random", {"name": "ig", "method": "integrated-gradient", "steps": 3}, "mutual-information"]
    study = load_study({**GOOD, "explainers": explainers, "controls": ["negated", {"name": "blurred", "window": 7}]})
    controls = {explainer.name: explainer.control_of for explainer in study.explainers if explainer.control_of}
    assert controls == {
        f"{base}-{control}": base for base in ("ig", "mutual-information") for control in ("negated", "blurred")
    }
    assert study.explainer("ig").control_of is None
    assert study.explainer("ig-blurred").arguments == {"window": 7}
    assert study.explainer("ig-blurred").base == study.explainer("ig")


def test_a_control_obeys_the_rules_of_its_explainer() -> None:
    message = refused(explainers=["random", "mutual-information"], controls=["negated"], target="predicted")
    assert "mutual-information reads the gold labels" in message
    message = refused(controls=["negated"], explainers=["attention", {"name": "attention-negated", "method": "lime"}])
    assert "attention-negated is named more than once" in message


def test_names_that_a_file_system_may_not_tell_apart_are_refused() -> None:
    message = refused(explainers=["random", "lime", {"name": "LIME", "method": "lime"}])
    assert "LIME, lime is named more than once" in message
    assert "not in capitals alone" in message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("permutd", "Did you mean 'permuted'?"),
        ({"name": "blurred", "window": 4}, "controls[0].window: a window has a middle, so give an odd number"),
        ({"name": "negated", "window": 3}, "negated has no window"),
        ({"name": "blurred", "windw": 3}, "Did you mean 'window'?"),
    ],
)
def test_a_mistaken_control_says_what_is_allowed(entry, message) -> None:
    assert message in refused(controls=[entry])


def test_nobody_writes_the_base_of_a_control_by_hand() -> None:
    assert "unknown key 'base'" in refused(explainers=[{"name": "lime", "base": {"name": "attention"}}])


def test_a_precision_that_no_number_of_seeds_can_reach_is_refused() -> None:
    precise = {"precision": 0.05, "max_seeds": 2}
    assert "needs 'random'" in refused(statistics=precise, explainers=["attention"])
    assert "and one more" in refused(statistics=precise, explainers=["random"])
    assert "needs rounds" in refused(statistics=precise, protocols=[])
    assert "needs the ladder 'relative'" in refused(statistics=precise, ladders=["absolute"])
    assert "2 is less than the 3 of `seeds`" in refused(statistics=precise, seeds=[0, 1, 2])
