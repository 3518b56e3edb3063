// Builds dist/ from src/ and from what wasm-bindgen left there:
//   dist/lockstep.js, dist/lockstep_bg.wasm   in, by `cargo xtask build`
//   dist/index.js, dist/*.d.ts                the page's side
//   dist/worker.js                            the worker, one file, glue included
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

for (const file of ["lockstep.js", "lockstep_bg.wasm"]) {
  if (!existsSync(here(`dist/${file}`))) {
    console.error(`pkg/dist/${file} is missing. Run \`cargo xtask build\` first.`);
    process.exit(1);
  }
}

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  minifySyntax: true,
  minifyWhitespace: true,
};
await Promise.all([
  build({ ...shared, entryPoints: [here("src/index.ts")], outfile: here("dist/index.js") }),
  build({
    ...shared,
    entryPoints: [here("src/worker.ts")],
    outfile: here("dist/worker.js"),
    alias: { "lockstep-glue": here("dist/lockstep.js") },
  }),
]);

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--build", here("tsconfig.json")], { stdio: "inherit" });

for (const file of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  copyFileSync(here(`../${file}`), here(`dist/${file}`));
}
