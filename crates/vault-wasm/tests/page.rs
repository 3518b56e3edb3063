//! What the page's side writes down anew is what Rust says.
//!
//! 1. The sentences of the package's own codes are those of `vault-types`.
//! 2. Every command has its counterpart in `api.ts`, by name.
//! 3. Every field of every reply and notice has its counterpart in `api.ts`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use vault_engine::{
    ApiKeyView, CodeCheck, CodeView, Command, DeviceView, DraftView, Durability, FormFactor,
    LiftedBy, ListItem, ListPage, LockOrigin, LockSettingsView, LockView, MadeCode, MadeCodes,
    MarkedText, NewApiKeyView, NewestRows, Notice, Phase, PolicyView, Progress, RecordView,
    RecoveryCodes, RecoveryView, Reply, SearchHit, SearchPage, SignInLink, SyncPhase, SyncStatus,
    TypedGroupView, UpgradeView, VaultState,
};
use vault_types::wire::{Encode, to_json};
use vault_types::{Code, Kind, LockReason, LockTier, OpId, RecordId};
use zeroize::Zeroizing;

/// What the page gets.
fn to_value<T: Encode>(value: &T) -> Value {
    serde_json::from_slice(&to_json(value)).unwrap()
}

fn page_file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pkg/src");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// What stands between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no `{start}`"))
        .1;
    from.split_once(end)
        .unwrap_or_else(|| panic!("no `{end}`"))
        .0
}

