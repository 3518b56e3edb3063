//! Power that goes, and disks that are full, at any write of a session.

use crate::support::{Device, Fault, Net, PASSPHRASE, Server, first_device, note, save_text};
use std::collections::BTreeMap;
use vault_engine::{Answer, Command, ImportFile, Reply, SecretText, Store};
use vault_types::{Code, RecordId};

/// What the person was told is saved: the text of each note, `None` if it
/// was deleted. A change that was asked for and not answered may be there or
/// not.
#[derive(Default)]
struct Told {
    texts: BTreeMap<RecordId, Option<String>>,
    asked: BTreeMap<RecordId, Vec<Option<String>>>,
}

impl Told {
    fn may_be(&self, id: RecordId, text: Option<&String>) -> bool {
        let told = self.texts.get(&id).cloned().unwrap_or_default();
        let asked = self.asked.get(&id).into_iter().flatten();
        asked.chain([&told]).any(|one| one.as_ref() == text)
    }

    /// Asks to give a note a text or to delete it.
    fn ask(&mut self, device: &mut Device, id: RecordId, text: Option<&str>) {
        let command = match text {
            Some(text) => save_text(id, text),
            None => Command::Remove { id },
        };
        let text = text.map(str::to_owned);
        match device.try_call(command) {
            Some(Ok(_)) => {
                self.texts.insert(id, text);
                self.asked.remove(&id);
            }
            Some(Err(failure)) => assert!(storage(failure.code), "{:?}", failure.code),
            None => self.asked.entry(id).or_default().push(text),
        }
    }
}

fn storage(code: Code) -> bool {
    matches!(code, Code::StorageFull | Code::StorageFailed)
}

/// The session: what a person does, with rounds in between.
fn live(device: &mut Device, told: &mut Told) {
    let mut ids = Vec::new();
    for n in 0..4 {
        let text = format!("first{n} words");
        if let Some(Ok(Reply::Saved(items))) = put(device, &text) {
            told.texts.insert(items[0].id, Some(text));
            ids.push(items[0].id);
        }
        if n == 2 {
            device.try_call(Command::Sync);
        }
    }
    for (n, id) in ids.iter().enumerate() {
        told.ask(device, *id, Some(&format!("second{n} words")));
        told.ask(device, *id, Some(&format!("third{n} words")));
    }
    device.try_call(Command::Sync);
    if let [first, second, ..] = ids[..] {
        let before = told.texts[&first].clone();
        told.ask(device, first, None);
        match device.try_call(Command::Restore { id: first }) {
            Some(Ok(_)) => {
                told.texts.insert(first, before);
            }
            Some(Err(failure)) => assert!(storage(failure.code)),
            None => told.asked.entry(first).or_default().push(before),
        }
        told.ask(device, second, None);
    }
    let files = (0..3)
        .map(|n| ImportFile {
            path: format!("{n}.md"),
            bytes: format!("imported{n} words").into_bytes(),
            modified_ms: None,
        })
        .collect();
    device.try_call(Command::Import { files });
    device.try_call(Command::Sync);
    device.try_call(Command::Lock { tier: None });
    let passphrase = SecretText::new(PASSPHRASE.to_owned());
    device.try_call(Command::Unlock { passphrase });
    for (n, id) in ids.iter().enumerate().skip(2) {
        told.ask(device, *id, Some(&format!("fourth{n} words")));
    }
}

fn put(device: &mut Device, text: &str) -> Option<Answer> {
    let records = vec![note("Title", text)];
    device.try_call(Command::Put { records })
}

/// The vault opens, is of one story, and holds what was told.
fn assert_sound(device: &mut Device, told: &Told, context: &str) {
    device.assert_consistent();
    let listed: Vec<RecordId> = device.list().into_iter().map(|item| item.id).collect();
    for (id, text) in &told.texts {
        let now = device.open(*id).ok().map(|record| record.text);
        assert!(
            told.may_be(*id, now.as_ref()),
            "{context}: told {text:?}, is {now:?}"
        );
        assert_eq!(listed.contains(id), now.is_some(), "{context}");
    }
    // At most one run of packs for each note and one that was left over.
    assert!(device.disk.keys(Store::Packs).len() <= 12, "{context}");
}

fn run(net: &Net, at: usize, fault: Fault) -> (Device, Told) {
    let mut device = first_device(net);
    device.settle();
    device.disk.plan(at, fault);
    let mut told = Told::default();
    live(&mut device, &mut told);
    (device, told)
}

fn writes_of_the_session() -> usize {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settle();
    let before = device.disk.writes;
    let mut told = Told::default();
    live(&mut device, &mut told);
    assert_sound(&mut device, &told, "undisturbed");
    device.disk.writes - before
}

#[test]
fn a_crash_at_any_write_loses_nothing_that_was_told() {
    let writes = writes_of_the_session();
    assert!(writes > 15, "{writes}");
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for at in 0..writes {
            let net = Server::new();
            let (mut device, told) = run(&net, at, fault);
            assert!(device.dead, "{fault:?} at {at} never came");
            device.restart();
            device.unlock().unwrap();
            let context = format!("{fault:?} at {at}");
            assert_sound(&mut device, &told, &context);
            device.sync_well();
            device.restart();
            device.unlock().unwrap();
            assert_sound(&mut device, &told, &context);
            assert!(device.disk.keys(Store::Outbox).is_empty(), "{context}");
        }
    }
}

#[test]
fn a_full_or_failing_disk_at_any_write_loses_nothing_that_was_told() {
    let writes = writes_of_the_session();
    for fault in [Fault::Full, Fault::Failed] {
        for at in 0..writes {
            let net = Server::new();
            let (mut device, told) = run(&net, at, fault);
            device.assert_all_answered_once();
            let context = format!("{fault:?} at {at}");
            assert_sound(&mut device, &told, &context);
            device.sync_well();
            assert_sound(&mut device, &told, &context);
            device.restart();
            device.unlock().unwrap();
            assert_sound(&mut device, &told, &context);
            device.sync_well();
            device.restart();
            device.unlock().unwrap();
            device.assert_consistent();
        }
    }
}

#[test]
fn a_second_device_agrees_after_a_crash_anywhere() {
    let writes = writes_of_the_session();
    for at in (0..writes).step_by(3) {
        let net = Server::new();
        let (mut device, _) = run(&net, at, Fault::CrashAfter);
        device.restart();
        device.unlock().unwrap();
        device.sync_well();
        let mut other = crate::support::further_device(&net, 2);
        other.sync_well();
        device.sync_well();
        let story = |device: &mut Device| {
            let items = device.list();
            let mut story: Vec<(RecordId, String)> = items
                .into_iter()
                .map(|item| (item.id, device.text(item.id)))
                .collect();
            story.sort();
            story
        };
        assert_eq!(story(&mut device), story(&mut other), "{at}");
    }
}
