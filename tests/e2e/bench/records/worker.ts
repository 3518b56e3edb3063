/**
 * Runs in a worker, as the vault does: ours and the peers on the same records,
 * one after the other, in an order that turns from round to round.
 */
import { libsodium, noble, prepare, type Sealer, webCrypto } from "./peers.ts";
import { argon2id, pbkdf2 } from "./stretching.ts";

/** What the measuring module of the vault exports. */
interface Suite {
  default: (source: { module_or_path: string }) => Promise<unknown>;
  Records: {
    new (policy: number, count: number, bodyBytes: number): OurRecords;
    associated_bytes: () => number;
  };
  Stretching: new (policy: number, passphrase: string) => OurStretching;
}
interface OurRecords {
  seal: () => number;
  open: () => number;
}
interface OurStretching {
  salt: () => Uint8Array;
  run: () => Promise<void>;
}

/** What the page asks for. */
export interface Task {
  count: number;
  bytes: number;
  rounds: number;
}

/** Milliseconds of each round, by name. */
export type Times = Record<string, number[]>;

/** One thing to be timed. */
interface Trial {
  name: string;
  run: () => unknown;
}

const PASSPHRASE = "eleven grey stones in a row";

async function measure({ count, bytes, rounds }: Task): Promise<Times> {
  const address = new URL("/suite/bench_suite.js", location.origin).href;
  const suite = (await import(address)) as Suite;
  await suite.default({ module_or_path: "/suite/bench_suite_bg.wasm" });
  const records = prepare(count, bytes, suite.Records.associated_bytes());
  const first = new suite.Records(1, count, bytes);
  const second = new suite.Records(2, count, bytes);
  const peers = [await webCrypto(records), await libsodium(records), noble(records)];
  const one = new suite.Stretching(1, PASSPHRASE);
  const two = new suite.Stretching(2, PASSPHRASE);

  const trials: Trial[][] = [
    [
      { name: "seal, policy 1", run: () => first.seal() },
      { name: "seal, policy 2", run: () => second.seal() },
      ...peers.map((peer) => ({ name: `seal, ${peer.name}`, run: () => peer.seal() })),
    ],
    [
      { name: "open, policy 1", run: () => first.open() },
      { name: "open, policy 2", run: () => second.open() },
      ...peers.map((peer) => ({ name: `open, ${peer.name}`, run: () => peer.open() })),
    ],
    [
      { name: "PBKDF2, ours", run: () => one.run() },
      { name: "PBKDF2, WebCrypto", run: pbkdf2(PASSPHRASE, one.salt()) },
    ],
    [
      { name: "Argon2id, ours", run: () => two.run() },
      { name: "Argon2id, libsodium", run: await argon2id(PASSPHRASE, two.salt()) },
    ],
  ];
  return timed(trials, rounds);
}

/** The first round warms up and is not counted. */
async function timed(trials: Trial[][], rounds: number): Promise<Times> {
  const times: Times = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const group of trials) {
      for (let at = 0; at < group.length; at += 1) {
        const trial = group[(at + round) % group.length];
        if (trial === undefined) continue;
        const started = performance.now();
        await trial.run();
        const took = performance.now() - started;
        if (round > 0) (times[trial.name] ??= []).push(took);
      }
    }
  }
  return times;
}

export type { Sealer };

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  measure(data).then(
    (times) => postMessage({ times }),
    (error: unknown) => postMessage({ failed: String(error) }),
  );
});
