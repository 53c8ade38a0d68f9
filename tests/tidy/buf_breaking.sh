#!/usr/bin/env bash
# The proto files break no reader of an earlier version: they are compared with those of the last
# commit (for changes not committed yet) and of the one before it. Exit code 77: nothing earlier.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

buf=$PWD/build/tools/npm/node_modules/.bin/buf
[[ -x $buf ]] || { echo "buf is not in build/tools/npm: run deploy/setup --tests" >&2; exit 1; }
export BUF_CACHE_DIR=$PWD/build/tools/buf-cache

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compared=0 broken=0
for commit in HEAD HEAD~1; do
  git rev-parse -q --verify "$commit^{commit}" >/dev/null || continue
  git cat-file -e "$commit:proto/buf.yaml" 2>/dev/null || continue
  mkdir "$work/$commit"
  git archive "$commit" proto | tar -x -C "$work/$commit"
  "$buf" breaking proto --against "$work/$commit/proto" ||
    { echo "proto breaks what $commit has: see above" >&2; broken=1; }
  compared=$((compared + 1))
done

if ((!compared)); then
  echo "skipped: no earlier commit has proto files to compare with"
  exit 77
fi
exit "$broken"
