/** The life of the vault worker and what is on its way to it. */

import type { Command, Notice } from "./api.js";
import { failure, LockstepError, type PageCode } from "./error.js";
import type { FromWorker, Start, Stopped, ToWorker } from "./protocol.js";

interface Pending {
  resolve: (reply: unknown) => void;
  reject: (error: LockstepError) => void;
}

/** The parts of Trusted Types that are used here, where the browser has them. */
type Factory = Pick<TrustedTypePolicyFactory, "createPolicy">;

let workerPolicy: Pick<TrustedTypePolicy, "createScriptURL"> | undefined;

/** The worker's address, as a page that enforces Trusted Types wants it. */
function workerUrl(): string | URL {
  const own = new URL("./worker.js", import.meta.url);
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (factory === undefined) return own;
  workerPolicy ??= factory.createPolicy("lockstep-vault", {
    createScriptURL(url: string) {
      if (url !== own.href) throw new TypeError("Only the vault's own worker may be started.");
      return url;
    },
  });
  // What comes back is a TrustedScriptURL, which `Worker` takes for a string.
  return workerPolicy.createScriptURL(own.href) as unknown as string;
}

/** The address of the WebAssembly module, for the start message. */
export function wasmUrl(): string {
  return new URL("./lockstep_bg.wasm", import.meta.url).href;
}

/** Starts a worker when one is needed, and ends it. */
export class WorkerHost {
  readonly #start: Start;
  readonly #heard: (notice: Notice | Stopped) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;
  #idlers: (() => void)[] = [];

  constructor(start: Start, heard: (notice: Notice | Stopped) => void) {
    this.#start = start;
    this.#heard = heard;
  }

  /** Whether there is a worker at the moment. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Hands a command to the worker; starts one first if there is none. */
  call(command: Command, transfer: Transferable[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? this.#launch();
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      try {
        worker.postMessage({ id, command } satisfies ToWorker, transfer);
      } catch (thrown) {
        // Something that cannot be cloned, such as a function.
        this.#pending.delete(id);
        throw thrown;
      }
    });
  }

  /** Fulfilled once nothing is on its way to the worker. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.#tellIdlers();
    });
  }

  /**
   * Ends the worker, and with it everything that it had in memory. What was
   * still on its way is rejected with that code.
   */
  stop(code: PageCode): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(failure(code));
    this.#tellIdlers();
  }

  #tellIdlers(): void {
    if (this.#pending.size > 0) return;
    for (const tell of this.#idlers.splice(0)) tell();
  }

  #launch(): Worker {
    let worker: Worker;
    try {
      worker = new Worker(workerUrl(), { type: "module", name: "lockstep-vault" });
    } catch {
      throw failure("unsupported");
    }
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#hear(data);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // A worker that never ran has no message; its script did not arrive.
      if (worker === this.#worker) this.#fail(event instanceof ErrorEvent ? "internal" : "offline");
    });
    worker.postMessage({ start: this.#start } satisfies ToWorker);
    return worker;
  }

  #hear(message: FromWorker): void {
    if ("failed" in message) {
      this.#fail(message.failed);
    } else if ("notice" in message) {
      if (message.notice.type === "stopped") this.#fail("internal");
      else this.#heard(message.notice);
    } else {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if ("ok" in message) pending?.resolve(message.ok);
      else pending?.reject(new LockstepError(message.error.code, message.error.sentence));
      this.#tellIdlers();
    }
  }

  #fail(code: PageCode): void {
    this.stop(code);
    this.#heard({ type: "stopped" });
  }
}
