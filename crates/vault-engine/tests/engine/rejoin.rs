//! A server that came back from a backup, or with a new database, and an owner
//! who says to follow it again: everything that any device holds comes
//! together on it, once.

use crate::support::{Device, Fault, Meddling, Net, Server, code_of, first_device, further_device};
use sync_core::endpoint;
use sync_core::message::UploadRequest;
use vault_engine::{Command, Phase, SyncPhase};
use vault_types::{Code, RecordId, ServerEpoch, limits};

/// Two devices in step over five notes, and what they wrote then.
struct World {
    net: Net,
    first: Device,
    second: Device,
    ids: Vec<RecordId>,
}

fn world() -> World {
    let net = Server::new();
    let mut first = first_device(&net);
    let ids: Vec<RecordId> = (0..5)
        .map(|n| first.put(&format!("Note {n}"), &format!("note{n} text")))
        .collect();
    first.sync_well();
    let mut second = further_device(&net, 2);
    // After the backup: an edit, a deletion, a new note, seen by both.
    second.now_ms += 1_000;
    second.save(ids[0], "edited0 text").unwrap();
    second.remove(ids[1]).unwrap();
    second.put("After the backup", "after1 text");
    second.sync_well();
    first.sync_well();
    // And what neither has sent: one edits what the other one wrote.
    net.borrow_mut().offline = true;
    first.now_ms += 5_000;
    first.save(ids[0], "offline0 text").unwrap();
    second.now_ms += 6_000;
    second.save(ids[2], "offline2 text").unwrap();
    net.borrow_mut().offline = false;
    World {
        net,
        first,
        second,
        ids,
    }
}

const WHOLE: [&str; 5] = ["After the backup", "Note 0", "Note 2", "Note 3", "Note 4"];

type ComeBack = fn(&mut Server);

/// How the server comes back.
fn comebacks() -> [(ComeBack, Code); 4] {
    [
        (|server| server.vault().roll_back(5), Code::ServerReset),
        (|server| server.vault().roll_back(2), Code::ServerReset),
        (|server| server.vault().roll_back(0), Code::ServerReset),
        (
            |server| {
                server.epoch = ServerEpoch::from_bytes([8; 16]);
                server.vault().roll_back(3);
            },
            Code::ServerReset,
        ),
    ]
}

fn assert_whole(device: &mut Device, ids: &[RecordId]) {
    assert_eq!(device.titles(), WHOLE);
    assert_eq!(device.text(ids[0]), "offline0 text");
    assert_eq!(device.text(ids[2]), "offline2 text");
    device.assert_consistent();
}

/// Rounds until a device has nothing left to do.
fn follow(device: &mut Device) {
    for _ in 0..4 {
        device.sync_well();
        device.advance(1_000);
    }
}

#[test]
fn every_device_that_follows_again_brings_what_it_holds_and_all_are_whole() {
    for (come_back, code) in comebacks() {
        let World {
            net,
            mut first,
            mut second,
            ids,
        } = world();
        come_back(&mut net.borrow_mut());
        for device in [&mut first, &mut second] {
            let status = device.sync();
            assert_eq!(
                (status.code, status.needs_choice),
                (Some(code.as_str()), true)
            );
            assert_eq!(status.unsent, 1);
        }
        first.rejoin().unwrap();
        follow(&mut first);
        assert!(second.sync().needs_choice);
        second.rejoin().unwrap();
        follow(&mut second);
        follow(&mut first);
        let mut fresh = further_device(&net, 3);
        for device in [&mut first, &mut second, &mut fresh] {
            assert_whole(device, &ids);
        }
        // Quiet, on the disk as well.
        for device in [&mut first, &mut second] {
            device.restart();
            device.unlock().unwrap();
            device.settle();
            device.sync_well();
            let before = net.borrow().log.len();
            device.sync_well();
            assert_eq!(net.borrow().log.len() - before, 1);
        }
    }
}

#[test]
fn what_the_server_still_has_is_not_sent_again() {
    let net = Server::new();
    let mut device = first_device(&net);
    for n in 0..20 {
        device.put(&format!("Note {n}"), "note1 text");
    }
    device.sync_well();
    net.borrow_mut().vault().roll_back(17);
    assert!(device.sync().needs_choice);
    device.rejoin().unwrap();
    follow(&mut device);
    assert_eq!(net.borrow_mut().vault().ops.len(), 20);
}

#[test]
fn nothing_is_asked_and_nothing_done_while_all_is_well() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Note", "note1 text");
    device.sync_well();
    assert!(!device.status().needs_choice);
    assert_eq!(code_of(device.call(Command::Rejoin)), Some(Code::Misuse));
    net.borrow_mut().offline = true;
    device.sync();
    assert_eq!(code_of(device.call(Command::Rejoin)), Some(Code::Misuse));
    device.lock();
    assert_eq!(code_of(device.call(Command::Rejoin)), Some(Code::Locked));
}

