from pathlib import Path

from snakemake.exceptions import WorkflowError

from recursive_roar import identity, plan
from recursive_roar.claim import ClaimedError, claim
from recursive_roar.config import load_study
from recursive_roar.errors import UserError
from recursive_roar.jobs.worker import keep_warm
from recursive_roar.report.record import write_record
from recursive_roar.seeds import advice, agreed_seeds, keep_seeds, planned_seeds
from recursive_roar.splits import split_files
from snakemake_logger_plugin_progress import announce

try:
    study = load_study(config)
    # A job reads the seeds that the run began with: while it runs, results appear that would add some.
    decide = planned_seeds if workflow.is_main_process else agreed_seeds
    config["seeds"] = decide(study)
    study = load_study(config)  # as the steps do
except UserError as error:
    raise WorkflowError(error)


pathvars:
    results=study.results,


wildcard_constraints:
    protocol="recursive-roar|roar",
    ladder="relative|absolute",
    dataset="[^/]+",
    model="[^/]+",
    explainer="[^/]+",
    seed=r"\d+",
    round=r"\d+",


report: "../report/workflow.rst"


onstart:
    try:
        claim(Path(study.results))
    except ClaimedError as error:
        raise WorkflowError(error)
    keep_seeds(study)
    write_record(study, config)
    announce(workflow.dag, columns=("dataset", "explainer"), counted="round")
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        keep_warm()


onsuccess:
    write_record(study, config)  # now with the digests of the scores
    if sentence := advice(study):
        print(sentence)


# A failed cell leaves the others usable: say what there is and what is missing.
onerror:
    from recursive_roar.steps.partial import write_partial_report

    print(write_partial_report(study))
