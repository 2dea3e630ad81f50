"""The word-level tokeniser of the BiLSTM (Madsen et al. 2022, published code: vocabulary from the training split)."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from recursive_roar.config.dataset import Splitting, Words


SPECIAL = ("[PAD]", "[CLS]", "[EOS]", "[MASK]", "[UNK]")
PAD, CLS, EOS, MASK, UNKNOWN = range(5)
BLANK = " "
DIGITS = "[DIGITS]"

Word = tuple[str, int, int]  # the word, where it starts and ends in the text
Splitter = Callable[[str], list[Word]]


def splitter(settings: "Splitting") -> Splitter:
    """A function from a text to its words with their places in the text.

    What `blank_out` matches becomes as many blanks, so that places stay true.
    """
    shown = _spelling(settings)
    blank_out = re.compile(settings.blank_out) if settings.blank_out else None
    split = _by_spacy() if settings.split == "spacy-english" else _by_blanks

    def words(text: str) -> list[Word]:
        if blank_out:
            text = blank_out.sub(lambda match: " " * len(match.group()), text)
        found = split(text)
        if settings.leading_blank and text[:1].isspace():
            found.insert(0, (BLANK, 0, len(text) - len(text.lstrip())))
        return [(shown(word), start, end) for word, start, end in found]

    return words


def rewriter(settings: "Splitting") -> Callable[[str], str]:
    """A function from a text to its words, joined by blanks."""
    words = splitter(settings)
    return lambda text: BLANK.join(word for word, _, _ in words(text))


def number_of_words(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """How many words between blanks each text has."""
    return pc.count_substring_regex(texts, r"[^\s\v]+")


def vocabulary(texts: Iterable[Sequence[Word]], minimum_document_frequency: int) -> list[str]:
    """Special tokens, then every word that occurs in enough documents, in order of first sight."""
    frequency: Counter[str] = Counter()
    for words in texts:
        frequency.update(list(dict.fromkeys(word for word, _, _ in words)))
    kept = [word for word, count in frequency.items() if count >= minimum_document_frequency]
    return [*SPECIAL, *(word for word in kept if word not in SPECIAL)]


def tokenize(tables: Mapping[str, pa.Table], settings: "Words") -> tuple[dict[str, pa.Table], list[str]]:
    """Each split as `[CLS] words [EOS]` ids, and the vocabulary of the training split.

    Everything but padding, `[CLS]` and `[EOS]` is maskable. In a paired dataset the partner's words share the
    vocabulary. Training texts are split twice, so that the words of one text at a time are in memory.
    """
    split = splitter(settings)
    known = vocabulary(_documents(tables["train"], split), settings.minimum_document_frequency)
    number = {word: index for index, word in enumerate(known)}
    return {name: _token_table(table, split, number) for name, table in tables.items()}, known


def _documents(table: pa.Table, split: Splitter) -> Iterator[list[Word]]:
    """The words of each example; a text and its partner together are one document."""
    columns = [table[name].to_pylist() for name in ("text", "pair_text") if name in table.column_names]
    for texts in zip(*columns, strict=True):
        yield [word for text in texts for word in split(text)]


def _token_table(table: pa.Table, split: Splitter, number: Mapping[str, int]) -> pa.Table:
    ids, places = _encode(table["text"], split, number)
    columns = {
        "example_id": table["example_id"],
        "input_ids": ids,
        "maskable": _but_first_and_last(ids),
        "offsets": places,
        "label": table["label"],
    }
    if "pair_text" in table.column_names:
        columns["pair_ids"], _ = _encode(table["pair_text"], split, number)
    return pa.table(columns).replace_schema_metadata(table.schema.metadata)


def _encode(texts: pa.ChunkedArray, split: Splitter, number: Mapping[str, int]) -> tuple[pa.ListArray, pa.ListArray]:
    """Ids of each text between `[CLS]` and `[EOS]`, and where each word starts and ends."""
    ids, places, ends = array("i"), array("i"), array("i", [0])
    for text in texts.to_pylist():
        words = split(text)
        ids.extend((CLS, *(number.get(word, UNKNOWN) for word, _, _ in words), EOS))
        places.extend((0, 0, *(place for _, start, end in words for place in (start, end)), 0, 0))
        ends.append(len(ids))
    pairs = pa.FixedSizeListArray.from_arrays(_int32(places), 2)
    return pa.ListArray.from_arrays(_int32(ends), _int32(ids)), pa.ListArray.from_arrays(_int32(ends), pairs)


def _but_first_and_last(ids: pa.ListArray) -> pa.ListArray:
    """True for every token of each text but `[CLS]` and `[EOS]`."""
    ends = ids.offsets.to_numpy()
    maskable = np.ones(len(ids.values), bool)
    maskable[ends[:-1]] = maskable[ends[1:] - 1] = False
    return pa.ListArray.from_arrays(ids.offsets, pa.array(maskable))


def _int32(values: "array[int]") -> pa.Array:
    return pa.array(np.frombuffer(values, np.int32), pa.int32())


def _spelling(settings: "Splitting") -> Callable[[str], str]:
    def shown(word: str) -> str:
        if settings.digits and any(character.isdigit() for character in word):
            return DIGITS
        return word.lower() if settings.lower_case else word

    return shown


def _by_blanks(text: str) -> list[Word]:
    """Blanks of ASCII alone: Keras, whose words the published IMDB has, keeps a no-break space within a word."""
    return [(match.group(), match.start(), match.end()) for match in re.finditer(r"\S+", text, re.ASCII)]


def _by_spacy() -> Splitter:
    import spacy

    tokenizer = spacy.blank("en").tokenizer

    def split(text: str) -> list[Word]:
        return [(token.text, token.idx, token.idx + len(token)) for token in tokenizer(text) if not token.is_space]

    return split
