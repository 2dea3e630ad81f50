#!/usr/bin/env bash
# A development Slurm on this machine: several virtual nodes with fake GPUs, accounting included. Run as root.
#   envs/slurm/start.sh     idempotent; installs Debian packages where they are missing
#   envs/slurm/stop.sh      stops what this script started; --wipe removes its state as well
# NODES, GPUS, CPUS and MEMORY (MB) size each node, whatever the machine really has; SLURM_DEV_DIR says where everything lives, ACCOUNTING=no leaves the
# database out. All daemons listen on 127.0.0.1 or on a socket.
set -euo pipefail

NODES=${NODES:-3} GPUS=${GPUS:-2} CPUS=${CPUS:-4} MEMORY=${MEMORY:-64000} ACCOUNTING=${ACCOUNTING:-yes}
BASE=${SLURM_DEV_DIR:-/var/tmp/slurm-dev}
ETC=/etc/slurm
HOST=$(hostname -s)
MARK="# written by envs/slurm/start.sh"
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

install_packages() {
    local wanted=(slurmctld slurmd slurm-client munge) missing=()
    if [ "$ACCOUNTING" = yes ]; then wanted+=(slurmdbd mariadb-server); fi
    for package in "${wanted[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
    if [ ${#missing[@]} -gt 0 ]; then
        apt-get update -qq >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1
    fi
}

refuse_foreign_configuration() {
    if [ -f "$ETC/slurm.conf" ] && ! grep -qF "$MARK" "$ETC/slurm.conf"; then
        echo "$ETC/slurm.conf belongs to another Slurm; this script will not replace it." >&2
        exit 1
    fi
}

start_munge() {
    munge -n >/dev/null 2>&1 && return
    mkdir -p /run/munge
    chown munge:munge /run/munge
    if [ ! -s /etc/munge/munge.key ]; then mungekey -c -k /etc/munge/munge.key && chown munge: /etc/munge/munge.key; fi
    setpriv --reuid=munge --regid=munge --clear-groups munged --pid-file /run/munge/munged.pid
    cp /run/munge/munged.pid "$BASE/run/munged.pid"
}

node_lines() {
    local state=$1
    for number in $(seq "$NODES"); do
        case $state in
        slurm) echo "NodeName=gpu$number NodeHostname=$HOST NodeAddr=127.0.0.1 Port=$((17000 + number)) CPUs=$CPUS" \
            "RealMemory=$MEMORY Gres=gpu:fake:$GPUS Feature=fake" ;;
        gres) echo "NodeName=gpu$number Name=gpu Type=fake File=$BASE/dev/gpu[0-$((GPUS - 1))]" ;;
        esac
    done
}

write_configuration() {
    mkdir -p "$ETC" "$BASE"/{state,log,run,dev}
    for number in $(seq 0 $((GPUS - 1))); do
        [ -e "$BASE/dev/gpu$number" ] || mknod "$BASE/dev/gpu$number" c 1 3
    done
    for number in $(seq "$NODES"); do mkdir -p "$BASE/gpu$number"; done
    local storage="AccountingStorageType=accounting_storage/none"
    if [ "$ACCOUNTING" = yes ]; then
        storage=$'AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=127.0.0.1\nAccountingStoragePort=16819\nAccountingStorageTRES=gres/gpu'
    fi
    local wanted
    wanted=$({
        echo "$MARK"
        sed -e "s|@HOST@|$HOST|; s|@BASE@|$BASE|g" "$(dirname "${BASH_SOURCE[0]}")/slurm.conf"
        echo "$storage"
        node_lines slurm
    })
    if is_running slurmctld && [ "$wanted" != "$(cat "$ETC/slurm.conf")" ]; then
        "$(dirname "${BASH_SOURCE[0]}")/stop.sh"
    fi
    echo "$wanted" >"$ETC/slurm.conf"
    node_lines gres >"$ETC/gres.conf"
}

start_database() {
    local data=$BASE/mysql socket=$BASE/mysql/socket
    if ! is_running mariadbd; then
        mkdir -p "$data"
        chown mysql "$data"
        [ -d "$data/data/mysql" ] || mariadb-install-db --user=mysql --datadir="$data/data" \
            --auth-root-authentication-method=socket --skip-test-db >"$BASE/log/mysql-install.log" 2>&1
        mariadbd --no-defaults --user=mysql --datadir="$data/data" --socket="$socket" --skip-networking \
            --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 --innodb-log-file-size=32M \
            >"$BASE/log/mariadbd.log" 2>&1 </dev/null &
        echo $! >"$BASE/run/mariadbd.pid"
        wait_until mariadb --no-defaults -S "$socket" -e "select 1"
        mariadb --no-defaults -S "$socket" -e "create database if not exists slurm_acct_db;
            create user if not exists slurm@localhost identified by 'slurm';
            grant all on slurm_acct_db.* to slurm@localhost"
    fi
    (umask 077 && sed -e "s|@BASE@|$BASE|g" "$(dirname "${BASH_SOURCE[0]}")/slurmdbd.conf" >"$ETC/slurmdbd.conf")
    if ! is_running slurmdbd; then
        MYSQL_UNIX_PORT=$socket slurmdbd
        wait_until sacctmgr -n show cluster
        sacctmgr -n show cluster format=cluster | grep -qw dev || sacctmgr -i add cluster dev >/dev/null 2>&1 || true
        if ! sacctmgr -n show account format=account | grep -qw research; then
            sacctmgr -i add account research Cluster=dev >/dev/null 2>&1 || true
            sacctmgr -i add user root Account=research Cluster=dev >/dev/null 2>&1 || true
        fi
    fi
}

start_slurm() {
    is_running slurmctld || slurmctld
    for number in $(seq "$NODES"); do is_running "slurmd-gpu$number" || slurmd -N "gpu$number"; done
    wait_until all_nodes_up
}

all_nodes_up() {
    [ "$(sinfo -h -N -p gpu -t idle,alloc,mix -o %N 2>/dev/null | sort -u | wc -l)" = "$NODES" ]
}

install_packages
refuse_foreign_configuration
write_configuration
start_munge
if [ "$ACCOUNTING" = yes ]; then start_database; fi
start_slurm
sinfo -N -o "%N %P %T %c %m %G"
