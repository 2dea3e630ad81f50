"""Count quarter seconds, save on SIGUSR2 and go on from there: `counter.py OUTPUT COUNT`."""

import os
import signal
import sys
import time
from pathlib import Path

output, count = Path(sys.argv[1]), int(sys.argv[2])
state = output.with_suffix(".state")
warned = []
signal.signal(signal.SIGUSR2, lambda number, frame: warned.append(number))
done = int(state.read_text()) if state.exists() else 0
with output.with_suffix(".starts").open("a") as starts:
    starts.write(f"{done} {os.environ.get('SLURM_JOB_ID')} {os.environ.get('SLURMD_NODENAME')}\n")
while done < count:
    time.sleep(0.25)
    done += 1
    if warned or done % 20 == 0:
        state.write_text(str(done))
    if warned:
        sys.exit(75)
output.write_text(f"{count}\n")
