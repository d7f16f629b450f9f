#!/usr/bin/env bash
# Installs what this project needs, skipping what is there already.
#   scripts/setup.sh build    to build and run (the default)
#   scripts/setup.sh test     to run the tests too: a browser, PostgreSQL, oathtool
# Exits with 2 when something has to be installed by hand, and says what.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=$PWD

readonly minimum_node=20
readonly minimum_rust=96 # of Rust 1.x: cargo-leptos is built from its lock file, which needs it
readonly cargo_leptos_version=0.3.11
readonly fallback_wasm_bindgen_version=0.2.130
readonly wasm_target=wasm32-unknown-unknown
readonly system_rustlib=/usr/lib/rustlib
readonly system_tools="$project/.tools/bin"

mode=${1:-build}

say() { printf 'setup: %s\n' "$*" >&2; }

by_hand() {
  printf 'setup: %s\n' "$@" >&2
  exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- packages of the distribution -------------------------------------------------------

is_debian() { has apt-get && has dpkg; }

apt_lists_are_fresh=false

# A lock held by another apt (unattended upgrades, often) is waited for.
apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "$@"; }

refresh_apt_lists() {
  $apt_lists_are_fresh && return
  local attempt
  for attempt in 1 2 3 4 5; do
    if apt_get update >&2; then
      apt_lists_are_fresh=true
      return
    fi
    say "apt-get update failed (attempt $attempt of 5), perhaps because another apt is running"
    sleep 10
  done
  by_hand "the package lists cannot be fetched. When 'apt-get update' works, run this again."
}

# install_packages WHY PACKAGE...
install_packages() {
  local why=$1
  shift
  is_debian || by_hand "missing: $why. Install what Debian calls: $*"
  [ "$(id -u)" = 0 ] || by_hand "missing: $why. As root: apt-get install --no-install-recommends $*"
  refresh_apt_lists
  say "installing $* ($why)"
  apt_get install --no-install-recommends "$@" >&2 ||
    by_hand "apt-get could not install: $*"
}

has_compiler_tools() { has cc && has make && has pkg-config && pkg-config --exists openssl; }

setup_compiler_tools() {
  has_compiler_tools ||
    install_packages "a C compiler, make, pkg-config and the OpenSSL headers" \
      build-essential pkg-config libssl-dev
}

# --- Node ------------------------------------------------------------------------------

require_node() {
  local advice="Install Node $minimum_node or newer, with npm: https://nodejs.org"
  if ! has node || ! has npm; then
    by_hand "node or npm is missing." "$advice"
  fi
  local major
  major=$(node --print 'process.versions.node.split(".")[0]')
  [ "$major" -ge "$minimum_node" ] || by_hand "node is version $major." "$advice"
}

