/**
 * The vault worker: loads the WebAssembly module and passes messages on.
 * Everything else is in there.
 */

import init, { VaultWorker } from "lockstep-glue";
import type { Notice } from "./api.js";
import type { PageCode } from "./error.js";
import type { FailureView, FromWorker, Start, Stopped, ToWorker } from "./protocol.js";

declare const self: DedicatedWorkerGlobalScope;

function tell(message: FromWorker): void {
  self.postMessage(message);
}

/** What is thrown while there is no vault that could say it itself. */
class CannotStart extends Error {
  readonly code: PageCode;

  constructor(code: PageCode) {
    super(code);
    this.code = code;
  }
}

async function start({ server, name, wasm }: Start): Promise<VaultWorker> {
  if (typeof WebAssembly === "undefined") throw new CannotStart("unsupported");
  try {
    await init({ module_or_path: wasm });
  } catch (error) {
    // A module that arrived is as good as this worker; a browser that cannot
    // compile it is too old. Anything else is that it did not arrive.
    const tooOld = error instanceof WebAssembly.CompileError;
    throw new CannotStart(tooOld ? "unsupported" : "offline");
  }
  return new VaultWorker(server, name, (notice) => tell({ notice: notice as Notice | Stopped }));
}

function isFailure(thrown: unknown): thrown is FailureView {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "sentence" in thrown;
}

let vault: Promise<VaultWorker> | undefined;

async function carryOut(id: number, command: unknown): Promise<void> {
  try {
    const ready = await vault;
    if (ready === undefined) throw new CannotStart("internal");
    tell({ id, ok: await ready.request(command) });
  } catch (thrown) {
    if (isFailure(thrown)) tell({ id, error: thrown });
    else tell({ failed: thrown instanceof CannotStart ? thrown.code : "internal" });
  }
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("start" in data) {
    vault = start(data.start);
    vault.catch((thrown: unknown) =>
      tell({ failed: thrown instanceof CannotStart ? thrown.code : "unsupported" }),
    );
  } else {
    void carryOut(data.id, data.command);
  }
});

// A trap of the module leaves requests without an answer.
self.addEventListener("error", () => tell({ notice: { type: "stopped" } }));
self.addEventListener("unhandledrejection", () => tell({ notice: { type: "stopped" } }));
