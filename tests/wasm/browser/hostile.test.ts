/** A hostile server against the core as it runs in a browser. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { vectorSuite } from "./harness/places.ts";
import { World } from "./harness/world.ts";

/** What `tests/wasm/src/hostile.rs` exports, and what it reports. */
interface Suite {
  default: (source: { module_or_path: string }) => Promise<unknown>;
  run_hostile: () => string;
}
interface AttackReport {
  name: string;
  cases: number;
  successes: string[];
}

test("no attack of a hostile server succeeds in wasm", async (t) => {
  const world = await World.start(t);
  await cp(vectorSuite, join(world.site, "vectors"), { recursive: true });
  const page = await world.page(await world.device());
  const said = await page.evaluate(async () => {
    const address = "/vectors/vector_suite.js";
    const suite = (await import(address)) as Suite;
    await suite.default({ module_or_path: "/vectors/vector_suite_bg.wasm" });
    return suite.run_hostile();
  });
  const attacks = JSON.parse(said) as AttackReport[];
  let total = 0;
  for (const { name, cases, successes } of attacks) {
    assert.deepEqual(successes.slice(0, 10), [], name);
    assert.ok(cases > 0, name);
    total += cases;
  }
  console.log(`counted: ${total} attacks of a hostile server, wasm`);
  assert.ok(total > 150_000, `${total}`);
});
