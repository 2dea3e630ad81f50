#!/usr/bin/env bash
# Stops the development Slurm that start.sh started; --wipe removes its state and configuration as well.
set -euo pipefail

BASE=${SLURM_DEV_DIR:-/var/tmp/slurm-dev}
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

if timeout 5 squeue -h -o %i >/dev/null 2>&1; then scancel --user="$(id -un)" --full 2>/dev/null || true; fi
for file in "$BASE"/run/slurmd-*.pid; do
    [ -f "$file" ] && stop_process "$(basename "$file" .pid)"
done
for name in slurmctld slurmdbd mariadbd munged; do stop_process "$name"; done
if [ "${1:-}" = --wipe ]; then rm -rf "$BASE" /etc/slurm/{slurm,gres,slurmdbd}.conf; fi
