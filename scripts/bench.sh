#!/usr/bin/env bash
# Measures the built roster against its budgets, on SQLite and on a throwaway PostgreSQL server, and
# writes BENCHMARKS.md.
#   scripts/bench.sh                     everything
#   scripts/bench.sh lists,bulk          some parts, printed only: lists filters signs bulk files memory wire
#   scripts/bench.sh all sqlite          without PostgreSQL, printed only
# BENCH_MOST=100000 measures with fewer than a million accounts.
# The databases stay in target/bench until the schema or the seeded people change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

readonly parts=${1:-all} databases=${2:-both}

schema_version() {
  find server/db/src/migrations server/src/seed app/types/src -type f -name '*.rs' -print0 |
    sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12
}

kept=$PWD/target/bench/$(schema_version)
readonly kept

# --- PostgreSQL ----------------------------------------------------------------------------

programs() {
  local folder
  for folder in /usr/lib/postgresql/*/bin $(tr ':' ' ' <<<"$PATH"); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
      echo "$folder"
      return
    fi
  done
  echo "bench: PostgreSQL's server programs are missing: run make setup" >&2
  return 1
}

# PostgreSQL refuses to run as root; its Debian package makes the user.
as_server_user() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# The databases are of the server's user, who may not reach into this folder.
postgres_folder=${TMPDIR:-/var/tmp}/roster-bench-$(id -u)
readonly postgres_folder
readonly postgres_data=$postgres_folder/$(basename "$kept")

start_postgres() {
  local bin
  bin=$(programs)
  mkdir -p "$postgres_folder"
  if [ "$(id -u)" = 0 ]; then chown postgres "$postgres_folder"; fi
  if [ ! -e "$postgres_data/made" ]; then
    # Those of other schemas are of no use any more.
    rm -rf "${postgres_folder:?}"/* "$kept/postgres-data"
    as_server_user "$bin/initdb" --pgdata="$postgres_data" --auth=trust --username=postgres \
      --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    as_server_user touch "$postgres_data/made"
  fi
  # As an operator would set it, and durable: commits are measured.
  (cd / && as_server_user "$bin/pg_ctl" --pgdata="$postgres_data" --log="$postgres_folder/log" --wait start \
    --options="-c listen_addresses='' -c unix_socket_directories='$postgres_folder' \
      -c shared_buffers=256MB -c max_wal_size=4GB" >/dev/null)
  trap stop_postgres EXIT
}

stop_postgres() {
  (cd / && as_server_user "$(programs)/pg_ctl" --pgdata="$postgres_data" --mode=fast stop >/dev/null) || true
}

# --- the machine ---------------------------------------------------------------------------

cpu_model() { sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1; }
memory_size() { awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo; }
system_name() { (. /etc/os-release && echo "$PRETTY_NAME"); }
disk_of() { df --output=source,fstype "$1" | awk 'NR == 2 { print $1 " (" $2 ")" }'; }

heading() {
  cat <<TEXT
# Benchmarks

Written by \`make bench\` on $(date -u +%F), at commit $(git rev-parse --short HEAD 2>/dev/null || echo none). The budgets and why they are ratios: DESIGN.md.

Times are the median of many, with the 95th percentile; \`beside\` is what the limit is about, measured in the same run, in turns with it. The real binary is asked over loopback by a client on the same machine, which takes its share of the processors. A row over its limit says so, and is listed at the end.

| machine | |
|---|---|
| processor | $(nproc) cores, $(cpu_model) |
| memory | $(memory_size) |
| disk | $(disk_of target) |
| system | $(system_name), Linux $(uname -r) |
| compiler | $(rustc --version) |
| PostgreSQL | $("$(programs)/postgres" --version) |
TEXT
}

main() {
  # The same packages are chosen as for the release build, so that nothing of it is built anew.
  cargo build --release --package server --package budgets
  mkdir -p "$kept"
  find target/bench -mindepth 1 -maxdepth 1 ! -path "target/bench/${kept##*/}" -exec rm -rf {} +
  local arguments=("$kept" "$(heading)" "$parts")
  if [ "$databases" = both ]; then
    start_postgres
    arguments+=("postgres://postgres@${postgres_folder//\//%2F}/")
  fi
  target/release/budgets "${arguments[@]}"
}

main
exit
