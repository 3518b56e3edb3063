/** What a page and its vault worker say to each other. */

import type { Command, Notice } from "./api.js";
import type { PageCode } from "./error.js";

/** The first message to a worker. */
export interface Start {
  /** Origin of the server. */
  server: string;
  /** Name of the database. */
  name: string;
  /** Address of the WebAssembly module. */
  wasm: string;
}

/** What a page says. */
export type ToWorker = { start: Start } | { id: number; command: Command };

/** Why a command was not done, as it crosses. */
export interface FailureView {
  code: string;
  sentence: string;
}

/** The worker came to an end that nobody asked for. */
export interface Stopped {
  type: "stopped";
}

/** What a worker says. `failed`: it cannot work at all. */
export type FromWorker =
  | { id: number; ok: unknown }
  | { id: number; error: FailureView }
  | { notice: Notice | Stopped }
  | { failed: PageCode };
