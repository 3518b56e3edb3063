//! Drafts: what was typed and not saved is back after an unlock.

use crate::support::{Device, Fault, Server, code_of, first_device, save_text};
use vault_engine::{Command, DraftInput, DraftView, Notice, Phase, Reply, Store, StoreError};
use vault_engine::{SecretText, Unsent};
use vault_types::{Code, Kind, OpId, RecordId, limits};

fn draft(record: Option<RecordId>, text: &str) -> DraftInput {
    DraftInput {
        id: None,
        record,
        kind: Kind::Infobase,
        title: String::from("Title"),
        text: text.to_owned(),
        tags: vec![String::from("tag")],
        base: record.map(|_| OpId::from_bytes([9; 16])),
    }
}

impl Device {
    fn keep(&mut self, input: DraftInput) -> Result<String, Code> {
        match self.call(Command::KeepDraft(input)) {
            Ok(Reply::DraftKept { id }) => Ok(id),
            Ok(_) => panic!("an answer of another kind"),
            Err(failure) => Err(failure.code),
        }
    }

    fn drafts(&mut self) -> Vec<DraftView> {
        match self.call(Command::Drafts) {
            Ok(Reply::Drafts { drafts }) => drafts,
            _ => panic!("no drafts"),
        }
    }

    fn draft_texts(&mut self) -> Vec<String> {
        let drafts = self.drafts().into_iter();
        let mut texts: Vec<String> = drafts.map(|draft| draft.text).collect();
        texts.sort();
        texts
    }
}

#[test]
fn a_draft_is_back_after_a_lock_and_after_a_restart() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.keep(draft(Some(id), "half a sentence")).unwrap();
    device.keep(draft(None, "a new note")).unwrap();
    device.lock();
    device.unlock().unwrap();
    assert_eq!(device.draft_texts(), ["a new note", "half a sentence"]);
    device.restart();
    device.unlock().unwrap();
    let drafts = device.drafts();
    assert_eq!(drafts.len(), 2);
    let of_note = drafts.iter().find(|draft| draft.record == Some(id));
    let of_note = of_note.unwrap();
    assert_eq!(of_note.text, "half a sentence");
    assert_eq!(of_note.base, Some(OpId::from_bytes([9; 16])));
    assert_eq!(of_note.tags, ["tag"]);
    // What stands is not touched by it.
    assert_eq!(device.text(id), "text");
}

#[test]
fn the_later_draft_of_a_record_takes_the_earlier_ones_place() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    let first = device.keep(draft(Some(id), "one")).unwrap();
    assert_eq!(device.keep(draft(Some(id), "two")).unwrap(), first);
    let new = device.keep(draft(None, "three")).unwrap();
    let again = DraftInput {
        id: Some(new.clone()),
        ..draft(None, "four")
    };
    assert_eq!(device.keep(again).unwrap(), new);
    assert_eq!(device.draft_texts(), ["four", "two"]);
    let unknown = DraftInput {
        id: Some("0".repeat(32)),
        ..draft(None, "five")
    };
    assert_eq!(device.keep(unknown).err(), Some(Code::UnknownDraft));
}

#[test]
fn a_save_of_the_record_ends_the_draft() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    let other = device.put("Other", "other text");
    device.keep(draft(Some(id), "more")).unwrap();
    device.save(other, "other text changed").unwrap();
    assert_eq!(device.draft_texts(), ["more"]);
    // Also one that changes nothing: what is typed is what stands.
    device.save(id, "text").unwrap();
    assert!(device.drafts().is_empty());
    device.restart();
    device.unlock().unwrap();
    assert!(device.drafts().is_empty());
}

#[test]
fn a_save_that_the_disk_refused_ends_no_draft() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.keep(draft(Some(id), "more")).unwrap();
    device.disk.plan(0, Fault::Full);
    let refused = device.save(id, "more").err().unwrap();
    assert_eq!(refused.code, Code::StorageFull);
    assert_eq!(device.draft_texts(), ["more"]);
}

