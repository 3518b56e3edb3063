/**
 * Locking, in a bare page:
 *
 * 1. A wrong passphrase has one answer, and the right one still works.
 * 2. After a lock there is no worker, so there is no memory that held a key.
 * 3. A locked vault gives out nothing; unlocking brings everything back.
 * 4. What was on its way when the vault was locked is told so.
 * 5. An idle vault locks itself, and a worker that does not answer is ended
 *    all the same.
 * 6. A fault of ours leaves nobody waiting, and the vault can be used again.
 * 7. The background and another device lock it too, and the worker is gone;
 *    the next one tells why and by whom. What was handed over as a draft
 *    before is back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { VaultState } from "@lockstep/vault";
import { PASSPHRASE, workers, World } from "./harness/world.ts";

/** Lets a page's worker and its timers believe that so much time has passed. */
async function later(page: Page, ms: number): Promise<void> {
  await page.workers()[0]?.evaluate((ms) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + ms;
  }, ms);
}

/** Waits for the lock, and gives why and by whom as the next worker tells it. */
async function lockOf(page: Page): Promise<VaultState["lock"]> {
  await page.waitForFunction(() =>
    notices.some((notice) => notice.type === "state" && notice.phase === "locked"),
  );
  await workers(page, 0);
  const state = await page.evaluate(() => vault.state());
  assert.equal(state.phase, "locked");
  return state.lock;
}

const NOTE = { kind: "idea", title: "Lighthouse", text: "Visit at dusk." } as const;

test("a wrong passphrase does not unlock and says nothing more", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const [wrong, short, right] = await page.evaluate(async (passphrase) => {
    await vault.lock();
    return [
      await attempt(() => vault.unlock("incorrect horse battery staple")),
      await attempt(() => vault.unlock("x")),
      await attempt(() => vault.unlock(passphrase)),
    ] as const;
  }, PASSPHRASE);
  assert.deepEqual(wrong, {
    code: "cannot_unlock",
    sentence: "That did not unlock the vault. Check the passphrase and try again.",
  });
  assert.deepEqual(short, wrong);
  assert.ok("ok" in right && right.ok.phase === "unlocked");
});

test("the worker is gone after a lock", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  await workers(page, 1);
  const state = await page.evaluate(() => vault.lock());
  assert.equal(state.phase, "locked");
  await workers(page, 0);
});

test("a locked vault gives out nothing, an unlocked one everything", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const id = await page.evaluate(async (note) => {
    const [item] = await vault.put([note]);
    await vault.lock();
    return item?.id ?? "";
  }, NOTE);
  const locked = await page.evaluate(
    async (id) => [
      await attempt(() => vault.get(id)),
      await attempt(() => vault.list({ limit: 10 })),
      await attempt(() => vault.search("lighthouse")),
      await attempt(() => vault.put([{ kind: "idea", title: "Another" }])),
    ],
    id,
  );
  for (const answer of locked) assert.equal("code" in answer && answer.code, "locked");

  const [record, page1, found] = await page.evaluate(
    async ([id, passphrase]) => {
      await vault.unlock(passphrase);
      return [
        await vault.get(id),
        await vault.list({ limit: 10 }),
        await vault.search("lighth"),
      ] as const;
    },
    [id, PASSPHRASE] as const,
  );
  assert.equal(record.text, NOTE.text);
  assert.deepEqual([page1.total, page1.items[0]?.title], [1, NOTE.title]);
  assert.deepEqual([found.total, found.hits[0]?.id], [1, id]);
});

test("what was on its way when the vault was locked is told so", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const answers = await page.evaluate(async () => {
    // Stretching this takes longer than locking.
    await vault.lock();
    const unlocking = attempt(() => vault.unlock("incorrect horse battery staple"));
    const locking = attempt(() => vault.lock());
    return [await unlocking, await locking] as const;
  });
  const [unlocking, locking] = answers;
  assert.ok(
    "code" in unlocking && ["stopped", "locked"].includes(unlocking.code),
    JSON.stringify(unlocking),
  );
  assert.ok("ok" in locking && locking.ok.phase === "locked");
  assert.deepEqual(world.complaints, []);
});

test("a listener hears of the lock", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const phases = await page.evaluate(async () => {
    await vault.lock();
    return notices.flatMap((notice) => (notice.type === "state" ? [notice.phase] : []));
  });
  assert.equal(phases.at(-1), "locked");
});

