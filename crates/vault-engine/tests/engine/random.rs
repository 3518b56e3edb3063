//! Any sequence of commands, at any pace, with faults and ends of the process
//! anywhere.
//!
//! What must hold:
//! 1. Each request has exactly one answer, once everything came to rest.
//! 2. List, search and single records agree.
//! 3. A restart shows what was there before it.
//! 4. With the faults gone, everything is sent and two devices agree.

use crate::support::{Device, Fault, LINK, PASSPHRASE, Server, WRONG, further_device, note};
use proptest::prelude::*;
use vault_engine::{Command, DraftInput, ImportFile, RequestId, SecretText, Unsent};
use vault_types::{Kind, LockTier, RecordId};

/// One thing that happens to a device.
#[derive(Debug, Clone)]
enum Act {
    Put(u8),
    Save(u8, u8),
    Remove(u8),
    Restore(u8),
    Open(u8),
    List,
    Search(u8),
    Import(u8),
    Sync,
    Lock,
    LockAll,
    KeepDraft(u8),
    Hide(bool),
    Unlock,
    WrongUnlock,
    SignOutKeepingUnsent,
    Activity,
    Steps(u8),
    HoldWrites(bool),
    HoldReads(bool),
    HoldSends(bool),
    Offline(bool),
    Disk(u8, u8),
    Settle,
    Wait(u16),
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => any::<u8>().prop_map(Act::Put),
        4 => any::<(u8, u8)>().prop_map(|(at, n)| Act::Save(at, n)),
        2 => any::<u8>().prop_map(Act::Remove),
        2 => any::<u8>().prop_map(Act::Restore),
        2 => any::<u8>().prop_map(Act::Open),
        1 => Just(Act::List),
        2 => any::<u8>().prop_map(Act::Search),
        1 => any::<u8>().prop_map(Act::Import),
        3 => Just(Act::Sync),
        1 => Just(Act::Lock),
        1 => Just(Act::LockAll),
        2 => any::<u8>().prop_map(Act::KeepDraft),
        1 => any::<bool>().prop_map(Act::Hide),
        3 => Just(Act::Unlock),
        1 => Just(Act::WrongUnlock),
        1 => Just(Act::SignOutKeepingUnsent),
        1 => Just(Act::Activity),
        6 => any::<u8>().prop_map(Act::Steps),
        1 => any::<bool>().prop_map(Act::HoldWrites),
        1 => any::<bool>().prop_map(Act::HoldReads),
        1 => any::<bool>().prop_map(Act::HoldSends),
        1 => any::<bool>().prop_map(Act::Offline),
        1 => any::<(u8, u8)>().prop_map(|(ahead, kind)| Act::Disk(ahead % 4, kind)),
        2 => Just(Act::Settle),
        1 => any::<u16>().prop_map(Act::Wait),
        1 => Just(Act::Restart),
    ]
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// The note that a number stands for: one that was put, or one that is not.
fn pick(ids: &[RecordId], at: u8) -> RecordId {
    match ids.len() {
        0 => RecordId::from_bytes([at; 16]),
        len => ids[usize::from(at) % len],
    }
}

fn command(act: &Act, ids: &[RecordId]) -> Option<Command> {
    Some(match act {
        Act::Put(n) => Command::Put {
            records: vec![note(&format!("Title {n}"), &format!("word{n} all"))],
        },
        Act::Save(at, n) => crate::support::save_text(pick(ids, *at), &format!("edit{n} all")),
        Act::Remove(at) => Command::Remove { id: pick(ids, *at) },
        Act::Restore(at) => Command::Restore { id: pick(ids, *at) },
        Act::Open(at) => Command::Open { id: pick(ids, *at) },
        Act::List => Command::List {
            kind: Some(Kind::Infobase),
            tag: None,
            offset: 0,
            limit: 10,
        },
        Act::Search(n) => Command::Search {
            query: format!("word{n}"),
            limit: 10,
            kind: None,
        },
        Act::Import(n) => Command::Import {
            files: vec![ImportFile {
                path: format!("{}.md", n % 4),
                bytes: format!("file{n} all").into_bytes(),
                modified_ms: None,
            }],
        },
        Act::Sync => Command::Sync,
        Act::Lock => Command::Lock { tier: None },
        Act::LockAll => Command::Lock {
            tier: Some(LockTier::Vault),
        },
        Act::KeepDraft(n) => Command::KeepDraft(DraftInput {
            id: None,
            record: Some(pick(ids, *n)),
            kind: Kind::Infobase,
            title: String::new(),
            text: format!("draft{n} all"),
            tags: Vec::new(),
            base: None,
        }),
        Act::Hide(hidden) => Command::Visibility {
            visible: !hidden,
            form: None,
        },
        Act::Unlock => Command::Unlock {
            passphrase: secret(PASSPHRASE),
        },
        Act::WrongUnlock => Command::Unlock {
            passphrase: secret(WRONG),
        },
        Act::SignOutKeepingUnsent => Command::SignOut {
            unsent: Unsent::Keep,
        },
        Act::Activity => Command::Activity,
        _ => return None,
    })
}

