// Bluesky's own PDS (npm @atproto/pds) with the directory of DIDs that it needs (npm @did-plc/server, in memory), on free ports of this
// machine, for a test. Usage: node pds.mjs NODE_MODULES FOLDER HANDLE...
// Prints one line of JSON: {"url", "accounts": {HANDLE: {"did", "app_password"}}}. Ends with its standard input.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";

const [modules, folder, ...handles] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const { PDS, envToCfg, envToSecrets } = await import(path.join(modules, "@atproto/pds/dist/index.js"));
const { Database, PlcServer } = require("@did-plc/server");

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function call(url, nsid, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}/xrpc/${nsid}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${nsid}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const secret = () => randomBytes(32).toString("hex");
const directoryPort = await freePort();
const directory = PlcServer.create({ db: Database.mock(), port: directoryPort });
await directory.start();
const port = await freePort();
const environment = {
  port, hostname: "localhost", devMode: true, inviteRequired: false, disableSsrfProtection: true, rateLimitsEnabled: false,
  serviceHandleDomains: [".test"], didPlcUrl: `http://localhost:${directoryPort}`, crawlers: [],
  dataDirectory: folder, blobstoreDiskLocation: path.join(folder, "blobs"),
  jwtSecret: secret(), adminPassword: secret(), dpopSecret: secret(), plcRotationKeyK256PrivateKeyHex: secret(),
};
const pds = await PDS.create(envToCfg(environment), envToSecrets(environment));
await pds.start();

const url = `http://127.0.0.1:${port}`;
const accounts = {};
for (const handle of handles) {
  const made = await call(url, "com.atproto.server.createAccount",
    { handle, email: `${handle}@example.com`, password: secret() });
  const app = await call(url, "com.atproto.server.createAppPassword", { name: "carillon" }, made.accessJwt);
  accounts[handle] = { did: made.did, app_password: app.password };
}
console.log(JSON.stringify({ url, accounts }));
process.stdin.resume().on("end", async () => {
  await pds.destroy();
  await directory.destroy();
  process.exit(0);
});
