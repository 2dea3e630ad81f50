"""What the page takes from a folder of results that earlier configurations of the study wrote to as well."""

from pathlib import Path

import pytest

from recursive_roar.artifacts import read_json, write_json
from recursive_roar.config import Study, load_study
from recursive_roar.heatmaps.content import without_examples
from recursive_roar.heatmaps.plan import heatmap_file
from recursive_roar.report.contents import read_contents
from recursive_roar.steps.heatmaps import collect_heatmaps

TEXT = "a patient's own words"
PRIVATE = {"name": "babi-2", "private": True}


def configured(results: Path, **changes) -> Study:
    content = {"results": str(results), "datasets": ["babi-1", PRIVATE], "explainers": ["random"], "seeds": [0]}
    return load_study(content | changes)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Heatmaps with text of both datasets."""
    study = configured(tmp_path, report={"private_text": True})
    for dataset in study.datasets:
        content = {**without_examples(study, dataset.name, "bilstm-attention"), "examples": [{"text": TEXT}]}
        write_json(heatmap_file(tmp_path / "heatmaps", dataset.name, "bilstm-attention"), content)
    return tmp_path


def shown(study: Study) -> list:
    return list(read_contents(study, Path(study.results, "scores"), Path("absent")).heatmaps)


def test_heatmaps_are_those_of_the_study(results) -> None:
    both = configured(results, report={"private_text": True})
    assert [group["dataset"] for group in shown(both)] == ["babi-1", "babi-2"]
    assert TEXT in str(shown(both)[1])
    assert [group["dataset"] for group in shown(configured(results, datasets=["babi-1"]))] == ["babi-1"]
    assert shown(configured(results, report={"examples": 0, "private_text": True})) == []
    assert shown(configured(results / "elsewhere")) == []


def test_private_text_of_an_earlier_run_is_withheld_as_if_the_heatmaps_were_collected_anew(results, tmp_path) -> None:
    study = configured(results)
    public, private = shown(study)
    collect_heatmaps(study, tmp_path / "anew")
    assert private == read_json(tmp_path / "anew/babi-2-bilstm-attention.json")
    assert private["withheld"] and TEXT in str(public) and TEXT not in str(private)
