#!/usr/bin/env bash
# Builds what is served.
#   scripts/build.sh            the site, and the release binary target/release/roster
#   scripts/build.sh site       the site only, target/site: WebAssembly, scripts, style
# The site is left alone when no source of it is newer: cargo-leptos would optimise and compress it
# anew each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

readonly site=target/site
readonly stamp=target/site-built
readonly hashes=roster-hash.txt

site_sources() {
  local path
  for path in Cargo.toml Cargo.lock .cargo package-lock.json app frontend style public scripts/build.sh; do
    if [ -e "$path" ]; then echo "$path"; fi
  done
}

site_is_up_to_date() {
  [ -d "$site" ] && [ -e "$stamp" ] || return
  local paths newer
  mapfile -t paths < <(site_sources)
  # Directories count too: theirs is the time at which a file in them was removed.
  newer=$(find "${paths[@]}" -newer "$stamp" -print -quit)
  [ -z "$newer" ]
}

build_site() {
  site_is_up_to_date && return
  # cargo-leptos writes the list of hashes here, and does not make the folder.
  mkdir -p target/release
  # The time at which the build began, so that what is edited meanwhile is built the next time.
  touch "$stamp.new"
  cargo leptos build --release --split --precompress --frontend-only
  # Beside the files, so that any binary that serves them finds their names.
  cp "target/release/$hashes" "$site/$hashes"
  mv "$stamp.new" "$stamp"
}

case ${1:-everything} in
  everything)
    build_site
    cargo build --release --package server --bin roster
    ;;
  site) build_site ;;
  *)
    echo "unknown part '$1': say site, or nothing" >&2
    exit 2
    ;;
esac
