/** The real server binary on a free port, with its own data folder. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { serverBinary, webFolder } from "./places.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

const START_MS_MAX = 20_000;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A running server. Everything that it prints is kept. */
export class Server {
  /** All that was printed on both streams since the first start. */
  log = "";
  #child: ChildProcess | undefined;
  #printedBeforeStart = 0;

  private constructor(
    readonly folder: string,
    readonly port: number,
    /** The origin that browsers use, which may be that of a proxy. */
    readonly publicUrl: string,
  ) {}

  /** Starts on a new data folder. */
  static async start(options: { publicUrl?: string } = {}): Promise<Server> {
    const port = await freePort();
    const publicUrl = options.publicUrl ?? `http://localhost:${port}`;
    const server = new Server(await temporaryFolder("server"), port, publicUrl);
    await server.resume();
    return server;
  }

  get dataFolder(): string {
    return join(this.folder, "data");
  }

  /** The sign-in link that was printed at the last start. */
  get link(): string {
    const printed = this.log.slice(this.#printedBeforeStart);
    const found = /Sign in: (\S+)/.exec(printed)?.[1];
    if (found === undefined) throw new Error(`no link in what the server printed:\n${printed}`);
    return found;
  }

  /** Starts again on the same data and port. */
  async resume(): Promise<void> {
    this.#printedBeforeStart = this.log.length;
    const child = spawn(
      serverBinary,
      [
        ...["serve", "--data", this.dataFolder, "--port", String(this.port)],
        ...["--web", webFolder, "--public-url", this.publicUrl],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    }
    await this.#answering(child);
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#end("SIGINT");
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await removeFolder(this.folder);
  }

  /** A new one-time link from the command line, as `cargo xtask link` makes it. */
  async newLink(): Promise<string> {
    const run = promisify(execFile);
    const { stdout } = await run(serverBinary, [
      ...["link", "--data", this.dataFolder, "--public-url", this.publicUrl],
    ]);
    const found = /(https?:\S+#\S+)/.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`no link in: ${stdout}`);
    return found;
  }

  async #answering(child: ChildProcess): Promise<void> {
    const giveUp = Date.now() + START_MS_MAX;
    while (Date.now() < giveUp) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${this.log}`);
      const answered = await fetch(`http://127.0.0.1:${this.port}/health`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered && this.log.slice(this.#printedBeforeStart).includes("Sign in: ")) return;
      await pause(50);
    }
    throw new Error(`the server did not start:\n${this.log}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const lastResort = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(lastResort);
  }
}
