/** The golden vectors, read by the same code compiled for the browser. */
import assert from "node:assert/strict";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { vectorsFolder, vectorSuite } from "./harness/places.ts";
import { World } from "./harness/world.ts";

/** What `tests/wasm/src/lib.rs` exports, and what it reports. */
interface Suite {
  default: (source: { module_or_path: string }) => Promise<unknown>;
  run_vectors: () => string;
}
interface Report {
  files: { name: string; count: number; failures: { case: number; what: string }[] }[];
}

test("every golden vector holds in the browser", async (t) => {
  const world = await World.start(t);
  await cp(vectorSuite, join(world.site, "vectors"), { recursive: true });
  const page = await world.page(await world.device());
  const report = await page.evaluate(async () => {
    const address = "/vectors/vector_suite.js";
    const suite = (await import(address)) as Suite;
    await suite.default({ module_or_path: "/vectors/vector_suite_bg.wasm" });
    return suite.run_vectors();
  });
  const { files } = JSON.parse(report) as Report;
  for (const { name, count, failures } of files) {
    assert.deepEqual(failures, [], name);
    assert.ok(count > 0, name);
  }
  const here = (await readdir(vectorsFolder)).filter((name) => name.endsWith(".json"));
  assert.deepEqual(files.map(({ name }) => name).sort(), here.sort());
});
