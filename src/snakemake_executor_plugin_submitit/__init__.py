"""Snakemake executor plugin: every job of a workflow through submitit, on Slurm or on this machine."""

from snakemake_interface_executor_plugins.settings import CommonSettings

from snakemake_executor_plugin_submitit.executor import Executor
from snakemake_executor_plugin_submitit.settings import ExecutorSettings

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    # Values of environment variables do not belong in commands, which end up in files and messages; Slurm passes on
    # the environment of the submission.
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
    init_seconds_before_status_checks=1,
    pass_group_args=True,
)
