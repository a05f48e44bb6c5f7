#!/usr/bin/env bash
# what: litellm sends output_config.effort "max" to Bedrock when a caller asks Claude Opus 4.6 for "xhigh". The model
#       takes low, medium, high and max; one would expect the next lower level that it takes (high), as an effort is
#       asked for to bound cost: litellm orders the levels low, medium, high, max, xhigh and lowers xhigh "to" max.
# with what: litellm 1.110.2 on Python 3.10 or later; a local HTTP server in place of Bedrock
# seen: high -> high, xhigh -> max, max -> max
# in Signet: src/bedrock/reasoning.ts takes the next lower level that the catalogue lists for the model.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v >/dev/null 2>&1 && v/bin/pip install --quiet litellm==1.110.2 >/dev/null 2>&1 || exit 2
cat >try.py <<'PY'
import asyncio, http.server, json, os, sys, threading

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
sent = []


class Bedrock(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": "m", "type": "message", "role": "assistant", "model": "x", "usage": usage}
        message |= {"content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn", "stop_sequence": None}
        answer = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bedrock)
threading.Thread(target=server.serve_forever, daemon=True).start()

import litellm


async def effort_sent(effort):
    await litellm.anthropic.messages.acreate(
        model="bedrock/invoke/us.anthropic.claude-opus-4-6-v1",
        max_tokens=64,
        messages=[{"role": "user", "content": "hi"}],
        thinking={"type": "adaptive"},
        output_config={"effort": effort},
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="x",
        aws_region_name="us-east-1",
        api_base=f"http://127.0.0.1:{server.server_port}/model/m/invoke",
    )
    return sent[-1].get("output_config", {}).get("effort")


async def main():
    seen = {effort: await effort_sent(effort) for effort in ("high", "xhigh", "max")}
    print(", ".join(f"{asked} -> {got}" for asked, got in seen.items()))
    return seen == {"high": "high", "xhigh": "max", "max": "max"}


sys.exit(0 if asyncio.run(main()) else 1)
PY
v/bin/pip list 2>/dev/null | grep -i '^litellm '
v/bin/python try.py 2>/dev/null
