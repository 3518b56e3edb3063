/** Where the built products, the browser and the sample notes are. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The server's binary; `cargo xtask` names the one that it has built. */
export const serverBinary = fromEnvironment(
  "LOCKSTEP_SERVER",
  `${root}target/debug/lockstep-server`,
);

/** The built web app. */
export const webFolder = fromEnvironment("LOCKSTEP_WEB", `${root}web/dist`);

/** The built npm package. */
export const packageFolder = `${root}pkg/dist`;

/** The vault's functions behind an interface that is measured. */
export const benchSuite = fromEnvironment("LOCKSTEP_BENCH_SUITE", `${root}target/bench-suite`);

/** 340 notes in English, Spanish and Japanese. */
export const notesFolder = fileURLToPath(new URL("../fixtures/notes", import.meta.url));

/** A Chromium of version 120 or newer. */
export const chromium = fromEnvironment("CHROMIUM", "/usr/bin/chromium");

function fromEnvironment(name: string, usual: string): string {
  const value = process.env[name];
  return value === undefined || value === "" ? usual : value;
}

/** Fails early, in words, instead of late, in a time-out. */
export function requireProducts(): void {
  for (const path of [serverBinary, webFolder, chromium]) {
    if (!existsSync(path)) throw new Error(`${path} is missing; run \`cargo xtask build\` first`);
  }
}
