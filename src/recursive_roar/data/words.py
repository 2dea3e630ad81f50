"""The word-level tokeniser of the BiLSTM (Madsen et al. 2022, published code: vocabulary from the training split)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

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
    vocabulary.
    """
    split = splitter(settings)
    texts = {name: [split(text) for text in table["text"].to_pylist()] for name, table in tables.items()}
    pairs = {
        name: [split(text) for text in table["pair_text"].to_pylist()]
        for name, table in tables.items()
        if "pair_text" in table.column_names
    }
    known = vocabulary(_documents(texts["train"], pairs.get("train")), settings.minimum_document_frequency)
    number = {word: index for index, word in enumerate(known)}
    tokens = {name: _token_table(table, texts[name], pairs.get(name), number) for name, table in tables.items()}
    return tokens, known


def _documents(texts: list[list[Word]], pairs: list[list[Word]] | None) -> Iterable[list[Word]]:
    """A text and its partner together are one document."""
    return texts if pairs is None else [text + pair for text, pair in zip(texts, pairs, strict=True)]


def _token_table(
    table: pa.Table, texts: list[list[Word]], pairs: list[list[Word]] | None, number: Mapping[str, int]
) -> pa.Table:
    columns = {
        "example_id": table["example_id"],
        "input_ids": pa.array([_encode(words, number) for words in texts], pa.list_(pa.int32())),
        "maskable": pa.array([[False, *[True] * len(words), False] for words in texts], pa.list_(pa.bool_())),
        "offsets": pa.array(
            [[(0, 0), *((start, end) for _, start, end in words), (0, 0)] for words in texts],
            pa.list_(pa.list_(pa.int32(), 2)),
        ),
        "label": table["label"],
    }
    if pairs is not None:
        columns["pair_ids"] = pa.array([_encode(words, number) for words in pairs], pa.list_(pa.int32()))
    return pa.table(columns).replace_schema_metadata(table.schema.metadata)


def _encode(words: Sequence[Word], number: Mapping[str, int]) -> list[int]:
    return [CLS, *(number.get(word, UNKNOWN) for word, _, _ in words), EOS]


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
