"""Atomic, verified reading and writing of every file that a step makes.

Each file carries a SHA-256 of itself in its own metadata: a field of fixed width that is hashed as zeros and then
filled in. So a file stays ordinary Parquet, JSON or safetensors for other tools, no second file can be lost or go
stale, and any changed or missing byte is noticed when the file is read.
"""

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursive_roar.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import torch

_FIELD = "recursive-roar-sha256"
_MARK = b"sha256:"
_WIDTH = 64
_EMPTY = _MARK.decode() + "0" * _WIDTH

READABLE, OWNER_ONLY = 0o644, 0o600


class DamagedArtifactError(UserError):
    """A file that is missing bytes, was changed after it was written, or was not written by this package."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}. Delete this file and run the same command again: "
            "it is made anew, with everything that depends on it."
        )


def write_table(path: Path, table: "pa.Table") -> None:
    """Write a table as zstd-compressed Parquet; the schema's metadata is kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", **_encodings(table.schema)) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({_FIELD: _EMPTY})
    _publish(path, sink.getvalue().to_pybytes())


def read_table(path: Path) -> "pa.Table":
    """Read a table written by `write_table`.

    Raises:
        DamagedArtifactError: the file is truncated, altered or foreign.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # `pq.read_table` reads through pyarrow's dataset scanner, whose threads now and then abort a process that ends.
    return pq.ParquetFile(pa.BufferReader(_verified(path))).read(use_threads=False)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object; keys keep their order."""
    text = json.dumps({**content, _FIELD: _EMPTY}, indent=1, allow_nan=False)
    _publish(path, text.encode() + b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read an object written by `write_json`.

    Raises:
        DamagedArtifactError: the file is truncated, altered or foreign.
    """
    content: dict[str, Any] = json.loads(_verified(path))
    del content[_FIELD]
    return content


def write_tensors(path: Path, tensors: "Mapping[str, torch.Tensor]", settings: Mapping[str, Any]) -> None:
    """Write named tensors as safetensors, with JSON `settings` beside them in the header."""
    from safetensors.torch import save_file

    metadata = {_FIELD: _EMPTY, "settings": json.dumps(settings)}
    with _replacing(path) as partial:
        # A training state takes gigabytes, so tensors go to the file without a copy of them all in memory.
        save_file(dict(_apart(tensors)), partial, metadata)
        _fill_in_digest(partial)


def read_tensors(path: Path) -> "tuple[dict[str, torch.Tensor], dict[str, Any]]":
    """Read tensors and settings written by `write_tensors`.

    Raises:
        DamagedArtifactError: the file is truncated, altered or foreign.
    """
    from safetensors.torch import load

    data = _verified(path)
    header_length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_length])
    return load(data), json.loads(header["__metadata__"]["settings"])


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a text for people (a page, a figure) atomically, for its owner alone if private; never read back."""
    _replace(path, text.encode(), mode=OWNER_ONLY if private else READABLE)


def write_bytes(path: Path, data: bytes) -> None:
    """Write what other programs read (CSV, PDF, PNG) atomically; such files are never read back."""
    _replace(path, data)


def write_array(path: Path, array: "np.ndarray") -> None:
    """Write word vectors as .npy atomically; a format of other tools, which has no place for a checksum."""
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    _replace(path, buffer.getvalue())


def _apart(tensors: "Mapping[str, torch.Tensor]") -> "Iterator[tuple[str, torch.Tensor]]":
    """Contiguous; copied are those that share memory with an earlier one, as tied weights do: safetensors refuses."""
    taken: set[int] = set()
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        yield name, tensor.clone().contiguous() if storage in taken else tensor.contiguous()
        taken.add(storage)


def _encodings(schema: "pa.Schema") -> dict[str, list[str]]:
    """No dictionaries for numbers that hardly repeat, but bytes of equal weight together: importance takes half."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    leaves = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    columns = [leaves.column(index) for index in range(len(leaves.names))]
    numbers = [column.path for column in columns if column.physical_type in ("FLOAT", "DOUBLE")]
    others = [column.path for column in columns if column.path not in numbers]
    return {"use_byte_stream_split": numbers, "use_dictionary": others}


def _publish(path: Path, data: bytes) -> None:
    """Fill the hash field and write atomically."""
    start = _own_field_start(path, data)
    digest = hashlib.sha256(data).hexdigest().encode()
    whole = memoryview(data)  # nothing is copied
    _replace(path, whole[:start], digest, whole[start + _WIDTH :])


def _fill_in_digest(file: Path) -> None:
    """Fill the hash field in the header of a safetensors file."""
    with file.open("r+b") as content:
        length = content.read(8)
        start = _own_field_start(file, length + content.read(int.from_bytes(length, "little")))
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(start)
        content.write(digest.encode())


def _own_field_start(path: Path, data: bytes) -> int:
    """Where the hash digits begin in what this module is about to write."""
    start = _field_start(data)
    if start is None:
        raise AssertionError(f"{path}: the content holds the hash field's own mark")
    return start


def _verified(path: Path) -> bytes:
    """The bytes of a file whose hash field matches its content."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise DamagedArtifactError(path, "the file does not exist") from None
    start = _field_start(data)
    if start is None:
        raise DamagedArtifactError(path, "the file is truncated or was not written by this package")
    whole, digest = memoryview(data), hashlib.sha256()
    for part in (whole[:start], b"0" * _WIDTH, whole[start + _WIDTH :]):
        digest.update(part)
    if digest.hexdigest().encode() != data[start : start + _WIDTH]:
        raise DamagedArtifactError(path, "the content does not match its checksum, so it was truncated or altered")
    return data


def _field_start(data: bytes) -> int | None:
    """Where the hash digits begin; None unless the mark occurs exactly once after the field's name."""
    field = data.find(_FIELD.encode())
    start = data.find(_MARK, field) + len(_MARK)
    alone = field >= 0 and start >= len(_MARK) and data.count(_FIELD.encode()) == 1
    return start if alone and start + _WIDTH <= len(data) else None


def _replace(path: Path, *parts: "bytes | memoryview", mode: int = READABLE) -> None:
    """Write a file atomically."""
    with _replacing(path, mode) as partial, partial.open("wb") as file:
        for part in parts:
            file.write(part)


@contextmanager
def _replacing(path: Path, mode: int = READABLE) -> Iterator[Path]:
    """A neighbour of `path` to write to; once written it is forced to disk and renamed into place."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".{path.name}.*.partial"):
        leftover.unlink(missing_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        yield Path(name)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.chmod(name, mode)
    os.replace(name, path)