#[test]
fn a_draft_that_nobody_was_shown_outlives_a_save() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.keep(draft(Some(id), "words")).unwrap();
    device.lock();
    device.unlock().unwrap();
    device.save(id, "something else").unwrap();
    assert_eq!(device.draft_texts(), ["words"]);
    // Now it was shown.
    device.save(id, "words and more").unwrap();
    assert!(device.drafts().is_empty());
}

#[test]
fn discarding_ends_a_draft_and_may_be_repeated() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.keep(draft(None, "words")).unwrap();
    for _ in 0..2 {
        let discard = Command::DiscardDraft { id: id.clone() };
        assert!(device.call(discard).is_ok());
        assert!(device.drafts().is_empty());
    }
    let nonsense = Command::DiscardDraft {
        id: String::from("../slots"),
    };
    assert_eq!(code_of(device.call(nonsense)), Some(Code::UnknownDraft));
    device.restart();
    device.unlock().unwrap();
    assert!(device.drafts().is_empty());
}

#[test]
fn drafts_keep_to_their_limits() {
    let net = Server::new();
    let mut device = first_device(&net);
    let long = "x".repeat(limits::NOTE_TEXT_BYTES_MAX + 1);
    let refused = device.keep(draft(None, &long)).err();
    assert_eq!(refused, Some(Code::LimitExceeded));
    let tags = DraftInput {
        tags: vec![String::new(); limits::TAGS_MAX + 1],
        ..draft(None, "x")
    };
    assert_eq!(device.keep(tags).err(), Some(Code::LimitExceeded));
    let mut last = String::new();
    for n in 0..limits::DRAFTS_MAX {
        last = device.keep(draft(None, &format!("draft{n}"))).unwrap();
    }
    let refused = device.keep(draft(None, "one more")).err();
    assert_eq!(refused, Some(Code::TooManyDrafts));
    let again = DraftInput {
        id: Some(last),
        ..draft(None, "in place")
    };
    device.keep(again).unwrap();
    assert_eq!(device.drafts().len(), limits::DRAFTS_MAX);
}

#[test]
fn all_drafts_together_have_a_limit_too() {
    let net = Server::new();
    let mut device = first_device(&net);
    let large = "x".repeat(limits::NOTE_TEXT_BYTES_MAX);
    let kept = (0..8)
        .take_while(|_| device.keep(draft(None, &large)).is_ok())
        .count();
    assert!((3..6).contains(&kept), "{kept}");
    assert!(device.disk.bytes(Store::Meta) < limits::DRAFTS_BYTES_MAX + 100_000);
}

#[test]
fn a_draft_is_taken_in_while_a_lock_has_begun_and_not_after() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.set_clock(device.now_ms + limits::IDLE_LOCK_MS);
    device.settle();
    let told = device.notices.iter().any(|notice| {
        matches!(notice, Notice::Locking { within_ms, .. } if u64::from(*within_ms) <= 1000)
    });
    assert!(told);
    device.keep(draft(Some(id), "last words")).unwrap();
    // The application is done early.
    device.lock();
    let late = device.keep(draft(Some(id), "too late")).err();
    assert_eq!(late, Some(Code::Locked));
    device.unlock().unwrap();
    assert_eq!(device.draft_texts(), ["last words"]);
}

#[test]
fn a_draft_that_waits_for_the_disk_holds_up_the_lock_behind_it() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.hold.writes = true;
    let kept = device.ask(Command::KeepDraft(draft(None, "words")));
    let lock = device.ask(Command::Lock { tier: None });
    device.settle();
    assert!(device.peek(lock).is_none());
    device.hold.writes = false;
    device.settle();
    assert!(device.take(kept).unwrap().is_ok());
    assert!(device.take(lock).unwrap().is_ok());
    device.unlock().unwrap();
    assert_eq!(device.draft_texts(), ["words"]);
}

