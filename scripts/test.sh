#!/usr/bin/env bash
# Runs the checks and all tests, and ends with a line "N passed, N failed".
#   scripts/test.sh             everything
#   scripts/test.sh end2end     the browser tests only (what `make e2e` does)
# shellcheck disable=SC2317 # the checks are called by name, through step
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

readonly output=target/test-output
readonly browser_report=end2end/test-results/report.json

passed=0
failed=0
broken_steps=()

# step NAME COMMAND... runs it with its output on the terminal and in target/test-output/NAME.
step() {
  local name=$1
  shift
  printf '\n== %s\n' "$name"
  local started=$SECONDS
  if "$@" 2>&1 | tee "$output/$name"; then
    printf '== %s: done in %d s\n' "$name" $((SECONDS - started))
  else
    printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - started))
    broken_steps+=("$name")
    return 1
  fi
}

check_native() { cargo clippy --workspace --exclude frontend --all-targets -- --deny warnings; }
check_browser() { cargo clippy --package frontend --target wasm32-unknown-unknown -- --deny warnings; }
check_typescript() { (cd end2end && npx tsc --noEmit); }
run_rust_tests() { cargo test --workspace --exclude frontend --no-fail-fast; }

run_browser_tests() {
  rm -f "$browser_report"
  (cd end2end && ROSTER_BINARY="$PWD/../target/debug/roster" npx playwright test)
}

# Adds up lines such as "test result: ok. 12 passed; 0 failed; 1 ignored; ...".
count_rust_tests() {
  local counts
  counts=$(awk '/^test result: / { for (i = 2; i <= NF; i++) { if ($i == "passed;") p += $(i-1); if ($i == "failed;") f += $(i-1) } }
    END { print p + 0, f + 0 }' "$output/rust-tests")
  add_counts "$counts"
}

count_browser_tests() {
  [ -e "$browser_report" ] || return 0
  local counts
  counts=$(node --print "
    const { stats } = JSON.parse(require('fs').readFileSync('$browser_report', 'utf8'));
    [stats.expected + stats.flaky, stats.unexpected].join(' ')")
  add_counts "$counts"
}

add_counts() {
  local more_passed more_failed
  read -r more_passed more_failed <<<"$1"
  passed=$((passed + more_passed))
  failed=$((failed + more_failed))
}

finish() {
  if [ "${#broken_steps[@]}" -gt 0 ]; then
    printf '\nFailed: %s (output in %s)\n' "${broken_steps[*]}" "$output"
  fi
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  if [ $((passed + failed)) -eq 0 ]; then
    echo "No test ran." >&2
    exit 1
  fi
  [ "$failed" -eq 0 ] && [ "${#broken_steps[@]}" -eq 0 ]
  exit
}

# One kind of build after the other: two compilers at once would need twice the memory.
run_everything() {
  step format cargo fmt --all --check || finish
  step typescript check_typescript || finish
  step clippy-native check_native || finish
  step clippy-browser check_browser || finish
  step rust-tests run_rust_tests || true
  count_rust_tests
}

# The site as it is served to people, and the server as the Rust tests have built it: a release build
# would double the time of all tests, one without the tests' features would add a tenth.
run_end2end() {
  step site scripts/build.sh site || finish
  step browser-tests run_browser_tests || true
  count_browser_tests
}

main() {
  rm -rf "$output"
  mkdir -p "$output"
  case ${1:-everything} in
    everything) run_everything && run_end2end ;;
    end2end)
      step server cargo test --workspace --exclude frontend --no-run || finish
      run_end2end
      ;;
    *)
      echo "unknown part '$1': say end2end, or nothing" >&2
      exit 2
      ;;
  esac
  finish
}

main "$@"