fn disturb(device: &mut Device, act: &Act) {
    match act {
        Act::Steps(n) => {
            for _ in 0..n % 6 {
                device.step();
            }
        }
        Act::HoldWrites(hold) => device.hold.writes = *hold,
        Act::HoldReads(hold) => device.hold.reads = *hold,
        Act::HoldSends(hold) => device.hold.sends = *hold,
        Act::Offline(offline) => device.net.borrow_mut().offline = *offline,
        Act::Disk(ahead, kind) => {
            let fault = if kind % 2 == 0 {
                Fault::Full
            } else {
                Fault::Failed
            };
            device.disk.plan(usize::from(*ahead), fault);
        }
        Act::Settle => device.settle(),
        Act::Restart => device.restart(),
        Act::Wait(ms) => {
            // Timers are due, but nobody waits for what is held back.
            device.now_ms += u64::from(*ms);
        }
        _ => {}
    }
}

/// Lets everything through and mends the disk.
fn mend(device: &mut Device) {
    device.hold = crate::support::Hold::default();
    device.net.borrow_mut().offline = false;
    device.disk.mend();
    device.settle();
    device.assert_all_answered_once();
    // A disk that could not be cleared leaves the vault without a session.
    device.sign_in(LINK).unwrap();
    device.unlock().unwrap();
    device.settle();
}

fn story(device: &mut Device) -> Vec<(RecordId, String, String)> {
    let items = device.list();
    let mut story: Vec<_> = items
        .into_iter()
        .map(|item| (item.id, item.title, device.text(item.id)))
        .collect();
    story.sort();
    story
}

/// Lives through a sequence, then holds everything against what must hold.
fn live(seed: u64, acts: &[(bool, Act)]) {
    let net = Server::new();
    let mut devices = [
        crate::support::first_device(&net),
        further_device(&net, seed | 2),
    ];
    let mut ids: Vec<RecordId> = (0..3)
        .map(|n| devices[0].put("Title", &format!("start{n} all")))
        .collect();
    devices[0].sync_well();
    let mut puts: Vec<(usize, RequestId)> = Vec::new();
    for (second, act) in acts {
        let at = usize::from(*second);
        match command(act, &ids) {
            Some(command) => {
                let request = devices[at].ask(command);
                if let Act::Put(_) = act {
                    puts.push((at, request));
                }
            }
            None => disturb(&mut devices[at], act),
        }
        puts.retain(|(at, request)| match devices[*at].peek_saved(*request) {
            Some(id) => {
                ids.push(id);
                false
            }
            None => true,
        });
    }
    // Locks for every device are told, and then lifted by whoever made them.
    for device in &mut devices {
        mend(device);
        device.advance(40_000);
    }
    net.borrow_mut().vault().info.lock = None;
    for device in &mut devices {
        device.unlock().unwrap();
        device.sync_well();
        device.assert_consistent();
        let before = story(device);
        device.restart();
        device.unlock().unwrap();
        assert_eq!(story(device), before);
    }
    let [mut first, mut second] = devices;
    second.now_ms = second.now_ms.max(first.now_ms);
    first.now_ms = second.now_ms;
    for _ in 0..3 {
        first.sync_well();
        second.sync_well();
    }
    assert_eq!(story(&mut first), story(&mut second));
    first.assert_consistent();
    second.assert_consistent();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_answers_once_and_ends_sound(
        seed: u64,
        acts in proptest::collection::vec((any::<bool>(), act()), 1..120),
    ) {
        live(seed, &acts);
    }
}
