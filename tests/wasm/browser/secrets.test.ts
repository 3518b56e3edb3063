/**
 * No key crosses to the page:
 *
 * 1. The package exports what it says and no more, and so does the module.
 * 2. No message between page and worker, and so no value that the package
 *    returns, holds bytes, a CryptoKey, or text that could be a key.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./harness/places.ts";
import { PASSPHRASE, World } from "./harness/world.ts";

/** Random by nature, and known to the server. The token of a link is used up by signing in. */
const NOT_SECRET = new Set([
  "id",
  "ids",
  "revision",
  "account_id",
  "device_id",
  "vault_id",
  "url",
  "used_by",
]);

/** 16 bytes and more, as hexadecimal digits or in base64. */
const LIKE_A_KEY = /[0-9a-f]{32}|[A-Za-z0-9+/_-]{22}/i;

interface Suspect {
  path: string;
  found: string;
}

function* suspects(value: unknown, path: string, name: string): Generator<Suspect> {
  if (typeof value === "string") {
    if (!NOT_SECRET.has(name) && LIKE_A_KEY.test(value)) yield { path, found: value };
  } else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) yield* suspects(item, `${path}[${at}]`, name);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* suspects(item, `${path}.${key}`, key);
  }
}

test("exports what it says and no more", async (t) => {
  const world = await World.start(t);
  const page = await world.page(await world.device());
  const names = await page.evaluate(() => ({
    exports: Object.keys(lockstep),
    statics: Object.getOwnPropertyNames(lockstep.Lockstep),
    methods: Object.getOwnPropertyNames(lockstep.Lockstep.prototype).sort(),
    own: Object.getOwnPropertyNames(new lockstep.LockstepError("x", "y")).sort(),
  }));
  assert.deepEqual(names, {
    exports: ["Lockstep", "LockstepError"],
    statics: ["length", "name", "prototype", "open", "takeOver"],
    methods: [
      ...["activity", "apiKeys", "close", "constructor", "createApiKey", "createLink"],
      ...["createVault", "devices"],
      ...["discardDraft", "drafts", "get", "idle", "importFiles", "keepAwake", "keepDraft", "list"],
      ...["lock", "lockSettings", "on", "put", "rejoin", "remove"],
      ...["renameDevice", "restore", "revokeApiKey", "revokeDevice", "save", "search"],
      ...["setLockSettings", "signIn", "signOut", "state", "sync", "syncStatus", "unlock"],
      "visibility",
    ],
    own: ["code", "message", "name", "stack"],
  });
});

test("the module exports one class with one method", async () => {
  const address = pathToFileURL(`${packageFolder}/dist/lockstep.js`).href;
  const glue = (await import(address)) as { VaultWorker: { prototype: object } };
  assert.deepEqual(Object.keys(glue).sort(), ["VaultWorker", "default", "initSync"]);
  assert.deepEqual(Object.getOwnPropertyNames(glue.VaultWorker.prototype).sort(), [
    ...["__destroy_into_raw", "constructor", "free", "request"],
  ]);
});

test("no message between page and worker holds a key", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  await device.addInitScript(() => {
    const seen: unknown[] = [];
    Object.assign(globalThis, { seen });
    const Plain = Worker;
    globalThis.Worker = class extends Plain {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", ({ data }: MessageEvent) => seen.push(data));
      }
    };
  });
  const page = await world.created(device);
  const { told, bytes } = await page.evaluate(async (passphrase) => {
    const text = new TextEncoder().encode("# Tide\n\nOut at six.");
    const [item] = await vault.put([{ kind: "idea", title: "Lamp", tags: ["sea"] }]);
    const id = item?.id ?? "";
    await vault.save(id, { text: "The lamp turns." });
    await vault.importFiles([{ path: "coast/tide.md", bytes: text }]);
    await vault.get(id);
    await vault.remove(id);
    await vault.restore(id);
    await vault.list({ limit: 10 });
    await vault.search("lamp");
    await vault.sync();
    await vault.syncStatus();
    await vault.createLink();
    await vault.devices();
    await vault.lock();
    await vault.unlock(passphrase);
    await vault.state();
    await vault.signOut("discard");
    const { seen } = globalThis as unknown as { seen: unknown[] };
    // Whatever JSON does not carry is no plain value: bytes, a CryptoKey.
    const odd = (value: unknown): boolean =>
      typeof value === "object" &&
      value !== null &&
      (Array.isArray(value)
        ? value.some(odd)
        : Object.getPrototypeOf(value) !== Object.prototype || Object.values(value).some(odd));
    return { told: JSON.stringify(seen), bytes: seen.filter(odd).length };
  }, PASSPHRASE);
  const messages = JSON.parse(told) as unknown[];
  assert.ok(messages.length > 16, `${messages.length} messages`);
  assert.equal(bytes, 0);
  assert.deepEqual([...suspects(messages, "", "")], []);
});

test("the walk over messages would find a key", () => {
  const hidden = [{ ok: { a: [{ b: "q83vASNFZ4mrze8BI0VniQ==" }] } }, { c: "ab".repeat(16) }];
  assert.deepEqual(
    [...suspects(hidden, "", "")].map(({ path }) => path),
    ["[0].ok.a[0].b", "[1].c"],
  );
});
