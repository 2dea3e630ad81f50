"""How a job of the workflow runs a step: in its own process, or in one forked from a process that is warm."""
