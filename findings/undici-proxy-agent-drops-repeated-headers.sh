#!/usr/bin/env bash
# what: undici's ProxyAgent sends only the last of repeated request headers given as a flat list; Agent sends all.
#       One would expect a dispatcher to change how a request travels, not what it says: a signed request with a
#       repeated header is refused (SigV4 covers all values), an unsigned one is silently another request.
# with what: undici 8.12.4 on Node 26.10.0
# seen: Agent sends x-a: 1 and x-a: 2; ProxyAgent sends x-a: 2 only.
# in Signet: no ProxyAgent. src/proxy opens the tunnel below an ordinary Pool, so that bytes go out as signed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent --save-exact node@26.10.0 undici@8.12.4 >/dev/null 2>&1 || exit 2
cat >try.mjs <<'JS'
import http from "node:http";
import net from "node:net";
import { Agent, ProxyAgent, request } from "undici";
const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
const origin = await listen(http.createServer((q, r) => r.end(JSON.stringify(q.rawHeaders))));
const proxy = await listen(
  http.createServer().on("connect", (q, client) => {
    const [host, port] = q.url.split(":");
    const server = net.connect(port, host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      server.pipe(client).pipe(server);
    });
  }),
);
const seen = [];
for (const dispatcher of [new Agent(), new ProxyAgent({ uri: `http://127.0.0.1:${proxy}`, proxyTunnel: true })]) {
  const headers = ["x-a", "1", "x-a", "2"];
  const { body } = await request(`http://127.0.0.1:${origin}/`, { dispatcher, headers });
  const raw = await body.json();
  seen.push(raw.filter((_, i) => i % 2 === 1 && raw[i - 1] === "x-a").join());
  console.log(`${dispatcher.constructor.name}: x-a ${seen.at(-1)}`);
}
process.exit(seen[0] === "1,2" && seen[1] === "2" ? 0 : 1);
JS
export PATH="$folder/node_modules/.bin:$PATH"
node --version
echo "undici $(node -p 'require("undici/package.json").version')"
node try.mjs
