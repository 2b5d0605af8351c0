#!/usr/bin/env bash
# npm run kills -- --database sqlite|postgres --queue embedded|redis|postgres [--kills 250] [--seed N] [--mails N] [--workers 3]
# Builds, kills the desk's processes at random moments and counts what was lost, doubled, left half done, or is in doubt.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin"

usage() {
  echo "usage: npm run kills -- --database sqlite|postgres --queue embedded|redis|postgres [--kills 250] [--seed N] [--mails N] [--workers 3]" >&2
  exit 64
}
number() { [[ "$1" =~ ^[1-9][0-9]{0,8}$ ]] || usage; echo "$1"; }

database=sqlite queue=embedded kills=250 seed=$((RANDOM * 32768 + RANDOM + 1)) mails="" workers=3
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case "$1" in
    --database) [[ "$2" =~ ^(sqlite|postgres)$ ]] || usage; database=$2 ;;
    --queue) [[ "$2" =~ ^(embedded|redis|postgres)$ ]] || usage; queue=$2 ;;
    --kills) kills=$(number "$2") ;;
    --seed) seed=$(number "$2") ;;
    --mails) mails=$(number "$2") ;;
    --workers) workers=$(number "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[ -n "$mails" ] || mails=$((kills * 4))
npm run --silent build
export KILLS="{\"database\":\"$database\",\"queue\":\"$queue\",\"kills\":$kills,\"seed\":$seed,\"mails\":$mails,\"workers\":$workers}"
npx vitest run --config test/faults/random-kills/vitest.config.ts --silent=false --reporter=dot
