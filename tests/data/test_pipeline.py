"""From files to token ids."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import enable_progress_bars

from recursive_roar.config import load_study
from recursive_roar.config.dataset import Dataset, Files, Hub, Words
from recursive_roar.data import sources
from recursive_roar.data.preparation import PreparationError, prepare
from recursive_roar.data.sources import SourceError
from recursive_roar.data.words import SPECIAL, splitter, tokenize

REVIEWS = {
    "review": ["Good film .", "Bad film .", "Good , good", "So bad"] * 5,
    "stars": ["yes", "no", "yes", "no"] * 5,
}


def dataset(**settings) -> Dataset:
    files = {"train": "a.csv", "test": "b.csv"}
    return Dataset.model_validate({"name": "mine", "files": files, "models": {}, **settings})


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_local_files_of_each_format(tmp_path: Path, kind: str) -> None:
    table = pa.table(REVIEWS)
    path = tmp_path / f"reviews.{kind}"
    frame = table.to_pandas()
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: pq.write_table(table, path),
    }[kind]()
    tables = sources.local(Files(train=str(path), validation=None, test=str(path)))
    assert tables["train"].to_pydict() == REVIEWS
    prepared = prepare(dataset(text="review", label="stars"), tables)
    assert {split: len(table) for split, table in prepared.items()} == {"train": 17, "validation": 3, "test": 20}
    assert prepared["test"]["label"].to_pylist()[:2] == [1, 0]
    metadata = prepared["test"].schema.metadata
    assert json.loads(metadata[b"label_names"]) == ["no", "yes"]
    assert json.loads(metadata[b"provenance"])["source"] == "local files"
    ids = [number for table in prepared.values() for number in table["example_id"].to_pylist()]
    assert ids == list(range(40))


def test_a_file_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "reviews.parquet"
    path.write_text("not parquet")
    with pytest.raises(SourceError, match="reviews.parquet cannot be read as parquet"):
        sources.local(Files(train=str(path), validation=None, test=str(path)))
    with pytest.raises(SourceError, match="unknown format '.cvs'.*'.csv'"):
        sources.local(Files(train="a.cvs", validation=None, test="b.cvs"))


def test_reading_a_local_file_draws_no_progress_bar(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,label\na,0\n")
    enable_progress_bars()
    sources.local(Files(train=str(path), test=str(path)))
    assert capfd.readouterr().err == ""


def test_a_hub_dataset_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr("datasets.load_dataset", unreachable)
    with pytest.raises(SourceError, match="SetFit/sst2.*no route.*network access.*snakemake fetch.*files"):
        sources.hub(Hub(id="SetFit/sst2", revision="abc", configuration=None))


def test_a_misspelt_column_is_refused_with_the_nearest_name() -> None:
    tables = {split: pa.table(REVIEWS) for split in ("train", "test")}
    with pytest.raises(PreparationError, match="no column 'reviews'.*'review'"):
        prepare(dataset(text="reviews", label="stars"), tables)


def test_an_unknown_label_of_another_split_is_refused() -> None:
    tables = {"train": pa.table(REVIEWS), "test": pa.table({"review": ["x"], "stars": ["maybe"]})}
    with pytest.raises(PreparationError, match="unknown label 'maybe'"):
        prepare(dataset(text="review", label="stars"), tables)


def test_the_validation_split_hangs_on_its_seed_and_shares_no_example() -> None:
    tables = {
        split: pa.table({"text": [str(n) for n in range(20)], "label": [0, 1] * 10}) for split in ("train", "test")
    }
    first, again, other = (prepare(dataset(validation={"share": 0.25, "seed": seed}), tables) for seed in (0, 0, 1))
    assert first["validation"].equals(again["validation"])
    assert first["validation"]["text"] != other["validation"]["text"]
    assert len(set(first["train"]["text"].to_pylist()) | set(first["validation"]["text"].to_pylist())) == 20


def tables_of(train: list[str], test: list[str]) -> dict[str, pa.Table]:
    return {
        split: pa.table({"example_id": list(range(len(texts))), "text": texts, "label": [0] * len(texts)})
        for split, texts in (("train", train), ("validation", test), ("test", test))
    }


def test_the_vocabulary_is_that_of_the_training_split_in_order_of_first_sight() -> None:
    tokens, words = tokenize(tables_of(["b a b", "a c"], ["a d"]), Words(split="blank"))
    assert words == [*SPECIAL, "b", "a", "c"]
    assert tokens["train"]["input_ids"].to_pylist() == [[1, 5, 6, 5, 2], [1, 6, 7, 2]]
    assert tokens["test"]["input_ids"].to_pylist() == [[1, 6, 4, 2]]
    assert tokens["test"]["maskable"].to_pylist() == [[False, True, True, False]]


def test_a_partner_is_what_is_read_beside_the_text() -> None:
    tables = {
        split: table.append_column("pair_text", pa.array(["c a c"] * len(table)))
        for split, table in tables_of(["b a b", "a c"], ["a d"]).items()
    }
    tokens, words = tokenize(tables, Words(split="blank"))
    assert words == [*SPECIAL, "b", "a", "c"]
    assert tokens["test"]["input_ids"].to_pylist() == [[1, 6, 4, 2]]
    assert tokens["test"]["pair_ids"].to_pylist() == [[1, 7, 6, 7, 2]]


def test_words_in_too_few_documents_are_unknown() -> None:
    _, words = tokenize(tables_of(["b a b", "a c"], ["a d"]), Words(split="blank", minimum_document_frequency=2))
    assert words == [*SPECIAL, "a"]


def test_places_of_words_are_places_in_the_text() -> None:
    text = "It is n't -LRB- really -RRB- bad , said Ann"
    words = splitter(Words(split="spacy-english", blank_out=r"-LRB-|-RRB-|\W"))(text)
    assert [word for word, _, _ in words] == ["it", "is", "n", "t", "really", "bad", "said", "ann"]
    assert all(text[start:end].lower() == word for word, start, end in words)


def test_blanks_before_the_first_word_can_be_a_word() -> None:
    words = splitter(Words(split="spacy-english", blank_out=r"\W", leading_blank=True))
    assert words("`` Fun ''") == [(" ", 0, 3), ("fun", 3, 6)]
    assert words("Fun !") == [("fun", 0, 3)]


def test_sst_has_its_published_size(real_data: Path) -> None:
    files = {split: str(real_data / f"sst/{split}.parquet") for split in ("train", "validation", "test")}
    study = load_study({"datasets": [{"name": "sst", "files": files}], "explainers": ["random"], "seeds": [0]})
    sst = study.dataset("sst")
    prepared = prepare(sst, sources.local(sst.files))
    assert {split: len(table) for split, table in prepared.items()} == {"train": 6579, "validation": 848, "test": 1776}
    _, words = tokenize(prepared, sst.words)
    assert len(words) == 13_766


def test_imdb_has_its_published_sizes(real_data: Path) -> None:
    files = {split: str(real_data / f"imdb/{split}.parquet") for split in ("train", "test")}
    study = load_study({"datasets": [{"name": "imdb", "files": files}], "explainers": ["random"], "seeds": [0]})
    imdb = study.dataset("imdb")
    prepared = prepare(imdb, sources.local(imdb.files))
    assert {split: len(table) for split, table in prepared.items()} == {
        "train": 17_212,
        "validation": 4_304,
        "test": 4_362,
    }
    assert imdb.published.index == int(prepared["train"].schema.metadata[b"different_words"]) == 88_582


def test_snli_has_its_published_validation_and_test_sizes(real_data: Path) -> None:
    files = {"train": "train_subset", "validation": "validation", "test": "test_raw"}
    entry = {"name": "snli", "files": {split: str(real_data / f"snli/{name}.parquet") for split, name in files.items()}}
    study = load_study(
        {"datasets": [{**entry, "text": "sentence1", "pair_text": "sentence2"}], "explainers": ["random"], "seeds": [0]}
    )
    snli = study.dataset("snli")
    prepared = prepare(snli, sources.local(snli.files))
    assert (len(prepared["validation"]), len(prepared["test"])) == (9_842, 9_824)
    labels = prepared["test"]["label"].to_pylist()
    assert [labels.count(number) for number in range(3)] == [3_368, 3_219, 3_237]


def test_original_formats_are_read_by_what_they_are(tmp_path: Path) -> None:
    stories = tmp_path / "qa1.txt"
    lines = ["Mary moved to the garden.", "John went to the office.", "Where is John? \toffice\t2"]
    lines.append("Where is Mary? \tgarden\t1")
    stories.write_text("".join(f"{number} {line}\n" for number, line in enumerate(lines, start=1)))
    tables = sources.local(Files(train=str(stories), test=str(stories)))
    babi = load_study({"datasets": ["babi-1"], "explainers": ["random"], "seeds": [0]}).dataset("babi-1")
    prepared = prepare(babi, {**tables, "validation": tables["test"]})
    text = "Mary moved to the garden . John went to the office"
    assert prepared["train"].select(["text", "pair_text", "support"]).to_pylist() == [
        {"text": text, "pair_text": "Where is John", "support": [1]},
        {"text": text, "pair_text": "Where is Mary", "support": [0]},
    ]


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"gold_label": "neutral", "sentence1": "A", "sentence2": "B"}\n')
    told, named = (sources.local(Files(train=str(path), test=str(path), format=kind)) for kind in (None, "json"))
    assert told["train"].column_names == ["premise", "hypothesis", "label"]
    assert named["train"].column_names == ["gold_label", "sentence1", "sentence2"]


def texts_of(table: pa.Table) -> list[str]:
    return table["text"].to_pylist()


def test_the_length_of_a_text_has_two_ends() -> None:
    table = pa.table({"text": ["a", "a b", "a b c", "a b c d"], "label": [0, 1, 0, 1]})
    tables = dict.fromkeys(("train", "validation", "test"), table)
    prepared = prepare(dataset(minimum_words=2, maximum_words=3), tables)
    assert [texts_of(table) for table in prepared.values()] == [["a b", "a b c"]] * 3


def test_a_share_of_the_test_split_is_kept() -> None:
    table = pa.table({"text": [str(number) for number in range(20)], "label": [0, 1] * 10})
    tables = dict.fromkeys(("train", "validation", "test"), table)
    first, again, other = (
        texts_of(prepare(dataset(test={"share": 0.2, "seed": seed}), tables)["test"]) for seed in (0, 0, 1)
    )
    assert len(first) == 4
    assert first == again != other


def test_words_that_the_training_file_lacks_are_dropped() -> None:
    texts = {"train": ["a b", "c"], "validation": ["b x", "a"], "test": ["x a c", "c y"]}
    tables = {split: pa.table({"text": text, "label": [0, 1]}) for split, text in texts.items()}
    prepared = prepare(dataset(known_words_only=True), tables)
    assert [texts_of(table) for table in prepared.values()] == [["a b", "c"], ["b", "a"], ["a c", "c"]]
    assert prepared["train"].schema.metadata[b"different_words"] == b"3"


def test_examples_without_a_label_are_dropped_only_if_asked() -> None:
    table = pa.table({"text": ["a", "b", "c"], "label": ["yes", None, "no"]})
    tables = dict.fromkeys(("train", "validation", "test"), table)
    assert texts_of(prepare(dataset(drop_unlabelled=True), tables)["test"]) == ["a", "c"]
    with pytest.raises(PreparationError, match="'label' is empty in 1 of 3 examples.*`drop_unlabelled: true`"):
        prepare(dataset(), tables)


def test_a_rewritten_text_is_its_words() -> None:
    table = pa.table({"text": ["Don't take 5mg!", "Well."], "label": [0, 1]})
    prepared = prepare(
        dataset(rewrite={"split": "spacy-english", "digits": True}),
        dict.fromkeys(("train", "validation", "test"), table),
    )
    assert texts_of(prepared["train"]) == ["do n't take [DIGITS] mg !", "well ."]


def test_a_no_break_space_divides_no_words() -> None:
    assert [word for word, _, _ in splitter(Words(split="blank"))("a\u00a0b c\td")] == ["a\u00a0b", "c", "d"]
