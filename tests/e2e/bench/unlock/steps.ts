/** The steps of an unlock, as page and worker saw them. */
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { filesBelow } from "../../harness/temporary.ts";
import { webFolder } from "../../harness/places.ts";
import type { App } from "../../harness/app.ts";
import type { Intercept } from "../../harness/wire.ts";
import { timeUnlockToList } from "../app.ts";

/** Something that happened in the worker, in Unix milliseconds. */
export interface Mark {
  name: string;
  at: number;
}

/** Milliseconds of one unlock. */
export interface Unlock {
  /** From the press to the frame that shows the list. */
  shown: number;
  /** The key derivation, from its start to its end. */
  derivation: number;
  /** From the key to the list's first rows. */
  listing: number;
  /** From those rows to the frame. */
  drawing: number;
  /** From the key to the worker's answer that the vault is open. */
  opening: number;
  marks: Mark[];
}

/** Serves the worker's script with the prelude in front. */
export async function measuredWorker(): Promise<Intercept> {
  const source = await readFile(new URL("prelude.ts", import.meta.url), "utf8");
  const { code: prelude } = await transform(source, { loader: "ts" });
  for (const [path, bytes] of await filesBelow(`${webFolder}/assets`)) {
    if (!/^worker-.*\.js$/.test(path)) continue;
    const headers = { "content-type": "text/javascript" };
    const answer = { status: 200, headers, body: `${prelude}\n${bytes.toString("utf8")}` };
    return (_, asked) => (asked === `/assets/${path}` ? answer : undefined);
  }
  throw new Error(`no worker in ${webFolder}`);
}

/** Presses Unlock and waits for the list. */
export async function unlock(app: App, passphrase: string): Promise<Unlock> {
  const shown = await timeUnlockToList(app, passphrase);
  const pressed = await app.page.evaluate(
    () =>
      performance.timeOrigin + (globalThis as unknown as { clock: { from: number } }).clock.from,
  );
  const marks = await marksSoFar(app);
  const after = (name: string, from: number): number => {
    const found = marks.find((mark) => mark.name === name && mark.at >= from);
    if (found === undefined) throw new Error(`the worker never ${name}`);
    return found.at - pressed;
  };
  const derives = after("derives", pressed);
  const derived = after("derived", pressed);
  const listed = after("told newest", pressed + derived);
  const opened = after("answered", pressed + listed);
  return {
    shown,
    derivation: derived - derives,
    listing: listed - derived,
    drawing: shown - listed,
    opening: opened - derived,
    marks: marks.map(({ name, at }) => ({ name, at: at - pressed })),
  };
}

/** What the worker has noted since it was asked last; waits for a worker. */
export function marksSoFar(app: App): Promise<Mark[]> {
  return app.page.evaluate(async () => {
    const channel = new BroadcastChannel("bench");
    const marks = await new Promise<Mark[]>((resolve) => {
      // A worker that is still starting does not hear it.
      const asking = setInterval(() => channel.postMessage("ask"), 100);
      const heard = ({ data }: MessageEvent<Mark[]>): void => {
        clearInterval(asking);
        resolve(data);
      };
      channel.addEventListener("message", heard, { once: true });
    });
    channel.close();
    return marks;
  });
}
