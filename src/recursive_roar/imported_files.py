"""Where an import leads, found without running it."""

from collections.abc import Iterable, Iterator
from pathlib import Path


def imported_files(module: str, level: int, folder: Path, roots: Iterable[Path]) -> Iterator[Path]:
    """Sources that importing a dotted module in a file of `folder` may mean, first the one that it takes.

    `level` is the number of dots before it. With any, the search starts in the folder itself or as many less one above;
    without, in `roots`.
    """
    home = folder.resolve()
    for start in [home, *home.parents][level - 1 : level] if level else roots:
        base = start.joinpath(*module.split("."))
        yield from (path for path in (base / "__init__.py", Path(f"{base}.py")) if path.is_file())
