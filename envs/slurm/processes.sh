# Processes known by the pid that was recorded when they were started; never by name.

is_running() { # NAME
    local file=$BASE/run/$1.pid pid
    [ -f "$file" ] && pid=$(cat "$file") && is_alive "$pid"
}

is_alive() { # PID; a zombie counts as gone
    [ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat"
}

wait_until() { # COMMAND...
    for _ in $(seq 150); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "gave up waiting for: $*" >&2
    return 1
}

stop_process() { # NAME
    local file=$BASE/run/$1.pid pid
    [ -f "$file" ] || return 0
    pid=$(cat "$file")
    if is_alive "$pid"; then
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 50); do is_alive "$pid" || break; sleep 0.1; done
        if is_alive "$pid"; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$file"
}
