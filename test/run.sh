#!/usr/bin/env bash
# npm test: installs the servers that the tests drive where it may, builds, and runs everything.
# Arguments go to vitest: npm test -- test/journeys. First of them, --all runs on PostgreSQL what else runs on SQLite only.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin"

if [ "${1:-}" = --all ]; then
  export MAILDESK_TEST_ALL=1
  shift
fi

missing=()
command -v dovecot >/dev/null || missing+=(dovecot-imapd)
command -v redis-server >/dev/null || missing+=(redis-server)
{ command -v initdb || compgen -G "/usr/lib/postgresql/*/bin/initdb"; } >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "The tests drive real servers. Install these first: ${missing[*]}" >&2
    exit 69
  fi
  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "The tests drive real servers. Install them first: sudo $install" >&2
      exit 69
    fi
    as_root="sudo"
  fi
  echo "Installing ${missing[*]} (the tests start private copies; the system's services stay off)"
  log=$(mktemp)
  # The packages would start services of their own; the tests run private instances instead.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $install; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "The servers could not be installed. Try: $install" >&2
    exit 69
  fi
  rm -f "$log"
fi

if [ ! -d node_modules ]; then
  echo "Installing npm packages (better-sqlite3 may compile, which takes a few minutes)"
  npm ci --no-audit --no-fund
fi
npm run --silent build
npx tsc -p test/tsconfig.json
npx biome check .
npx vitest run "$@"
