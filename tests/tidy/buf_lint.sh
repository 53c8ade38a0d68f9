#!/usr/bin/env bash
# The proto files keep buf's STANDARD rules; exceptions stand in proto/buf.yaml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

buf=$PWD/build/tools/npm/node_modules/.bin/buf
[[ -x $buf ]] || { echo "buf is not in build/tools/npm: run deploy/setup --tests" >&2; exit 1; }
export BUF_CACHE_DIR=$PWD/build/tools/buf-cache

"$buf" lint proto
"$buf" build proto -o /dev/null