#[test]
fn nothing_goes_into_a_history_that_the_owner_has_not_chosen() {
    let World { net, mut first, .. } = world();
    net.borrow_mut().vault().roll_back(4);
    let uploads = net.borrow().count(endpoint::UPLOAD);
    for _ in 0..3 {
        first.put("More", "more1 text");
        first.advance(limits::POLL_INTERVAL_MS * 4);
        assert_eq!(first.status().phase, SyncPhase::Error);
    }
    assert_eq!(net.borrow().count(endpoint::UPLOAD), uploads);
}

#[test]
fn a_crash_at_any_write_of_it_loses_nothing_and_it_goes_on() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for at in 0..12 {
            let World {
                net,
                mut first,
                mut second,
                ids,
            } = world();
            net.borrow_mut().vault().roll_back(2);
            second.sync();
            second.rejoin().unwrap();
            follow(&mut second);
            first.sync();
            first.disk.plan(at, fault);
            first.try_call(Command::Rejoin);
            for _ in 0..4 {
                first.try_call(Command::Sync);
                if !first.dead {
                    first.advance(1_000);
                }
            }
            first.disk.mend();
            first.restart();
            first.unlock().unwrap();
            first.settle();
            assert_eq!(first.text(ids[0]), "offline0 text");
            if first.sync().needs_choice {
                first.rejoin().unwrap();
            }
            follow(&mut first);
            follow(&mut second);
            for device in [&mut first, &mut second] {
                assert_whole(device, &ids);
            }
        }
    }
}

#[test]
fn a_disk_that_refuses_leaves_everything_as_it_was() {
    let World {
        net,
        mut first,
        ids,
        ..
    } = world();
    net.borrow_mut().vault().roll_back(2);
    first.sync();
    first.disk.plan(0, Fault::Full);
    assert_eq!(
        code_of(first.call(Command::Rejoin)),
        Some(Code::StorageFull)
    );
    assert_eq!(first.status().unsent, 1);
    assert!(first.sync().needs_choice);
    first.rejoin().unwrap();
    follow(&mut first);
    assert_eq!(first.text(ids[0]), "offline0 text");
    assert_eq!(first.titles(), WHOLE);
}

#[test]
fn it_waits_for_the_round_under_way_and_ends_with_a_lock() {
    let World { net, mut first, .. } = world();
    net.borrow_mut().vault().roll_back(2);
    first.sync();
    first.hold.sends = true;
    let round = first.ask(Command::Sync);
    first.settle();
    let asked = first.ask(Command::Rejoin);
    first.settle();
    assert!(first.peek(asked).is_none());
    first.hold.sends = false;
    first.settle();
    assert!(first.take(round).is_some() && first.take(asked).unwrap().is_ok());
    follow(&mut first);
    net.borrow_mut().vault().roll_back(1);
    first.sync();
    first.hold.sends = true;
    first.ask(Command::Sync);
    let asked = first.ask(Command::Rejoin);
    first.settle();
    first.lock();
    assert_eq!(first.phase(), Phase::Locked);
    assert_eq!(code_of(first.take(asked).unwrap()), Some(Code::Stopped));
}

#[test]
fn what_was_sealed_before_is_not_sent_into_the_history_after() {
    let World { net, mut first, .. } = world();
    net.borrow_mut().vault().roll_back(2);
    // The answer is lost, so that nobody knows whether it arrived.
    first.sync();
    first.rejoin().unwrap();
    let logged = net.borrow().log.len();
    net.borrow_mut()
        .meddle_once(endpoint::UPLOAD, Meddling::LoseAnswer);
    first.sync();
    net.borrow_mut().meddler = None;
    follow(&mut first);
    let net = net.borrow();
    let uploads = net.log[logged..]
        .iter()
        .filter(|(path, _)| path == endpoint::UPLOAD);
    for (_, body) in uploads {
        let upload: UploadRequest = sync_core::decode(body).unwrap();
        for op in &upload.changes {
            let header = vault_types::Op::parse(op.as_slice()).unwrap().header;
            assert!(header.seen.cursor <= upload.client_cursor);
        }
    }
}

#[test]
fn one_that_was_forked_off_comes_back_with_what_it_wrote() {
    let World {
        net,
        mut first,
        mut second,
        ids,
    } = world();
    let mut other = net.borrow_mut().vault().clone();
    first.sync_well();
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    second.sync_well();
    // The server drops the second one's side.
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    first.put("Then", "then1 text");
    first.sync_well();
    assert_eq!(second.sync().code, Some("history_rewritten"));
    second.rejoin().unwrap();
    follow(&mut second);
    follow(&mut first);
    for device in [&mut first, &mut second] {
        let mut titles = device.titles();
        // What it replaced, which its author had not seen replaced.
        titles.retain(|title| title != "Note 2 (conflict copy)");
        assert_eq!(titles.len(), WHOLE.len() + 1);
        assert_eq!(device.text(ids[0]), "offline0 text");
        assert_eq!(device.text(ids[2]), "offline2 text");
    }
}
