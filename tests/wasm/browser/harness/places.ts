/** Where the built products and the browser are. */
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The server's binary. */
export const serverBinary = fromEnvironment(
  "LOCKSTEP_SERVER",
  `${root}target/debug/lockstep-server`,
);

/** The golden vectors' reader. */
export const vectorSuite = fromEnvironment("LOCKSTEP_VECTOR_SUITE", `${root}target/vector-suite`);

/** The golden vectors themselves. */
export const vectorsFolder = `${root}vectors`;

/** A Chromium of version 120 or newer. */
export const chromiumBinary = fromEnvironment("CHROMIUM", "/usr/bin/chromium");

/** The npm package, as it is in the repository. */
export const packageFolder = `${root}pkg`;

function fromEnvironment(name: string, usual: string): string {
  const value = process.env[name];
  return value === undefined || value === "" ? usual : value;
}
