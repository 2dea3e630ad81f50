"""What a process loads: it is paid in every round, and not everything is harmless."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import write_table


def loaded_by(program: str) -> set[str]:
    """Modules in memory after a program ran."""
    program += "\nimport sys; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_reading_a_table_leaves_the_scanner_alone_that_may_abort_a_process(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_table(path, pa.table({"a": [1]}))
    program = (
        f"from pathlib import Path; from recursive_roar.artifacts import read_table; read_table(Path({str(path)!r}))"
    )
    assert "pyarrow.dataset" not in loaded_by(program)


def test_a_round_loads_no_more_than_it_needs() -> None:
    heavy = {"transformers", "datasets", "pandas", "sklearn", "scipy", "matplotlib", "snakemake"}
    compiler = {"torch._dynamo", "torch._inductor", "sympy"}
    program = (
        "import recursive_roar.steps.round, recursive_roar.models.build\n"
        "from recursive_roar.devices import prepare_determinism; prepare_determinism(1)"
    )
    assert not (heavy | compiler) & loaded_by(program)


def test_planning_a_study_of_transformers_loads_neither_them_nor_torch() -> None:
    study = "{'datasets': ['sst'], 'models': ['roberta-base'], 'explainers': ['random'], 'seeds': [0]}"
    program = (
        "from recursive_roar import identity, plan; from recursive_roar.config import load_study\n"
        f"study = load_study({study}); plan.metrics_files(study)\n"
        "identity.training_settings(study, 'sst', 'roberta-base')\n"
        "identity.subword_settings(study, 'sst', 'roberta-base')"
    )
    assert not {"torch", "transformers", "tokenizers", "huggingface_hub"} & loaded_by(program)


def test_a_plugin_that_every_job_imports_loads_nothing_to_draw_with() -> None:
    assert "rich" not in loaded_by("import snakemake_logger_plugin_progress")
