//! What a locked vault answers.
//!
//! 1. Every command that is not named here as one for a locked vault is
//!    answered with `locked`, also one that is added later.
//! 2. No answer and no notice of a locked vault holds a word of a note.
//! 3. From the moment a lock begins by itself, nothing is shown any more.

use crate::support::{Device, PASSPHRASE, Server, first_device};
use serde_json::json;
use std::collections::BTreeSet;
use vault_engine::{Answer, Command, NewRecord, Phase};
use vault_types::wire::{Encode, from_json, to_json};
use vault_types::{Code, Kind, RecordId, limits};

/// Commands that a locked vault carries out.
const WHILE_LOCKED: [&str; 15] = [
    "state",
    "sign_in",
    "sign_out",
    "create_vault",
    "unlock",
    "lock",
    "sync_status",
    "create_link",
    "devices",
    "activity",
    "visibility",
    // A vault is opened with a code, destroyed, or only asked about.
    "unlock_with_code",
    "check_code",
    "recovery_codes",
    "reset_vault",
];

/// Every command's name.
fn names() -> BTreeSet<String> {
    Command::NAMES.iter().copied().map(str::to_owned).collect()
}

/// Fields of every command at once; each takes those that it knows.
fn command(name: &str, id: RecordId) -> Command {
    let code = "0".repeat(35);
    let fields = json!({
        "type": name, "id": id, "record": id, "ids": [], "base": null, "kind": "idea",
        "title": "x", "text": "x", "tags": [], "records": [], "files": [], "limit": 10,
        "query": "canary", "name": "x", "passphrase": "a wrong passphrase", "current": "a wrong passphrase",
        "code": code, "confirmation": "no", "link": "?", "device_name": "x", "unsent": "keep",
        "token": "t", "on": true, "visible": true, "idle_ms": 60_000, "strict": false,
    });
    from_json(fields.to_string().as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn assert_silent(value: &impl Encode, what: &str) {
    let text = String::from_utf8(to_json(value)).unwrap().to_lowercase();
    assert!(!text.contains("canary"), "{what}: {text}");
}

fn with_canary(net: &crate::support::Net) -> (Device, RecordId) {
    let mut device = first_device(net);
    let record = NewRecord {
        kind: Kind::Journal,
        title: String::from("Canarytitle"),
        text: String::from("canarytext"),
        tags: vec![String::from("canarytag")],
    };
    let put = Command::Put {
        records: vec![record],
    };
    assert!(device.call(put).is_ok());
    let id = device.list()[0].id;
    let draft = json!({
        "type": "keep_draft", "record": id, "kind": "journal", "text": "canarydraft",
    });
    let draft = from_json(draft.to_string().as_bytes()).unwrap();
    assert!(device.call(draft).is_ok());
    device.sync_well();
    (device, id)
}

fn is_locked(answer: &Answer) -> bool {
    matches!(answer, Err(failure) if failure.code == Code::Locked)
}

#[test]
fn a_locked_vault_answers_every_other_command_with_locked() {
    let names = names();
    assert!(names.len() > 25, "{names:?}");
    for restarted in [false, true] {
        for name in &names {
            let net = Server::new();
            let (mut device, id) = with_canary(&net);
            device.lock();
            if restarted {
                device.restart();
            }
            device.notices.clear();
            let answer = device.call(command(name, id));
            if WHILE_LOCKED.contains(&name.as_str()) {
                if let Ok(reply) = &answer {
                    assert_silent(reply, name);
                }
            } else {
                assert!(is_locked(&answer), "{name}");
            }
            for notice in &device.notices {
                assert_silent(notice, name);
            }
        }
    }
}

#[test]
fn nothing_is_shown_once_a_lock_has_begun() {
    for name in names() {
        let net = Server::new();
        let (mut device, id) = with_canary(&net);
        device.set_clock(device.now_ms + limits::IDLE_LOCK_MS);
        device.settle();
        device.notices.clear();
        assert_eq!(device.phase(), Phase::Unlocked, "{name}");
        // Only what brings text in is still answered with it.
        if ["save", "put", "restore", "remove", "import"].contains(&name.as_str()) {
            continue;
        }
        if let Ok(reply) = device.call(command(&name, id)) {
            assert_silent(&reply, &name);
        }
        for notice in &device.notices {
            assert_silent(notice, &name);
        }
        device.advance(limits::LOCK_GRACE_MS + limits::LOCK_WRITES_MS_MAX);
        if name != "sign_out" {
            assert_eq!(device.phase(), Phase::Locked, "{name}");
        }
    }
}

#[test]
fn a_read_that_was_under_way_shows_nothing_either() {
    let net = Server::new();
    let (mut device, id) = with_canary(&net);
    device.restart();
    device.unlock().unwrap();
    device.hold.reads = true;
    let open = device.ask(Command::Open { id });
    device.settle();
    assert!(device.peek(open).is_none(), "the note was read already");
    device.set_clock(device.now_ms + limits::IDLE_LOCK_MS);
    device.settle();
    device.hold.reads = false;
    device.settle();
    assert!(is_locked(&device.take(open).unwrap()), "a note was shown");
    device.advance(limits::LOCK_GRACE_MS);
    device.assert_all_answered_once();
    assert!(device.unlock_with(PASSPHRASE).is_ok());
}