# npm writes this file last, so it tells whether the last install finished.
npm_packages_are_current() { [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; }

setup_npm_packages() {
  npm_packages_are_current "$1" && return
  say "installing the npm packages of ${1#"$project"/}"
  # The browser comes from setup_chromium, not with the package.
  (cd "$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund >&2) ||
    by_hand "'npm ci' failed in $1 (see above)." \
      "It needs the npm registry, and a package-lock.json that fits package.json."
  touch "$1/node_modules/.package-lock.json"
}

# --- Rust and its wasm32 library ---------------------------------------------------------

# Minor version of a rustc, 0 when there is none.
rust_minor_version() { "$1" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p' | grep . || echo 0; }

is_recent_rustc() { [ "$(rust_minor_version "$1")" -ge "$minimum_rust" ]; }

has_wasm_library() {
  local library
  library=$("$1" --print target-libdir --target "$wasm_target" 2>/dev/null) || return
  compgen -G "$library/libstd-*.rlib" >/dev/null
}

links_wasm() {
  local directory result=0
  directory=$(mktemp -d)
  echo '#[unsafe(no_mangle)] pub extern "C" fn answer() -> i32 { 42 }' >"$directory/answer.rs"
  "$1" --edition 2024 --target "$wasm_target" --crate-type cdylib -O \
    -o "$directory/answer.wasm" "$directory/answer.rs" >&2 || result=1
  rm -rf "$directory"
  return "$result"
}

# The usual way: rustup's compiler, with its wasm32 library.
use_rustup_toolchain() {
  local rustc
  rustc=$(rustup which rustc 2>/dev/null) || return
  if ! is_recent_rustc "$rustc"; then
    say "rustup's compiler is older than 1.$minimum_rust ('rustup update stable' would change that)"
    return 1
  fi
  has_wasm_library "$rustc" && return
  say "adding $wasm_target with rustup"
  # Bounded, because behind some proxies the toolchain server never answers.
  timeout 60 rustup target add "$wasm_target" >&2 && has_wasm_library "$rustc"
}

# The other way, where the toolchain server cannot be reached: Debian's compiler for web
# browsers, for which the wasm32 library is built here.
use_system_toolchain() {
  is_debian || return
  local commands=(rustc cargo rustdoc cargo-clippy clippy-driver) command
  if ! has_system_compiler; then
    install_packages "a Rust compiler that can build for $wasm_target" \
      rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy lld
  fi
  is_recent_rustc /usr/bin/rustc || return
  link_system_linker
  has_wasm_library /usr/bin/rustc || build_wasm_library
  links_wasm /usr/bin/rustc || by_hand "/usr/bin/rustc cannot build for $wasm_target (see above)."
  # Links rather than /usr/bin in PATH, which would bring its node and others along.
  mkdir -p "$system_tools"
  for command in "${commands[@]}"; do
    ln -sfn "/usr/bin/$command" "$system_tools/$command"
  done
}

has_system_compiler() {
  is_recent_rustc /usr/bin/rustc && [ -x /usr/bin/cargo ] && [ -x /usr/bin/cargo-clippy ] &&
    [ -d "$system_rustlib/src/rust" ] && has wasm-ld
}

host_triple() { "$1" --version --verbose | sed -n 's/^host: //p'; }

# rustc runs a program by this name; rustup's own copy is of the better matching LLVM.
link_system_linker() {
  local host directory linker
  host=$(host_triple /usr/bin/rustc)
  directory=$system_rustlib/$host/bin
  [ -x "$directory/rust-lld" ] && return
  require_root "link rust-lld into $directory"
  linker=$(dirname "$(rustup which rustc 2>/dev/null || true)")/../lib/rustlib/$host/bin/rust-lld
  [ -x "$linker" ] || linker=$(command -v wasm-ld)
  ln -sfn "$linker" "$directory/rust-lld"
}

build_wasm_library() {
  local destination=$system_rustlib/$wasm_target/lib directory
  require_root "write to $destination"
  say "building the standard library for $wasm_target (about a minute)"
  directory=$(mktemp -d)
  mkdir "$directory/src"
  echo '#![no_std]' >"$directory/src/lib.rs"
  cat >"$directory/Cargo.toml" <<'MANIFEST'
[package]
name = "nothing_but_std"
version = "0.0.0"
edition = "2021"

[profile.release]
opt-level = "s"
codegen-units = 1

[workspace]
MANIFEST
  # -Zbuild-std needs the bootstrap switch; bitcode lets the site's link-time optimisation reach in.
  (cd "$directory" && env -u CARGO_TARGET_DIR RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
    /usr/bin/cargo build --release --target "$wasm_target" -Zbuild-std=std,panic_abort >&2) ||
    by_hand "the standard library for $wasm_target could not be built (see above)." \
      "Where rustup can reach its server: rustup update stable && rustup target add $wasm_target"
  # Moved into place whole, so that an interrupted copy is not taken for a library.
  rm -rf "$destination" "$destination.new"
  mkdir -p "$destination.new"
  find "$directory/target/$wasm_target/release/deps" -name '*.rlib' ! -name 'libnothing_but_std-*' \
    -exec cp {} "$destination.new/" \;
  mv "$destination.new" "$destination"
  rm -rf "$directory"
}

require_root() {
  [ "$(id -u)" = 0 ] || by_hand "this has to $1, which needs root. Run scripts/setup.sh once as root."
}

setup_rust() {
  has rustup || by_hand "rustup is missing. Install it: https://rustup.rs"
  # What an earlier run chose stays chosen: changing compilers rebuilds everything.
  [ -x "$system_tools/rustc" ] && has_wasm_library "$system_tools/rustc" && return
  rm -rf "$system_tools"
  use_rustup_toolchain || use_system_toolchain ||
    by_hand "no Rust compiler of version 1.$minimum_rust or newer can build for $wasm_target." \
      "Run: rustup update stable && rustup target add $wasm_target"
}

require_rustfmt() {
  cargo fmt --version >/dev/null 2>&1 ||
    by_hand "cargo fmt is missing. Run: rustup component add rustfmt"
  cargo clippy --version >/dev/null 2>&1 ||
    by_hand "cargo clippy is missing. Run: rustup component add clippy"
}

# --- tools written in Rust ---------------------------------------------------------------

is_version() { [ "$("$1" --version 2>/dev/null | awk '{ print $2; exit }')" = "$2" ]; }

# A prebuilt binary where binstall can fetch one, else compiled quickly rather than for speed.
# install_tool CRATE VERSION [OPTION-OF-CARGO-INSTALL...]
install_tool() {
  local crate=$1 version=$2
  shift 2
  if has cargo-binstall && cargo binstall --no-confirm --disable-strategies compile "$crate@$version" >&2; then
    return
  fi
  say "compiling $crate $version"
  # From outside the project, whose own cargo settings are not for tools.
  (cd / && env -u CARGO_TARGET_DIR -u RUSTFLAGS \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=false \
    cargo install --force "$@" "$crate@$version" >&2) ||
    by_hand "$crate $version could not be installed. Try: cargo install $* $crate@$version"
}

setup_cargo_leptos() {
  is_version cargo-leptos "$cargo_leptos_version" && return
  install_tool cargo-leptos "$cargo_leptos_version" --locked
}

# The tool and the library of this name speak a format that changes with each version.
wasm_bindgen_version() {
  local version=
  if [ -f Cargo.lock ]; then
    version=$(awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
  fi
  echo "${version:-$fallback_wasm_bindgen_version}"
}

setup_wasm_bindgen() {
  local version
  version=$(wasm_bindgen_version)
  is_version wasm-bindgen "$version" && return
  # Not --locked: its lock file may name a release that a mirror of the registry lacks.
  install_tool wasm-bindgen-cli "$version"
}

# --- what only the tests need --------------------------------------------------------------

setup_chromium() {
  [ -x /usr/bin/chromium ] && return
  if is_debian; then
    install_packages "Chromium for the browser tests" chromium fonts-liberation
  else
    (cd end2end && npx playwright install chromium >&2) ||
      by_hand "Chromium is missing. In end2end/: npx playwright install chromium"
  fi
}

setup_postgresql() {
  has initdb && has pg_ctl && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && return
  install_packages "initdb and pg_ctl, for throwaway databases of the tests" postgresql
}

setup_oathtool() {
  has oathtool || install_packages "oathtool, for one-time codes in the tests" oathtool
}

# --- the two modes ----------------------------------------------------------------------

setup_for_build() {
  require_node
  setup_compiler_tools
  setup_rust
  # shellcheck source=scripts/env.sh
  . scripts/env.sh # anew, because setup_rust decides what it says
  setup_npm_packages "$project"
  setup_wasm_bindgen
  setup_cargo_leptos
}

setup_for_test() {
  setup_for_build
  require_rustfmt
  setup_npm_packages "$project/end2end"
  setup_chromium
  setup_postgresql
  setup_oathtool
}

# One function, read whole before it runs: bash would trip over an edit of this file meanwhile.
main() {
  # shellcheck source=scripts/env.sh
  . scripts/env.sh
  case $mode in
    build) setup_for_build ;;
    test) setup_for_test ;;
    *) by_hand "unknown mode '$mode': say build or test." ;;
  esac
  exit
}

main
