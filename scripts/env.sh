# shellcheck shell=bash
# Puts the project's build tools in PATH. Sourced by the Makefile and by developers:
#   . scripts/env.sh
# It sets PATH and nothing else, so that every build shares one target directory.

roster_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)

# .tools/bin is there only when scripts/setup.sh chose Debian's compiler over rustup's.
roster_path=$roster_root/node_modules/.bin:$roster_root/.tools/bin:${CARGO_HOME:-$HOME/.cargo}/bin
case "$PATH:" in
  "$roster_path:"*) ;;
  *) export PATH="$roster_path:$PATH" ;;
esac
unset roster_root roster_path
