/**
 * A proxy between browsers and the server that keeps every byte of both
 * directions, and can answer in the server's place.
 */
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** An answer that does not come from the server. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Answers in the server's place; `undefined` lets the request through. */
export type Intercept = (method: string, path: string) => Answer | undefined;

/** What was said so far. */
export interface Said {
  /** Method and path of every request, in order. */
  requests: string[];
  /** Every byte of every request: line, headers, body. */
  sent: Buffer[];
}

export class Wire {
  readonly said: Said = { requests: [], sent: [] };
  /** Answers in the server's place while it is set. */
  intercept: Intercept | undefined;
  readonly #listener: Server;
  #upstreamPort = 0;

  private constructor() {
    this.#listener = createServer((incoming, outgoing) => this.#handle(incoming, outgoing));
  }

  static async open(): Promise<Wire> {
    const wire = new Wire();
    wire.#listener.listen(0, "127.0.0.1");
    await once(wire.#listener, "listening");
    return wire;
  }

  get origin(): string {
    return `http://localhost:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Where requests are handed on to. */
  lead(port: number): void {
    this.#upstreamPort = port;
  }

  async close(): Promise<void> {
    this.#listener.closeAllConnections();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const method = incoming.method ?? "GET";
    const path = incoming.url ?? "/";
    this.said.requests.push(`${method} ${path}`);
    this.said.sent.push(Buffer.from(`${method} ${path}\n${incoming.rawHeaders.join("\n")}\n`));
    incoming.on("data", (chunk: Buffer) => this.said.sent.push(chunk));
    const answer = this.intercept?.(method, path);
    if (answer !== undefined) {
      incoming.resume();
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    const onward = request(
      { host: "127.0.0.1", port: this.#upstreamPort, method, path, headers: incoming.headers },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    // A server that is gone looks like one: no answer at all.
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
