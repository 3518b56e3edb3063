/**
 * A vault in a web page: records that only their owner can read, searched,
 * kept offline, and in step with the owner's other devices.
 *
 * The vault lives in a worker of its own. Its key is made there and never
 * leaves: nothing in this package returns a key.
 *
 * Trust boundary: `client_private`. What is opened passes through here on its
 * way to the page.
 *
 * @packageDocumentation
 */

export type {
  ApiKeyView,
  CodeCheck,
  DeviceView,
  DraftInput,
  DraftView,
  Durability,
  FormFactor,
  ImportFile,
  ImportOutcome,
  Kind,
  ListItem,
  ListPage,
  LockReason,
  LockSettings,
  LockSettingsView,
  LockTier,
  LockView,
  MadeCode,
  MadeCodes,
  MarkedText,
  NewApiKey,
  NewestRows,
  NewRecord,
  Notice,
  Phase,
  PolicyView,
  Progress,
  RecordPatch,
  RecordView,
  RecoveryCode,
  RecoveryCodes,
  RecoveryView,
  SearchHit,
  SearchPage,
  SignInLink,
  SyncPhase,
  SyncStatus,
  TypedGroup,
  UpgradeView,
  VaultState,
} from "./api.js";
export { Lockstep } from "./client.js";
export type { ListOptions, Listener, OpenOptions, SearchOptions, VaultNotice } from "./client.js";
export type { Keys } from "./keys.js";
export { LockstepError } from "./error.js";
