/**
 * What `wasm-bindgen` makes of `crates/vault-wasm`. Written down here so that
 * types can be checked before anything was compiled; the build puts
 * `dist/lockstep.js` in its place.
 */
declare module "lockstep-glue" {
  /** The vault; see `crates/vault-wasm/src/worker.rs`. */
  export class VaultWorker {
    constructor(server: string, name: string, notify: (notice: unknown) => void);
    /** Fulfilled with the reply or rejected with `{code, sentence}`. */
    request(command: unknown): Promise<unknown>;
  }

  /** Loads the module from that address. */
  export default function init(source: { module_or_path: string }): Promise<unknown>;
}
