from pathlib import Path

import pytest

from recursive_roar.data.formats import SourceError, detect


def test_the_extension_tells_a_table(tmp_path: Path) -> None:
    for name, kind in {"a.csv": "csv", "a.jsonl": "json", "a.json": "json", "a.PARQUET": "parquet"}.items():
        (tmp_path / name).touch()
        assert detect(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("name", "line", "kind"),
    [
        ("train.txt", "(3 (2 It) (4 works))", "sst"),
        ("qa1_train.txt", "1 Mary moved to the garden.", "babi"),
        ("snli.jsonl", '{"gold_label": "-", "sentence1": "A", "sentence2": "B"}', "snli"),
        ("own.jsonl", '{"gold_label": "yes", "text": "A"}', "json"),
        ("broken.jsonl", "{", "json"),
    ],
)
def test_the_first_line_tells_what_the_name_leaves_open(tmp_path: Path, name: str, line: str, kind: str) -> None:
    (tmp_path / name).write_text(line + "\n")
    assert detect(tmp_path / name) == kind


def test_a_folder_of_reviews(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="folders neg and pos"):
        detect(tmp_path)
    for name in ("neg", "pos", "unsup"):
        (tmp_path / name).mkdir()
    assert detect(tmp_path) == "imdb"


def test_a_text_of_neither_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reviews.txt").write_text("A fine film\n")
    with pytest.raises(SourceError, match=r"reviews.txt.*trees of SST.*stories of bAbI.*`format` names one of"):
        detect(tmp_path / "reviews.txt")


def test_tabs_between_fields_are_refused_with_what_to_save_instead(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a.tsv: tabs between fields are not read; save it with commas"):
        detect(tmp_path / "a.tsv")
