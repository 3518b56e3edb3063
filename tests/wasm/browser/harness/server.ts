/** The real server binary on a free port, with its own data and a bare site. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { serverBinary } from "./places.ts";

const START_MS_MAX = 20_000;

async function freePort(): Promise<number> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A running server. */
export class Server {
  readonly port: number;
  readonly #folders: { data: string; site: string };
  #log = "";
  #child: ChildProcess | undefined;

  private constructor(port: number, folders: { data: string; site: string }) {
    this.port = port;
    this.#folders = folders;
  }

  /** Starts with its data in one folder and serves the other. */
  static async start(data: string, site: string): Promise<Server> {
    const server = new Server(await freePort(), { data, site });
    await server.resume();
    return server;
  }

  /** What a page has for its origin. */
  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** The one-time link that was printed at the last start. */
  get link(): string {
    const found = /Sign in: (\S+)/.exec(this.#log)?.[1];
    if (found === undefined) throw new Error(`no link in what the server printed:\n${this.#log}`);
    return found;
  }

  /** Starts, or starts again on the same data and port. */
  async resume(): Promise<void> {
    this.#log = "";
    const { data, site } = this.#folders;
    const child = spawn(
      serverBinary,
      [
        ...["serve", "--data", data, "--port", String(this.port)],
        ...["--web", site, "--public-url", this.origin],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    }
    const giveUp = Date.now() + START_MS_MAX;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > giveUp) {
        throw new Error(`the server did not start:\n${this.#log}`);
      }
      await pause(50);
    }
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGINT");
    const lastResort = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(lastResort);
  }

  async #answers(): Promise<boolean> {
    if (!this.#log.includes("Sign in: ")) return false;
    return fetch(`http://127.0.0.1:${this.port}/health`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