#[test]
fn a_disk_that_never_answers_does_not_keep_the_vault_open() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.hold.writes = true;
    let save = device.ask(save_text(id, "hangs"));
    let kept = device.ask(Command::KeepDraft(draft(None, "words")));
    let lock = device.ask(Command::Lock { tier: None });
    device.advance(limits::LOCK_WRITES_MS_MAX + limits::LOCK_GRACE_MS);
    assert!(device.take(lock).unwrap().is_ok());
    for request in [save, kept] {
        // The application knows that they are not safe.
        assert_eq!(code_of(device.take(request).unwrap()), Some(Code::Stopped));
    }
    device.hold.writes = false;
    device.settle();
    assert_eq!(device.phase(), Phase::Locked);
    device.unlock().unwrap();
    // What the disk took in the end is there, and the server gets it.
    assert_eq!(device.text(id), "hangs");
    device.sync_well();
    device.assert_all_answered_once();
}

#[test]
fn signing_out_does_not_lose_a_draft_unasked() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    device.keep(draft(None, "words")).unwrap();
    let refused = device.sign_out(Unsent::Keep).err().unwrap();
    assert_eq!(refused.code, Code::UnsentWork);
    assert_eq!(device.draft_texts(), ["words"]);
    let state = device.sign_out(Unsent::Discard).unwrap();
    assert_eq!(state.phase, Phase::SignedOut);
    assert_eq!(device.disk.keys(Store::Meta), ["device"]);
}

#[test]
fn a_damaged_draft_is_left_out_and_stays() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.keep(draft(None, "one")).unwrap();
    device.keep(draft(None, "two")).unwrap();
    let key = format!("draft-{id}");
    device
        .disk
        .spoil(Store::Meta, &key, crate::support::Spoil::Damage);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(device.draft_texts(), ["two"]);
    assert!(device.disk.keys(Store::Meta).contains(&key));
}

/// Types, locks and unlocks; gives the drafts that were acknowledged.
fn live(device: &mut Device, id: RecordId) -> (Vec<String>, Vec<String>) {
    let (mut told, mut asked) = (Vec::new(), Vec::new());
    let secret = || SecretText::new(crate::support::PASSPHRASE.to_owned());
    for (n, record) in [None, Some(id), None].into_iter().enumerate() {
        let text = format!("typed{n}");
        match device.try_call(Command::KeepDraft(draft(record, &text))) {
            Some(Ok(_)) => told.push(text),
            Some(Err(failure)) => assert!(matches!(
                failure.code,
                Code::StorageFull | Code::StorageFailed
            )),
            None => asked.push(text),
        }
        device.try_call(Command::Lock { tier: None });
        device.try_call(Command::Unlock {
            passphrase: secret(),
        });
    }
    (told, asked)
}

#[test]
fn a_crash_or_a_full_disk_at_any_write_loses_no_word_that_was_acknowledged() {
    let faults = [
        Fault::CrashBefore,
        Fault::CrashAfter,
        Fault::Full,
        Fault::Failed,
    ];
    for fault in faults {
        let mut reached = 0;
        for at in 0..60 {
            let net = Server::new();
            let mut device = first_device(&net);
            let id = device.put("Title", "text");
            device.sync_well();
            let before = device.disk.writes;
            device.disk.plan(at, fault);
            let (told, asked) = live(&mut device, id);
            let is_over = device.disk.writes <= before + at;
            device.disk.mend();
            device.restart();
            device.unlock().unwrap();
            let texts = device.draft_texts();
            for text in &told {
                assert!(texts.contains(text), "{fault:?} at {at}: {text} is lost");
            }
            assert!(
                texts
                    .iter()
                    .all(|text| told.contains(text) || asked.contains(text))
            );
            assert_eq!(device.text(id), "text");
            if is_over {
                break;
            }
            reached += 1;
        }
        assert!(reached >= 6, "{fault:?} was met {reached} times only");
    }
}

#[test]
fn a_disk_that_takes_nothing_says_so_and_the_lock_still_comes() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.disk.always = Some(StoreError::Full);
    let refused = device.keep(draft(None, "words")).err();
    assert_eq!(refused, Some(Code::StorageFull));
    device.lock();
    assert_eq!(device.phase(), Phase::Locked);
}
