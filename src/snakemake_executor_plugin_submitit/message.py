"""What a user is told of a job that failed."""

from pathlib import Path

LAST_LINES = 15


def failure_message(job_id: str | None, reason: str, node: str, log: Path, said: list[str], script: Path | None) -> str:
    """Job, reason, node, what the scheduler said, the end of the log, the script."""
    lines = [f"Job {job_id} failed: {reason}; node {node or 'unknown'}.", *said, f"Its log is {log}"]
    if log.exists():
        lines[-1] += " and ends with:"
        lines += [f"    {line}" for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:]]
    else:
        lines[-1] += ", which was never written: the job did not start, or the node does not see the folder."
    if script is not None:
        lines.append(f"The script that was submitted: {script}")
    return "\n".join(lines) + "\n"
