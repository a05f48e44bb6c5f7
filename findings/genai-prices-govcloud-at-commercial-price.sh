#!/usr/bin/env bash
# what: genai-prices has one price for a Claude profile in all geographies but the global one, and its patterns match
#       GovCloud's profiles, too: it prices us-gov.anthropic.claude-sonnet-5 like us.anthropic.claude-sonnet-5. litellm
#       lists a GovCloud price of its own for it, 9 % higher. One would expect no price where none was listed.
# with what: genai-prices 0.2.3, litellm 1.110.2 (its price list only)
# seen: "genai-prices: us 2.2 us-gov 2.2 / litellm: us 2.2 us-gov 2.4" (US dollars for a million tokens of input)
# in Signet: facts/prices.json takes the higher, and lists the difference.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv" &&
    "$folder/venv/bin/pip" install -q --disable-pip-version-check 'genai-prices==0.2.3' &&
    "$folder/venv/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$folder" 'litellm==1.110.2'
} || exit 2

FOLDER="$folder" "$folder/venv/bin/python" - << 'PYTHON'
import glob
import json
import os
import sys
import zipfile
from importlib.metadata import version

from genai_prices import Usage, calc_price

NAMES = ["us.anthropic.claude-sonnet-5", "us-gov.anthropic.claude-sonnet-5"]
wheel = zipfile.ZipFile(glob.glob(os.environ["FOLDER"] + "/litellm-*.whl")[0])
listed = json.loads(wheel.read("litellm/model_prices_and_context_window_backup.json"))

million = Usage(input_tokens=1_000_000)
genai = [float(calc_price(million, name, provider_id="aws").total_price) for name in NAMES]
litellm = [round(listed[name]["input_cost_per_token"] * 1e6, 6) for name in NAMES]
print("genai-prices", version("genai-prices"), "/ litellm 1.110.2")
print(f"genai-prices: us {genai[0]} us-gov {genai[1]} / litellm: us {litellm[0]} us-gov {litellm[1]}")
sys.exit(0 if genai[0] == genai[1] == litellm[0] < litellm[1] else 1)
PYTHON
