/**
 * The ten lines of the package's README do what they say, in a bare page,
 * against the real server, under its Content-Security-Policy and with Trusted
 * Types enforced.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { packageFolder } from "./harness/places.ts";
import { World } from "./harness/world.ts";

const BLOCK = /<!-- ten-lines -->\s*```js\n([\s\S]*?)```/;

async function tenLines(): Promise<string> {
  const readme = await readFile(join(packageFolder, "README.md"), "utf8");
  const block = BLOCK.exec(readme)?.[1];
  assert.ok(block !== undefined, "the README has lost its ten lines");
  return block;
}

test("the ten lines of the README run", async (t) => {
  const world = await World.start(t);
  const lines = await tenLines();
  // A bundler resolves the package's name; a bare page has its address.
  const script = lines.replace('"@lockstep/vault"', '"/pkg/index.js"');
  assert.notEqual(script, lines);
  await writeFile(join(world.site, "ten-lines.js"), `${script}\nglobalThis.finished = vault;\n`);

  const page = await world.page(await world.device(), world.server.link);
  const printed: string[] = [];
  page.on("console", (message) => printed.push(message.text()));
  await page.evaluate(async () => {
    const address = "/ten-lines.js";
    await import(address);
  });
  assert.deepEqual(printed, ["Lighthouse synced"]);
  assert.deepEqual(world.complaints, []);

  const { total } = await page.evaluate(async () => {
    const { finished } = globalThis as unknown as { finished: typeof vault };
    return finished.list({ limit: 10 });
  });
  assert.equal(total, 1);
});

test("there are ten of them", async () => {
  const lines = (await tenLines()).split("\n").filter((line) => line.trim() !== "");
  assert.equal(lines.length, 10);
});
