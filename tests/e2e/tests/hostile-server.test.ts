/** Whatever answers in the server's place, nothing is lost and words say so. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_HERE, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import type { Answer } from "../harness/wire.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "three copper kettles singing";

const HTML = { "content-type": "text/html" };
const JSON_TYPE = { "content-type": "application/json" };
const MESSAGE_PACK = { "content-type": "application/msgpack" };

const GARBAGE: Record<string, Answer> = {
  "a network sign-in page": { status: 200, headers: HTML, body: "<h1>Welcome to the hotel</h1>" },
  "text that is called JSON": { status: 200, headers: JSON_TYPE, body: "{{{" },
  "bytes that are called MessagePack": {
    status: 200,
    headers: MESSAGE_PACK,
    body: new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
  },
  "an empty answer": { status: 200, headers: MESSAGE_PACK, body: "" },
  "a redirection elsewhere": {
    status: 302,
    headers: { location: "http://localhost:9/x" },
    body: "",
  },
  "a failure": { status: 500, headers: HTML, body: "<pre>stack trace</pre>" },
  "more than a device reads": {
    status: 200,
    headers: MESSAGE_PACK,
    body: new Uint8Array(17 * 1024 * 1024),
  },
};

describe("a device whose server is not itself", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
  });
  after(() => world.close());

  for (const [name, answer] of Object.entries(GARBAGE)) {
    it(`keeps what is written when it gets ${name}`, async () => {
      let given = 0;
      world.wire.intercept = (_, path) => {
        if (!/^\/(api|v1)\//.test(path)) return undefined;
        given += 1;
        return answer;
      };
      await app.write(`Note during ${name}`, "Still here.");
      await app.waitForState(SAVED_HERE);
      await app.checkNow();
      await eventually("the answer was given", () => given > 0);
      await eventually("the app says that something is wrong", async () => {
        const words = await app.syncStatus.innerText();
        return words !== "" && !/synced|up to date/i.test(words);
      });
      assert.doesNotMatch(await device.page.locator("body").innerText(), /stack trace/);
    });
  }

  it("locks and unlocks meanwhile", async () => {
    await app.lockNow();
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    assert.equal(await app.count(), Object.keys(GARBAGE).length);
  });

  it("sends everything once its server is back", async () => {
    world.wire.intercept = undefined;
    for (const name of Object.keys(GARBAGE)) {
      await app.openNote(`Note during ${name}`);
      await app.saveState.filter({ hasText: SAVED_THERE }).waitFor({ timeout: 120_000 });
    }
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
