// Bluesky's own PDS (npm @atproto/pds) with the directory of DIDs that it needs (npm @did-plc/server, in memory), for a test.
// Usage: node pds.mjs NODE_MODULES FOLDER PORT DIRECTORY_PORT HANDLE...
// Prints one line of JSON: {"url", "accounts": {HANDLE: {"did", "app_password"}}}. Ends with its standard input.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, folder, ...rest] = process.argv.slice(2);
const [port, directoryPort] = rest.splice(0, 2).map(Number);
const handles = rest;
const require = createRequire(path.join(modules, "package.json"));
const { PDS, envToCfg, envToSecrets } = await import(path.join(modules, "@atproto/pds/dist/index.js"));
const { Database, PlcServer } = require("@did-plc/server");

async function call(url, nsid, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}/xrpc/${nsid}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${nsid}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const secret = () => randomBytes(32).toString("hex");
const directory = PlcServer.create({ db: Database.mock(), port: directoryPort });
await directory.start();
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
