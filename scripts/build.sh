#!/usr/bin/env bash
# Builds the release binary, target/release/roster, with the site in it.
# Does nothing when no source is newer than the last build: cargo-leptos would optimise and
# compress the site anew each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

readonly binary=target/release/roster
readonly site=target/site
readonly stamp=target/site-built

sources() {
  local path
  for path in Cargo.toml Cargo.lock .cargo package-lock.json app frontend server style public scripts/build.sh; do
    if [ -e "$path" ]; then echo "$path"; fi
  done
}

is_up_to_date() {
  [ -x "$binary" ] && [ -d "$site" ] && [ -e "$stamp" ] || return
  local paths newer
  mapfile -t paths < <(sources)
  # Directories count too: theirs is the time at which a file in them was removed.
  newer=$(find "${paths[@]}" -newer "$stamp" -print -quit)
  [ -z "$newer" ]
}

is_up_to_date && exit

mkdir -p target
# The time at which the build began, so that what is edited meanwhile is built the next time.
touch "$stamp.new"
cargo leptos build --release --split --precompress
mv "$stamp.new" "$stamp"
