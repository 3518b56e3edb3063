/**
 * The shapes that cross between a page and the vault worker.
 *
 * They mirror `crates/vault-engine/src/command.rs`, which says what each
 * means; a test holds the two against each other.
 */

/** What a record is to the person who wrote it. */
export type Kind = "idea" | "infobase" | "journal";

/** How far this device has come. */
export type Phase = "signed_out" | "no_vault" | "locked" | "unlocked";

/** Where the vault stands. */
export interface VaultState {
  phase: Phase;
  account_id: string | null;
  device_id: string;
  vault_id: string | null;
  idle_lock_ms: number;
  /** Records being sealed anew, if there are any left. */
  reseal: Progress | null;
  /**
   * The lock that stands; `null` while the vault is open, and if it was never
   * locked since it was last open.
   */
  lock: LockView | null;
  /** A recovery code opened the vault: set a passphrase before anything else. */
  must_set_passphrase: boolean;
  /** While the vault is open. */
  policy: PolicyView | null;
  /** While the vault is open, if it has or had recovery codes. */
  recovery: RecoveryView | null;
}

/** The crypto policy that an open vault seals under. */
export interface PolicyView {
  version: number;
  /** Of the passphrase slot, if PBKDF2 stretches it. */
  iterations: number | null;
  upgrade: UpgradeView | null;
}

/** A policy to move on to. */
export interface UpgradeView {
  version: number;
  reason: "weak_iterations" | "newer_policy";
}

/** The recovery codes of an open vault, in short. */
export interface RecoveryView {
  left: number;
  used_ms: number | null;
  /** The device that used one. */
  used_by: string | null;
}

/** Why a vault is locked. */
export type LockReason =
  | "idle"
  | "background"
  | "logout"
  | "session_expired"
  | "administrator"
  | "manual"
  | "key_rotated"
  | "storage"
  | "revoked";

/** How far a lock reaches: this device, or every device of the vault. */
export type LockTier = "device" | "vault";

/** What the application runs on: decides when the background locks. */
export type FormFactor = "desktop" | "phone";

/** Why and how far a vault is locked. */
export interface LockView {
  reason: LockReason;
  /** Unix milliseconds of the clock of whoever locked it. */
  at_ms: number;
  tier: LockTier;
  /** `server`: the server, or somebody whom it did not show to be a device. */
  by: "this_device" | "other_device" | "server";
  device_name: string | null;
  /** What lifts it: the passphrase, or nobody but whoever runs the server. */
  lifted_by: "passphrase" | "administrator";
}

/** When this device locks by itself. */
export interface LockSettings {
  /** Without activity for so long. */
  idle_ms: number;
  /** Out of sight for so long; `null`: as usual for the form factor. */
  background_ms?: number | null;
  /** Whether every lock of this device locks every other device too. */
  strict?: boolean;
  /** What the application runs on; as it was if left out. */
  form?: FormFactor;
}

/** When this device locks by itself, as it holds now. */
export interface LockSettingsView {
  idle_ms: number;
  background_ms: number | null;
  /** How long out of sight that is now. */
  background_after_ms: number;
  strict: boolean;
  form: FormFactor;
}

/** Typing that is not saved. */
export interface DraftInput {
  /** The draft to replace; left out: the one of its record, or a new one. */
  id?: string;
  /** The record that was edited; left out for one that does not exist yet. */
  record?: string | null;
  kind: Kind;
  title?: string;
  text?: string;
  tags?: string[];
  /** The revision that was edited. */
  base?: string | null;
}

/** A draft that was kept on this device. */
export interface DraftView {
  id: string;
  record: string | null;
  kind: Kind;
  title: string;
  text: string;
  tags: string[];
  base: string | null;
  /** When it was kept, Unix milliseconds. */
  saved_ms: number;
}

/** How far a task in the background has come. */
export interface Progress {
  done: number;
  total: number;
}

/** How safe a record is: sealed on this disk, or on the server too. */
export type Durability = "on_device" | "on_server";

/** What a list shows of a record. Times are Unix milliseconds. */
export interface ListItem {
  id: string;
  /** The revision that stands; give it back as `base` when saving. */
  revision: string;
  kind: Kind;
  /** Never empty: falls back to the beginning of the text. */
  title: string;
  preview: string;
  tags: string[];
  created_ms: number;
  updated_ms: number;
  durability: Durability;
  conflict_copy: boolean;
}

/** A record whole; its title may be empty. `text` is Markdown. */
export interface RecordView extends ListItem {
  text: string;
}

/** A stretch of the list. */
export interface ListPage {
  total: number;
  offset: number;
  items: ListItem[];
}

/** A text with places to mark: start and end in UTF-16 code units. */
export interface MarkedText {
  text: string;
  highlights: [number, number][];
}

/** One hit of a search; a higher score is better. */
export interface SearchHit extends ListItem {
  score: number;
  marked_title: MarkedText;
  snippet: MarkedText;
}

/** What a search found. */
export interface SearchPage {
  total: number;
  hits: SearchHit[];
}

/** A record to be written for the first time. */
export interface NewRecord {
  kind: Kind;
  title?: string;
  text?: string;
  tags?: string[];
}

