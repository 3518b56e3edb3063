/**
 * Without a server, and with one that is not ours:
 *
 * 1. Writing and searching go on without a server; what is unsent is sent
 *    later.
 * 2. A captive portal that redirects is not taken for the server.
 * 3. A module that does not arrive, or that the browser does not take, is told,
 *    and the next call tries again.
 * 4. A command that makes no sense is refused and breaks nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "playwright-core";
import { World } from "./harness/world.ts";

test("writing and searching go on without a server", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  await page.evaluate(() => vault.sync());
  await world.server.stop();
  const offline = await page.evaluate(async () => {
    const [item] = await vault.put([{ kind: "journal", title: "Storm" }]);
    const found = await vault.search("sto");
    return { item, found: found.total, status: await vault.sync() };
  });
  assert.equal(offline.item?.durability, "on_device");
  assert.equal(offline.found, 1);
  assert.deepEqual([offline.status.phase, offline.status.unsent], ["offline", 1]);

  await world.server.resume();
  await page.waitForFunction(async () => (await vault.sync()).unsent === 0, undefined, {
    timeout: 90_000,
    polling: 1_000,
  });
  const items = (await page.evaluate(() => vault.list({ limit: 10 }))).items;
  assert.equal(items[0]?.durability, "on_server");
});

test("a captive portal is not taken for the server", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  const page = await world.opened(device);
  await device.route("**/api/**", (route) =>
    route.fulfill({ status: 302, headers: { Location: "/index.html" } }),
  );
  const answer = await page.evaluate(
    (link) => attempt(() => vault.signIn(link)),
    world.server.link,
  );
  assert.equal("code" in answer && answer.code, "not_our_server");
});

test("a module that does not arrive is told, and tried again", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  const answers: ((route: Route) => Promise<void>)[] = [
    (route) => route.abort(),
    (route) => route.fulfill({ contentType: "application/wasm", body: "no module at all" }),
    (route) => route.continue(),
  ];
  await device.route("**/lockstep_bg.wasm", (route) => answers.shift()?.(route));
  const page = await world.opened(device);
  const [absent, broken, whole] = await page.evaluate(
    async () =>
      [
        await attempt(() => vault.state()),
        await attempt(() => vault.state()),
        await attempt(() => vault.state()),
      ] as const,
  );
  assert.equal("code" in absent && absent.code, "offline");
  assert.equal("code" in broken && broken.code, "unsupported");
  assert.ok("ok" in whole && whole.ok.phase === "signed_out");
});

test("a command that makes no sense is refused and breaks nothing", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const answers = await page.evaluate(async () => {
    type Call = (...words: unknown[]) => Promise<unknown>;
    const odd = vault as unknown as Record<"put" | "get" | "list" | "importFiles", Call>;
    return [
      await attempt(async () => odd.put([{ kind: "nonsense" }])),
      await attempt(async () => odd.put("records")),
      await attempt(async () => odd.get("not an id")),
      await attempt(async () => odd.list({ limit: -1 })),
      await attempt(async () =>
        odd.importFiles([
          { path: "a.md", bytes: new Uint8Array(0) },
          { path: 7, bytes: new Uint8Array(1) },
        ]),
      ),
    ];
  });
  for (const answer of answers) assert.equal("code" in answer && answer.code, "misuse");
  assert.equal((await page.evaluate(() => vault.list({ limit: 10 }))).total, 0);
});
