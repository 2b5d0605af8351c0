#!/usr/bin/env bash
# npm run bench [-- --quick] [--only=limit,workers,size,organizations,import] [--largest=TICKETS]: builds and measures. Needs Dovecot, and PostgreSQL
# and Redis for workers, size and organizations. Writes below $TMPDIR (/tmp) and removes it: some GB, some 20 with --only=size.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin"

for argument in "$@"; do
  case "$argument" in
    --quick) export BENCH_QUICK=1 ;;
    --largest=*) export BENCH_LARGEST="${argument#--largest=}" ;; # of --only=size: no desk with more tickets
    --only=*) export BENCH_ONLY="${argument#--only=}" ;; # limit, workers, size, organizations, import
    *) echo "usage: npm run bench [-- --quick] [--only=limit,workers,size,organizations,import] [--largest=TICKETS]" >&2; exit 64 ;;
  esac
done
if ! command -v dovecot >/dev/null; then
  echo "The benchmark reads mail from a real server. Install it first: apt-get install -y dovecot-imapd" >&2
  exit 69
fi
case ",${BENCH_ONLY:-workers}," in
  *,workers,* | *,size,* | *,organizations,*)
    if ! command -v redis-server >/dev/null || ! compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
      echo "Several workers share PostgreSQL and Redis. Install them first: apt-get install -y postgresql redis-server" >&2
      exit 69
    fi
    ;;
esac
npm run --silent build
npx vitest run --config test/bench/vitest.config.ts --silent=false --reporter=dot