/** A new revision of a record; what is left out stays as it is. */
export interface RecordPatch {
  title?: string;
  text?: string;
  tags?: string[];
  kind?: Kind;
  /**
   * The revision that was edited. If another device's revision has come to
   * stand meanwhile, that one is kept as a conflict copy.
   */
  base?: string;
}

/** A Markdown file to be taken over; `path` uses `/`. */
export interface ImportFile {
  path: string;
  bytes: Uint8Array;
  modified_ms?: number;
}

/** What became of one file. */
export type ImportOutcome =
  | { outcome: "added" | "updated" | "unchanged"; id: string }
  | { outcome: "skipped"; code: string; reason: string };

/** How things stand with the server, in one word. */
export type SyncPhase = "not_connected" | "syncing" | "synced" | "offline" | "error";

/** How things stand with the server. */
export interface SyncStatus {
  phase: SyncPhase;
  label: string;
  unsent: number;
  incoming: number;
  last_checked_ms: number | null;
  next_check_ms: number | null;
  code: string | null;
  /** The server shows another history than before: see `rejoin()`. */
  needs_choice: boolean;
}

/** A one-time link that signs another device in. */
export interface SignInLink {
  url: string;
  expires_at_ms: number;
}

/** A device of the account. */
export interface DeviceView {
  device_id: string;
  name: string;
  last_seen_ms: number;
  current: boolean;
  /** When another device signed it out. */
  revoked_ms: number | null;
}

/** A key for programs, without what would let anybody use it. */
export interface ApiKeyView {
  id: string;
  name: string;
  created_ms: number;
  last_used_ms: number | null;
}

/** A key for programs that was just made; `token` is shown this once. */
export interface NewApiKey {
  id: string;
  token: string;
}

/** What can be said of a recovery code while it is typed. */
export interface CodeCheck {
  groups: TypedGroup[];
  complete: boolean;
}

/** One group of a recovery code that is being typed. */
export interface TypedGroup {
  text: string;
  status: "ok" | "wrong" | "incomplete";
}

/** Recovery codes that were just made, shown this once; none if the vault has none. */
export interface MadeCodes {
  codes: MadeCode[] | null;
}

/** A recovery code that was just made. */
export interface MadeCode {
  id: string;
  label: string;
  code: string;
}

/** The recovery codes that there are. */
export interface RecoveryCodes {
  codes: RecoveryCode[];
}

/** A recovery code, without what would let anybody use it. */
export interface RecoveryCode {
  id: string;
  label: string;
  created_ms: number;
  used_ms: number | null;
  used_by: string | null;
}

/** A request to the worker. */
export type Command =
  | { type: "state" }
  | { type: "sign_in"; link: string; device_name: string }
  | { type: "sign_out"; unsent: "keep" | "discard" }
  | { type: "create_vault"; passphrase: string }
  | { type: "unlock"; passphrase: string }
  | { type: "lock"; tier?: LockTier }
  | { type: "lock_settings" }
  | ({ type: "set_lock_settings" } & LockSettings)
  | { type: "keep_awake"; token: string; on: boolean }
  | ({ type: "keep_draft" } & DraftInput)
  | { type: "drafts" }
  | { type: "discard_draft"; id: string }
  | { type: "unlock_with_code"; code: string }
  | { type: "check_code"; code: string }
  | { type: "set_passphrase"; passphrase: string }
  | { type: "change_passphrase"; current: string; passphrase: string }
  | { type: "create_recovery_codes"; passphrase: string }
  | { type: "recovery_codes" }
  | { type: "revoke_recovery_codes"; ids?: string[] }
  | { type: "rotate_key"; passphrase: string }
  | { type: "upgrade_policy"; passphrase: string }
  | { type: "reset_vault"; confirmation: string }
  | { type: "put"; records: NewRecord[] }
  | ({ type: "save"; id: string } & RecordPatch)
  | { type: "remove"; id: string }
  | { type: "restore"; id: string }
  | { type: "open"; id: string }
  | { type: "list"; kind?: Kind; tag?: string; offset?: number; limit: number }
  | { type: "search"; query: string; limit: number; kind?: Kind }
  | { type: "import"; files: ImportFile[] }
  | { type: "sync" }
  | { type: "rejoin" }
  | { type: "sync_status" }
  | { type: "create_link" }
  | { type: "devices" }
  | { type: "rename_device"; id: string; name: string }
  | { type: "revoke_device"; id: string }
  | { type: "api_keys" }
  | { type: "create_api_key"; name: string }
  | { type: "revoke_api_key"; id: string }
  | { type: "activity" }
  | { type: "visibility"; visible: boolean; form?: FormFactor };

/** What a section's list begins with. */
export interface NewestRows {
  kind: Kind;
  /** How many rows the section has in all. */
  total: number;
  /** The first of them, newest change first. */
  items: ListItem[];
}

/** What the worker tells without having been asked. */
export type Notice =
  | ({ type: "state" } & VaultState)
  | { type: "newest"; sections: NewestRows[] }
  | { type: "records"; ids: string[]; remote: boolean }
  | { type: "uploaded"; ids: string[] }
  | ({ type: "sync" } & SyncStatus)
  | { type: "recovery_used"; used_ms: number; used_by: string | null }
  | { type: "reseal"; done: number; total: number }
  | { type: "search_ready" }
  | { type: "locking"; within_ms: number; reason: LockReason };
