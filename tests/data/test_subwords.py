"""Texts as ids of a pretrained tokeniser; the tiny one splits into words, and `aabb` into two pieces."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from encoders import SIZES, save_encoder

from recursive_roar.config.model import Subwords
from recursive_roar.data.subwords import SubwordTokenizer, TokenizerError, tokenize

STORY, QUESTION = "mary went to the kitchen", "where is mary ?"


@pytest.fixture(scope="module", params=["roberta", "bert"])
def folder(request, tmp_path_factory) -> Path:
    return save_encoder(request.param, tmp_path_factory.mktemp(request.param))


def table(texts: list[str], partners: list[str] | None = None) -> pa.Table:
    columns = {"example_id": list(range(len(texts))), "text": texts, "label": [0] * len(texts)}
    return pa.table({**columns, **({"pair_text": partners} if partners else {})})


def rows(folder: Path, texts: list[str], partners: list[str] | None = None, **settings) -> list[dict]:
    return SubwordTokenizer(folder, Subwords(**settings)).table(table(texts, partners)).to_pylist()


def pieces(folder: Path, ids: list[int]) -> list[str]:
    vocabulary = SubwordTokenizer(folder, Subwords()).vocabulary
    return [vocabulary[number].lower().strip("<>[]/") for number in ids]


def test_units_are_subwords_with_their_places_in_the_text(folder) -> None:
    text = "good aabb"
    (row,) = rows(folder, [text])
    assert [text[start:end] for start, end in row["offsets"]] == ["", "good", "aa", "bb", ""]
    assert row["maskable"] == [False, True, True, True, False]
    assert "text_length" not in row


def test_a_long_text_is_cut_and_keeps_its_end_token(folder) -> None:
    (short,), (row,) = rows(folder, ["good"]), rows(folder, ["good bad " * 40])
    assert len(row["input_ids"]) == 32  # the tokeniser's own limit
    assert row["input_ids"][-1] == short["input_ids"][-1]
    assert len(rows(folder, ["good bad " * 40], maximum_tokens=7)[0]["input_ids"]) == 7


def test_unknown_words_and_masks_of_the_text_are_maskable_but_its_end_tokens_are_not(folder) -> None:
    names = SubwordTokenizer(folder, Subwords()).tokenizer
    (row,) = rows(folder, [f"zzz {names.mask_token} {names.sep_token} good"])
    assert row["maskable"] == [False, True, True, False, True, False]


def test_of_a_pair_the_text_alone_is_maskable_and_has_places(folder) -> None:
    (row,) = rows(folder, [STORY], [QUESTION])
    own = [place for place, maskable in enumerate(row["maskable"]) if maskable]
    assert own == [1, 2, 3, 4, 5]
    assert row["text_length"] == 7
    assert [STORY[start:end] for start, end in row["offsets"] if end] == STORY.split()
    assert pieces(folder, row["input_ids"][row["text_length"] :])[-5:-1] == ["where", "is", "mary", "?"]


def test_a_long_text_never_costs_its_question(folder) -> None:
    long, short = rows(folder, ["mary moved back . " * 30, STORY], [QUESTION, QUESTION])
    assert len(long["input_ids"]) == 32
    assert long["input_ids"][-5:] == short["input_ids"][-5:]
    assert long["text_length"] == 32 - (len(short["input_ids"]) - short["text_length"])
    assert sum(long["maskable"]) == long["text_length"] - 2


def test_published_pairs_share_one_separator_and_lose_the_question_of_a_long_text(folder) -> None:
    long, short = rows(folder, ["mary moved back . " * 30, STORY], [QUESTION, QUESTION], pairs="paper")
    (alone,), (question,) = rows(folder, [STORY]), rows(folder, [QUESTION])
    assert short["input_ids"] == alone["input_ids"] + question["input_ids"][1:]
    assert short["text_length"] == len(alone["input_ids"])
    assert (len(long["input_ids"]), long["text_length"]) == (32, 32)
    assert long["maskable"] == [False, *[True] * 30, False]


def test_a_partner_that_leaves_no_room_is_refused_by_example(folder) -> None:
    with pytest.raises(TokenizerError, match="example 1: its pair text alone takes 40 of 32 tokens"):
        rows(folder, [STORY, STORY], [QUESTION, "is " * 40])


def test_an_empty_text_keeps_its_partner(folder) -> None:
    (row,) = rows(folder, [""], [QUESTION])
    assert row["text_length"] == 2
    assert not any(row["maskable"])


def test_the_vocabulary_names_ids_of_mask_and_padding(folder) -> None:
    tokens, vocabulary = tokenize({"train": table(["good"])}, folder, Subwords())
    assert vocabulary["words"][vocabulary["mask_id"]].lower().strip("<>[]") == "mask"
    assert vocabulary["words"][vocabulary["pad_id"]].lower().strip("<>[]") == "pad"
    assert vocabulary["words"][tokens["train"]["input_ids"][0][1].as_py()] == "good"


@pytest.mark.parametrize(
    ("kind", "own_limit", "config", "usable"),
    [
        ("bert", 1e30, {"max_position_embeddings": 32}, 32),
        ("roberta", 1e30, {"max_position_embeddings": 34}, 32),  # which it counts from 2 on
        ("mpnet", 1e30, {"max_position_embeddings": 34}, 32),
        ("modernbert", 1e30, {"max_position_embeddings": 40, "pad_token_id": 50283}, 40),
        ("bert", 512, {"max_position_embeddings": 16}, 16),
        ("bert", 12, {"max_position_embeddings": 16}, 12),
        ("xlnet", 1e30, {"d_head": 8}, Subwords().maximum_tokens),  # any number of positions
    ],
)
def test_a_text_is_as_long_as_both_tokeniser_and_positions_allow(kind, own_limit, config, usable, tmp_path) -> None:
    settings = save_encoder("bert", tmp_path) / "tokenizer_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "model_max_length": own_limit}))
    (tmp_path / "config.json").write_text(json.dumps({**SIZES, "vocab_size": 50368, "model_type": kind, **config}))
    assert SubwordTokenizer(tmp_path, Subwords()).maximum_tokens == usable


def test_a_folder_without_a_tokeniser_is_refused(tmp_path) -> None:
    with pytest.raises(TokenizerError, match="its tokeniser cannot be read"):
        SubwordTokenizer(tmp_path, Subwords())
