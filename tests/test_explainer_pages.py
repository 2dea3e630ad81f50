"""Pages that name things of the code name the same ones."""

import re
from pathlib import Path

from recursive_roar.catalog.controls import CONTROLS
from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.catalog.own_explainer import CAPABILITIES

DOCS = Path(__file__).parents[1] / "docs"


def rows(page: str) -> dict[str, list[str]]:
    """Cells of the tables' rows whose first cell begins with code, by that code."""
    found = re.findall(r"^\| `([\w-]+)`(.*)\|$", (DOCS / page).read_text(), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")[1:]] for name, rest in found}


def test_every_explainer_is_in_the_table_with_its_parameters_and_defaults() -> None:
    table = rows("explainers.md")
    assert set(table) == set(EXPLAINERS)
    for name, known in EXPLAINERS.items():
        *_, chance, parameters = table[name]
        assert (chance == "seed") == known.stochastic
        written = dict(re.findall(r"`(\w+)` \(([^)]*)\)", parameters))
        defaults = {key: str(value).lower() for key, value in known.parameters().model_dump().items()}
        assert written == {key: value.removesuffix(".0") for key, value in defaults.items()}


def test_signed_is_an_option_where_there_is_the_parameter() -> None:
    for name, cells in rows("explainers.md").items():
        assert (cells[2] == "option") == ("signed" in EXPLAINERS[name].parameters.model_fields)


def test_every_capability_is_explained() -> None:
    assert {name for name in rows("own-explainer.md") if name in CAPABILITIES} == set(CAPABILITIES)


def test_every_control_is_explained() -> None:
    assert set(CONTROLS) <= set(rows("controls.md"))
