#!/usr/bin/env bash
# npm run bench [-- --quick]: builds and measures. Needs Dovecot; writes some GB below $TMPDIR (/tmp) and removes them.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin"

for argument in "$@"; do
  case "$argument" in
    --quick) export BENCH_QUICK=1 ;;
    --only=*) export BENCH_ONLY="${argument#--only=}" ;; # limit, desk
    *) echo "usage: npm run bench [-- --quick] [--only=limit,desk]" >&2; exit 64 ;;
  esac
done
if ! command -v dovecot >/dev/null; then
  echo "The benchmark reads mail from a real server. Install it first: apt-get install -y dovecot-imapd" >&2
  exit 69
fi
npm run --silent build
npx vitest run --config test/bench/vitest.config.ts --silent=false --reporter=dot