test("an idle vault locks itself, and its worker is gone", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const [worker] = page.workers();
  // As if the laptop had slept: the day goes on, the browser's timers did not.
  await worker?.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 11 * 60 * 1000;
  });
  await page.waitForFunction(() =>
    notices.some((notice) => notice.type === "state" && notice.phase === "locked"),
  );
  await workers(page, 0);
  const late = await page.evaluate(() => attempt(() => vault.list({ limit: 1 })));
  assert.equal("code" in late && late.code, "locked");
});

test("a worker that does not answer is ended all the same", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  let asked = 0;
  await device.route("**/lockstep_bg.wasm", async (route) => {
    if (++asked > 1) await route.continue();
  });
  const page = await world.opened(device);
  const [pending, locked] = await page.evaluate(() =>
    Promise.all([attempt(() => vault.state()), attempt(() => vault.lock())]),
  );
  assert.equal("code" in pending && pending.code, "stopped");
  assert.ok("ok" in locked && locked.ok.phase === "signed_out");
});

test("a fault leaves nobody waiting, and the vault can be used again", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  const page = await world.created(device);
  // Never answered, so that there is a call on its way.
  await device.route("**/sync/**", () => undefined);
  await page.evaluate(() => {
    Object.assign(globalThis, { waiting: attempt(() => vault.sync()) });
  });
  await page.workers()[0]?.evaluate(() => {
    setTimeout(() => {
      throw new Error("as a trap in the module would");
    });
  });
  const [waiting, stopped, state] = await page.evaluate(async () => {
    const { waiting } = globalThis as unknown as { waiting: ReturnType<typeof attempt> };
    return [await waiting, notices.at(-1), await vault.state()] as const;
  });
  assert.equal("code" in waiting && waiting.code, "internal");
  assert.deepEqual(stopped, { type: "stopped" });
  assert.equal(state.phase, "locked");
});

test("a vault in the background locks itself, and its worker is gone", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  await page.evaluate(() => vault.visibility(false, "phone"));
  const lock = await lockOf(page);
  assert.deepEqual([lock?.reason, lock?.tier, lock?.by], ["background", "device", "this_device"]);
});

test("a focus session holds off the background, not a lock by hand", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  await page.evaluate(async () => {
    await vault.keepAwake("focus", true);
    vault.visibility(false, "phone");
  });
  await later(page, 11 * 60 * 1000);
  const open = await page.evaluate(async () => {
    vault.activity();
    return vault.list({ limit: 1 });
  });
  assert.equal(open.total, 0);
  await page.evaluate(() => vault.lock());
  assert.equal((await lockOf(page))?.reason, "manual");
});

test("typing that was not saved is back after the lock", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  await page.evaluate(() => {
    vault.on((notice) => {
      if (notice.type !== "locking") return;
      void vault.keepDraft({ kind: "idea", text: "half a sentence" });
    });
    vault.visibility(false, "phone");
  });
  await lockOf(page);
  const drafts = await page.evaluate(async (passphrase) => {
    const early = await attempt(() => vault.drafts());
    vault.visibility(true);
    await vault.unlock(passphrase);
    return [early, await vault.drafts()] as const;
  }, PASSPHRASE);
  assert.equal("code" in drafts[0] && drafts[0].code, "locked");
  assert.deepEqual(
    drafts[1].map(({ text }) => text),
    ["half a sentence"],
  );
});

test("a lock of every device ends the worker of another one", async (t) => {
  const world = await World.start(t);
  const first = await world.created(await world.device());
  const second = await world.opened(await world.device());
  const { url } = await first.evaluate(() => vault.createLink());
  await second.evaluate(
    async ([url, passphrase]) => {
      await vault.signIn(url);
      await vault.unlock(passphrase);
      await vault.sync();
    },
    [url, PASSPHRASE] as const,
  );
  await first.evaluate(() => vault.lock("vault"));
  // The next poll, which would come by itself within half a minute.
  await second.evaluate(() => attempt(() => vault.sync()));
  const lock = await lockOf(second);
  assert.deepEqual([lock?.reason, lock?.tier, lock?.by], ["manual", "vault", "other_device"]);
  const state = await second.evaluate((passphrase) => vault.unlock(passphrase), PASSPHRASE);
  assert.equal(state.phase, "unlocked");
});
