#!/usr/bin/env bash
# what: under Node's NODE_USE_ENV_PROXY=1 the AWS SDK for JavaScript sends EC2's instance metadata requests (the token's
#       PUT, then the one for the role's credentials, in plain text) to HTTP_PROXY, but calls STS directly, past
#       HTTPS_PROXY. One would expect the reverse: services through the proxy, link-local metadata never.
# with what: @aws-sdk/credential-providers 3.1169.0 and @aws-sdk/client-sts 3.1169.0 on Node 26.10.0. The SDK's
#       clients make agents of their own, which Node's switch doesn't reach; the metadata provider uses the global agent.
# seen: the proxy gets PUT http://169.254.169.254/latest/api/token and GET …/security-credentials/; from STS nothing.
# in Signet: no use of Node's switch for AWS. Its own proxy covers the SDK's clients and never link-local addresses;
#       `signet doctor` warns if NODE_USE_ENV_PROXY and HTTP_PROXY are set and NO_PROXY lacks 169.254.169.254.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent --save-exact node@26.10.0 @aws-sdk/credential-providers@3.1169.0 @aws-sdk/client-sts@3.1169.0 >/dev/null 2>&1 || exit 2
cat >try.cjs <<'JS'
const http = require("node:http");
const { fromInstanceMetadata } = require("@aws-sdk/credential-providers");
const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
const seen = [];
const proxy = http.createServer((q, r) => {
  seen.push(`${q.method} ${q.url}`);
  r.writeHead(403).end();
});
proxy.on("connect", (q, socket) => {
  seen.push(`CONNECT ${q.url}`);
  socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
});
proxy.listen(Number(process.env.PROXY_PORT), "127.0.0.1", async () => {
  await fromInstanceMetadata({ timeout: 1000, maxRetries: 0 })().catch(() => undefined);
  const metadata = seen.splice(0);
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "x" };
  const sts = new STSClient({ region: "us-east-1", credentials, maxAttempts: 1 });
  await sts.send(new GetCallerIdentityCommand({})).catch(() => undefined);
  console.log(`metadata through the proxy: ${JSON.stringify(metadata)}`);
  console.log(`STS through the proxy: ${JSON.stringify(seen)}`);
  process.exit(metadata.some((line) => line.includes("169.254.169.254")) && seen.length === 0 ? 0 : 1);
});
JS
export PATH="$folder/node_modules/.bin:$PATH"
node --version
unset NO_PROXY no_proxy http_proxy https_proxy
export PROXY_PORT=39912 HTTP_PROXY=http://127.0.0.1:39912 HTTPS_PROXY=http://127.0.0.1:39912
NODE_USE_ENV_PROXY=1 node try.cjs