/// Every quoted word behind a mark.
fn quoted_after(text: &str, mark: &str) -> BTreeSet<String> {
    text.split(mark)
        .skip(1)
        .filter_map(|rest| rest.strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_sentences_of_the_page_are_those_of_rust() {
    let file = page_file("error.ts");
    let table = between(&file, "const SENTENCES = {", "\n};");
    let words: Vec<&str> = table.split('"').collect();
    let mut seen = 0;
    for (name, sentence) in words.chunks(2).filter_map(|pair| match pair {
        [name, sentence] => Some((name, sentence)),
        _ => None,
    }) {
        let name = name.trim_matches(|c: char| !c.is_alphabetic());
        let code = Code::from_text(name).unwrap_or_else(|| panic!("`{name}` is no code"));
        assert_eq!(code.sentence(), *sentence, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn every_command_is_in_the_interface_file() {
    let known: BTreeSet<String> = Command::NAMES.iter().copied().map(str::to_owned).collect();
    let file = page_file("api.ts");
    let commands = between(&file, "export type Command =", ";\n\n");
    assert!(known.len() > 10);
    assert_eq!(quoted_after(commands, "type: "), known);
}

fn state() -> VaultState {
    VaultState {
        phase: Phase::Locked,
        account_id: None,
        device_id: String::new(),
        vault_id: None,
        idle_lock_ms: 0,
        reseal: Some(Progress { done: 1, total: 2 }),
        must_set_passphrase: false,
        policy: Some(PolicyView {
            version: 1,
            iterations: None,
            upgrade: Some(UpgradeView {
                version: 2,
                reason: "newer_policy",
            }),
        }),
        recovery: Some(RecoveryView {
            left: 8,
            used_ms: None,
            used_by: None,
        }),
        lock: None,
    }
}

fn lock() -> LockView {
    LockView {
        reason: LockReason::Idle,
        at_ms: 0.0,
        tier: LockTier::Device,
        by: LockOrigin::ThisDevice,
        device_name: None,
        lifted_by: LiftedBy::Passphrase,
    }
}

fn lock_settings() -> LockSettingsView {
    LockSettingsView {
        idle_ms: 0,
        background_ms: None,
        background_after_ms: 0,
        strict: false,
        form: FormFactor::Desktop,
    }
}

fn draft() -> DraftView {
    DraftView {
        id: String::new(),
        record: None,
        kind: Kind::Idea,
        title: String::new(),
        text: String::new(),
        tags: Vec::new(),
        base: None,
        saved_ms: 0.0,
    }
}

fn item() -> ListItem {
    ListItem {
        id: RecordId::from_random([1; 16]),
        revision: OpId::from_bytes([2; 16]),
        kind: Kind::Idea,
        title: String::new(),
        preview: String::new(),
        tags: Vec::new(),
        created_ms: 0.0,
        updated_ms: 0.0,
        durability: Durability::OnDevice,
        conflict_copy: false,
    }
}

fn sync_status() -> SyncStatus {
    SyncStatus {
        phase: SyncPhase::Synced,
        label: String::new(),
        unsent: 0,
        incoming: 0,
        last_checked_ms: None,
        next_check_ms: None,
        code: None,
        needs_choice: false,
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// The fields of an interface of `api.ts`, those that it extends included.
fn fields(file: &str, name: &str) -> BTreeSet<String> {
    let head = format!("export interface {name}");
    let body = between(file, &format!("{head} "), "\n}");
    let mut fields: BTreeSet<String> = body
        .lines()
        .skip(1)
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(field, _)| field.trim_end_matches('?').to_owned())
        .filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    if let Some(parent) = body.strip_prefix("extends ") {
        let parent = parent.split_whitespace().next().unwrap();
        fields.extend(self::fields(file, parent));
    }
    fields
}

#[test]
fn every_reply_has_the_fields_of_its_interface() {
    let file = page_file("api.ts");
    let marked = MarkedText::default;
    let record = RecordView {
        item: item(),
        text: String::new(),
    };
    let hit = SearchHit {
        item: item(),
        score: 0.0,
        marked_title: marked(),
        snippet: marked(),
    };
    let hit_value = to_value(&hit);
    assert_eq!(keys(&hit_value), fields(&file, "SearchHit"));
    assert_eq!(keys(&hit_value["snippet"]), fields(&file, "MarkedText"));
    let replies = [
        ("VaultState", Reply::State(state())),
        ("RecordView", Reply::Record(Box::new(record))),
        (
            "ListPage",
            Reply::List(ListPage {
                total: 0,
                offset: 0,
                items: vec![item()],
            }),
        ),
        (
            "SearchPage",
            Reply::Hits(SearchPage {
                total: 0,
                hits: vec![hit],
            }),
        ),
        ("SyncStatus", Reply::Sync(sync_status())),
        (
            "SignInLink",
            Reply::Link(SignInLink {
                url: String::new(),
                expires_at_ms: 0.0,
            }),
        ),
        ("LockSettingsView", Reply::LockSettings(lock_settings())),
    ];
    for (name, reply) in &replies {
        let value = to_value(&reply);
        assert_eq!(keys(&value), fields(&file, name), "{name}");
    }
    let lock = to_value(&lock());
    assert_eq!(keys(&lock), fields(&file, "LockView"));
    let drafts = Reply::Drafts {
        drafts: vec![draft()],
    };
    let drafts = to_value(&drafts);
    assert_eq!(keys(&drafts["drafts"][0]), fields(&file, "DraftView"));
    let kept = Reply::DraftKept { id: String::new() };
    let kept = to_value(&kept);
    assert_eq!(keys(&kept), BTreeSet::from(["id".to_owned()]));
    let state = to_value(&Reply::State(state()));
    assert_eq!(keys(&state["reseal"]), fields(&file, "Progress"));
    assert_eq!(keys(&state["policy"]), fields(&file, "PolicyView"));
    assert_eq!(
        keys(&state["policy"]["upgrade"]),
        fields(&file, "UpgradeView")
    );
    assert_eq!(keys(&state["recovery"]), fields(&file, "RecoveryView"));
    the_replies_about_codes_have_the_fields_of_theirs(&file);
    let items = to_value(&Reply::Saved(vec![item()]));
    assert_eq!(keys(&items[0]), fields(&file, "ListItem"));
    let device = DeviceView {
        device_id: String::new(),
        name: String::new(),
        last_seen_ms: 0.0,
        current: true,
        revoked_ms: None,
    };
    let devices = to_value(&Reply::Devices(vec![device]));
    assert_eq!(keys(&devices[0]), fields(&file, "DeviceView"));
    let key = ApiKeyView {
        id: String::new(),
        name: String::new(),
        created_ms: 0.0,
        last_used_ms: None,
    };
    let listed = to_value(&Reply::ApiKeys(vec![key]));
    assert_eq!(keys(&listed[0]), fields(&file, "ApiKeyView"));
    let made = to_value(&Reply::ApiKey(NewApiKeyView {
        id: String::new(),
        token: String::new(),
    }));
    assert_eq!(keys(&made), fields(&file, "NewApiKey"));
    assert!(to_value(&Reply::Done).is_null());
}

fn the_replies_about_codes_have_the_fields_of_theirs(file: &str) {
    let group = TypedGroupView {
        text: Zeroizing::new(String::new()),
        status: "ok",
    };
    let check = CodeCheck {
        groups: vec![group],
        complete: false,
    };
    let check = to_value(&Reply::CodeCheck(check));
    assert_eq!(keys(&check), fields(file, "CodeCheck"));
    assert_eq!(keys(&check["groups"][0]), fields(file, "TypedGroup"));
    let made = MadeCode {
        id: String::new(),
        label: String::new(),
        code: Zeroizing::new(String::new()),
    };
    let made = MadeCodes {
        codes: Some(vec![made]),
    };
    let made = to_value(&Reply::Rotated(made));
    assert_eq!(keys(&made), fields(file, "MadeCodes"));
    assert_eq!(keys(&made["codes"][0]), fields(file, "MadeCode"));
    let code = CodeView {
        id: String::new(),
        label: String::new(),
        created_ms: 0.0,
        used_ms: None,
        used_by: None,
    };
    let codes = RecoveryCodes { codes: vec![code] };
    let codes = to_value(&Reply::RecoveryCodes(codes));
    assert_eq!(keys(&codes), fields(file, "RecoveryCodes"));
    assert_eq!(keys(&codes["codes"][0]), fields(file, "RecoveryCode"));
}

#[test]
fn every_notice_is_in_the_interface_file() {
    let file = page_file("api.ts");
    let notices = between(&file, "export type Notice =", ";\n");
    let samples = [
        Notice::State(state()),
        Notice::Newest {
            sections: vec![NewestRows {
                kind: Kind::Idea,
                total: 0,
                items: Vec::new(),
            }],
        },
        Notice::Records {
            ids: Vec::new(),
            remote: true,
        },
        Notice::Uploaded { ids: Vec::new() },
        Notice::Sync(sync_status()),
        Notice::RecoveryUsed {
            used_ms: 0.0,
            used_by: None,
        },
        Notice::Reseal { done: 1, total: 2 },
        Notice::SearchReady,
        Notice::Locking {
            within_ms: 0,
            reason: LockReason::Idle,
        },
    ];
    let mut names = BTreeSet::new();
    for notice in &samples {
        let value = to_value(&notice);
        let name = value["type"].as_str().unwrap().to_owned();
        let line = notices
            .lines()
            .find(|line| line.contains(&format!("type: \"{name}\"")))
            .unwrap_or_else(|| panic!("no notice `{name}`"));
        for field in [
            "sections",
            "ids",
            "remote",
            "done",
            "total",
            "used_ms",
            "used_by",
            "within_ms",
            "reason",
        ] {
            let here = value.get(field).is_some();
            assert_eq!(line.contains(&format!("{field}:")), here, "{name}.{field}");
        }
        names.insert(name);
    }
    assert_eq!(quoted_after(notices, "type: "), names);
}
