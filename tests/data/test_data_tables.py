"""Values of tables in local files, as they are written."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from recursive_roar.data import tables
from recursive_roar.data.formats import SourceError


def csv_of(folder: Path, content: str) -> dict[str, list]:
    (folder / "a.csv").write_text(content)
    return tables.comma_separated(folder / "a.csv").to_pydict()


def json_of(folder: Path, content: str) -> pa.Table:
    (folder / "a.json").write_text(content)
    return tables.json_objects(folder / "a.json")


def test_a_csv_is_read_as_it_is_written(tmp_path: Path) -> None:
    words = ["None", "null", "NA", "N/A", "nan", "007", "1.50", "true"]
    found = csv_of(tmp_path, "text,label\n" + "".join(f"{word},{word}\n" for word in words))
    assert found == {"text": words, "label": words}


def test_what_spreadsheets_leave_behind_is_no_part_of_a_csv(tmp_path: Path) -> None:
    assert csv_of(tmp_path, 'text,label,,\n\na,1,,\n,,,\n  \n"",2,,\n') == {"text": ["a", ""], "label": ["1", "2"]}


def test_quoted_fields_hold_commas_quotation_marks_and_lines(tmp_path: Path) -> None:
    found = csv_of(tmp_path, '\ufefftext,label\r\n"a, ""b""\nc",1\r\n\r\nd,2\r\n')
    assert found == {"text": ['a, "b"\nc', "d"], "label": ["1", "2"]}


def test_no_row_of_a_csv_changes_how_others_are_read(tmp_path: Path) -> None:
    labels = ["1"] * 11_000 + ["unknown", ""]
    found = csv_of(tmp_path, "text,label\n" + "".join(f"a,{label}\n" for label in labels))
    assert found["label"] == labels


def test_a_long_text_is_read(tmp_path: Path) -> None:
    assert csv_of(tmp_path, f"text,label\n{'a' * 200_000},1\n")["text"] == ["a" * 200_000]


def test_fields_that_a_row_lacks_at_its_end_are_empty(tmp_path: Path) -> None:
    assert csv_of(tmp_path, "text,label\na\nb,1\n") == {"text": ["a", "b"], "label": ["", "1"]}


@pytest.mark.parametrize("rows", ["b,1\nWell, it is good,2\n", "b,1\na,,\n", "c, d,2\n" * 2], ids=ascii)
def test_a_comma_too_many_is_refused_by_line(rows: str, tmp_path: Path) -> None:
    line = next(number for number, row in enumerate(rows.split("\n"), start=2) if row.count(",") == 2)
    with pytest.raises(SourceError, match=f"a.csv, line {line}: 3 fields, more than the 2.*in double quotes"):
        csv_of(tmp_path, f"text,label\n{rows}")


@pytest.mark.parametrize("row", ['1,"never closed\n2,b', '1,"so "good""', '"a" b,2'])
def test_a_quotation_mark_out_of_place_is_an_error(row: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a.csv cannot be read as csv: line .*quotation marks in it are written twic"):
        csv_of(tmp_path, f"label,text\n{row}\n")


@pytest.mark.parametrize("header", ["text;label", "text\tlabel"], ids=ascii)
def test_a_header_without_a_comma_is_refused(header: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a.csv: its first line holds no comma.*semicolons and tabs are not read"):
        csv_of(tmp_path, f"{header}\n")


def test_an_empty_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a.csv is empty"):
        csv_of(tmp_path, "\n")


def test_columns_that_nobody_asks_for_may_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,id,text\n1,2,a\n")
    found = tables.comma_separated(tmp_path / "a.csv")
    assert (found.column_names, found["text"].to_pylist()) == (["id", "id", "text"], ["a"])


def test_json_of_several_kinds_is_text_as_it_is_written(tmp_path: Path) -> None:
    texts = [r'"so \"good\"\nfilm"', "10", r'"\"quoted\""', '"null"', "null", "true", '"1.50"', r'"2020-01-01"']
    found = json_of(tmp_path, "".join(f'{{"text": {text}, "label": 1}}\n' for text in texts))
    assert found["text"].to_pylist() == [
        'so "good"\nfilm',
        "10",
        '"quoted"',
        "null",
        None,
        "True",
        "1.50",
        "2020-01-01",
    ]
    assert found["label"].type == pa.int64()


def test_dates_in_json_stay_as_they_are_written(tmp_path: Path) -> None:
    assert json_of(tmp_path, '{"text": "2020-01-01"}\n')["text"].to_pylist() == ["2020-01-01"]


@pytest.mark.parametrize("values", [["1", "[2]"], ['{"a": 1}', '{"a": "b"}']], ids=str)
def test_lists_and_mappings_among_others_stay_json(values: list[str], tmp_path: Path) -> None:
    found = json_of(tmp_path, "".join(f'{{"text": "a", "more": {value}}}\n' for value in [*values, "null"]))
    assert found["more"].type == pa.json_()
    assert found["more"].to_pylist() == [*values, None]


def test_json_objects_may_stand_one_after_the_other_in_any_way(tmp_path: Path) -> None:
    content = '{\n  "text": "a"\n}\n{\n  "text": "b"\n}{"text": "c"} {"text": "d"}'
    assert json_of(tmp_path, content)["text"].to_pylist() == ["a", "b", "c", "d"]


def test_json_is_one_object_a_line_or_one_list(tmp_path: Path) -> None:
    expected = [{"text": "a\u2028b", "label": 1}, {"text": "c", "label": None}]
    assert json_of(tmp_path, '{"text": "a\u2028b", "label": 1}\n\n{"text": "c"}').to_pylist() == expected
    assert json_of(tmp_path, '[{"text": "a\u2028b", "label": 1},\n {"text": "c"}]').to_pylist() == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\n{"text": "b"\n{"text": "c"}', "a.json, line 3: not JSON .*one object a line"),
        ('{"text": "a"}\n{\n"text": b\n}', "a.json, line 3: not JSON .*one object a line"),
        ('{\n"text": "a"\n}\n"b"\n', "a.json, line 4: not an object such as"),
        ('{"text": "a"}\n"b"\n', "a.json, line 2: not an object such as"),
        ('[{"text": "a"}, "b"]', "a.json, item 2: not an object such as"),
        ('[{"text": "a"}', "a.json, line 1: not JSON"),
    ],
)
def test_what_is_no_object_is_refused_by_line(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=message):
        json_of(tmp_path, content)


def test_class_labels_of_parquet_are_their_names(tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, -1]}, features).to_parquet(tmp_path / "a.parquet")
    found = tables.parquet(tmp_path / "a.parquet")
    assert found.to_pydict() == {"text": ["a", "b", "c"], "label": ["good", "bad", None]}
    assert found.schema.metadata is None


def test_parquet_may_have_columns_that_hugging_face_does_not_know(tmp_path: Path) -> None:
    pairs = pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))
    pq.write_table(pa.table({"text": ["a"], "more": pairs}), tmp_path / "a.parquet")
    assert tables.parquet(tmp_path / "a.parquet")["text"].to_pylist() == ["a"]
