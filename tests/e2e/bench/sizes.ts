/** What a browser downloads: bytes raw, and as brotli sends them. */
import { brotliCompressSync, constants } from "node:zlib";
import { packageFolder, webFolder } from "../harness/places.ts";
import { filesBelow } from "../harness/temporary.ts";

export interface Size {
  name: string;
  raw: number;
  brotli: number;
}

/** The wasm and the JavaScript of the package, and those of the whole app. */
export async function sizes(): Promise<Size[]> {
  const ofPackage = await filesBelow(packageFolder);
  const ofApp = await filesBelow(webFolder);
  const pick = (files: Map<string, Buffer>, matches: RegExp): Buffer[] =>
    [...files].filter(([path]) => matches.test(path)).map(([, bytes]) => bytes);
  return [
    size("package: wasm", pick(ofPackage, /^lockstep_bg\.wasm$/)),
    size("package: page and worker JavaScript", pick(ofPackage, /^(index|worker)\.js$/)),
    size("app: wasm", pick(ofApp, /\.wasm$/)),
    size("app: JavaScript of the first screen", firstScreen(ofApp)),
    size("app: all JavaScript", pick(ofApp, /\.js$/)),
    size("app: styles", pick(ofApp, /\.css$/)),
  ];
}

/** Of the package's wasm: its code, its data, and the rest. */
export async function sections(): Promise<Size[]> {
  const wasm = (await filesBelow(packageFolder)).get("lockstep_bg.wasm");
  if (!wasm) return [];
  const parts = { code: [] as Buffer[], data: [] as Buffer[], rest: [] as Buffer[] };
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at];
    // An unsigned LEB128.
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      at += 1;
      const byte = wasm[at] ?? 0;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const part = id === 10 ? parts.code : id === 11 ? parts.data : parts.rest;
    part.push(wasm.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Object.entries(parts).map(([name, buffers]) =>
    size(`package: wasm, ${name}`, [Buffer.concat(buffers)]),
  );
}

/** What the document names, and the worker; the rest loads when it is needed. */
function firstScreen(files: Map<string, Buffer>): Buffer[] {
  const page = files.get("index.html")?.toString("utf8") ?? "";
  return [...files]
    .filter(([path]) => path.endsWith(".js") && (page.includes(path) || /\bworker-/.test(path)))
    .map(([, bytes]) => bytes);
}

function size(name: string, files: Buffer[]): Size {
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    name,
    raw: sum(files.map((bytes) => bytes.length)),
    brotli: sum(files.map((bytes) => compressed(bytes))),
  };
}

function compressed(bytes: Buffer): number {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;
}
