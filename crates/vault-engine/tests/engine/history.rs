//! A server that tells another history than the one that happened: to one
//! device, to two, again, or in another order. Each lie is told by the next
//! exchange that it shows in, nothing of it is kept, nothing here is lost,
//! and the device goes on.

use crate::support::{
    Device, LINK, Net, START_MS, Server, Spoil, first_device, further_device, note,
};
use std::collections::BTreeSet;
use sync_core::{Head, op_hash};
use vault_engine::{Command, Store, SyncPhase};
use vault_types::{Code, HistoryHash, Op};

/// Two devices in step over one note.
fn two_devices(net: &Net) -> (Device, Device) {
    let mut first = first_device(net);
    first.put("Shared", "shared1 text");
    first.sync_well();
    let second = further_device(net, 2);
    (first, second)
}

/// So many more notes.
fn fill(device: &mut Device, count: usize) {
    let records = (0..count).map(|n| note(&format!("Note {n}"), "note1 text"));
    let records = records.collect();
    assert!(device.call(Command::Put { records }).is_ok());
}

/// The round ends with that code, and everything is as it was: notes, disk,
/// and work goes on.
fn assert_told(device: &mut Device, code: Code) {
    let (titles, disk) = (device.titles(), device.disk.snapshot());
    let status = device.sync();
    assert_eq!(
        (status.phase, status.code),
        (SyncPhase::Error, Some(code.as_str()))
    );
    assert_eq!(status.label, code.sentence());
    assert!(status.needs_choice);
    assert_eq!(device.titles(), titles);
    assert!(device.disk.snapshot() == disk, "the disk changed");
    if titles.len() < 20 {
        device.assert_consistent();
    }
}

/// Two devices, each with notes of its own on a history of its own that begins
/// with the same note. Gives what the server told the second one.
fn forked(net: &Net, first: &mut Device, second: &mut Device) -> Vec<Vec<u8>> {
    let mut other = net.borrow_mut().vault().clone();
    first.put("Of the first", "first1 text");
    first.sync_well();
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    for n in 1..3 {
        second.put(&format!("Of the second {n}"), "second1 text");
        second.sync_well();
    }
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    other.told()
}

#[test]
fn two_devices_shown_different_histories_are_told_when_they_meet() {
    let net = Server::new();
    let (mut first, mut second) = two_devices(&net);
    let other = forked(&net, &mut first, &mut second);
    // The first of the two had seen what both have seen.
    for bytes in &other[1..] {
        net.borrow_mut().vault().append(bytes.clone());
    }
    assert_told(&mut first, Code::HistoryForked);
    // It is so after a restart, and the other device is told as well.
    first.restart();
    first.unlock().unwrap();
    first.settle();
    assert_told(&mut first, Code::HistoryForked);
    assert_told(&mut second, Code::HistoryRewritten);
    // Work goes on here, and none of it is sent into that history.
    let id = first.put("Written on", "written1 text");
    let len = net.borrow_mut().vault().ops.len();
    first.sync();
    assert_eq!(net.borrow_mut().vault().ops.len(), len);
    assert_eq!(first.status().unsent, 1);
    assert_eq!(first.text(id), "written1 text");
}

#[test]
fn an_edit_that_loses_gives_a_fork_away_as_well() {
    let net = Server::new();
    let mut first = first_device(&net);
    let id = first.put("Shared", "shared1 text");
    first.sync_well();
    let mut second = further_device(&net, 2);
    let mut other = net.borrow_mut().vault().clone();
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    second.put("Filler", "filler1 text");
    second.sync_well();
    second.save(id, "early1 text").unwrap();
    second.sync_well();
    std::mem::swap(net.borrow_mut().vault(), &mut other);
    first.now_ms += 60_000;
    first.save(id, "late1 text").unwrap();
    first.sync_well();
    net.borrow_mut().vault().append(other.told()[2].clone());
    assert_told(&mut first, Code::HistoryForked);
}

#[test]
fn a_forged_header_accuses_nobody() {
    let net = Server::new();
    let (mut first, mut second) = two_devices(&net);
    let other = forked(&net, &mut first, &mut second);
    // The server can make up any header; the body then does not open.
    let mut op = Op::parse(&other[2]).unwrap();
    op.header.seen.hash = HistoryHash::from_bytes([1; 32]);
    net.borrow_mut().vault().append(op.encode());
    let mut again = net.borrow_mut().vault().told()[0].clone();
    *again.last_mut().unwrap() ^= 1;
    net.borrow_mut().vault().append(again);
    first.sync_well();
    assert_eq!(first.titles(), ["Of the first", "Shared"]);
}

#[test]
fn what_was_seen_long_ago_is_read_from_the_disk_and_still_held_against_the_server() {
    let net = Server::new();
    let (mut first, mut second) = two_devices(&net);
    let other = forked(&net, &mut first, &mut second);
    fill(&mut first, 300);
    first.sync_well();
    assert_eq!(first.disk.keys(Store::History).len(), 3);
    net.borrow_mut().vault().append(other[2].clone());
    first.restart();
    first.unlock().unwrap();
    first.settle();
    assert_told(&mut first, Code::HistoryForked);
}

#[test]
fn a_lost_page_of_hashes_accuses_nobody_and_is_begun_anew() {
    for spoil in [Spoil::Damage, Spoil::Cut, Spoil::Lose] {
        let net = Server::new();
        let (mut first, mut second) = two_devices(&net);
        fill(&mut first, 130);
        first.sync_well();
        for key in first.disk.keys(Store::History) {
            first.disk.spoil(Store::History, &key, spoil);
        }
        first.restart();
        first.unlock().unwrap();
        first.settle();
        second.put("Theirs", "theirs1 text");
        second.sync_well();
        second.put("And more", "theirs2 text");
        second.sync_well();
        first.sync_well();
        assert_eq!(first.list().len(), 133);
        // From there on it knows again.
        let mut other = net.borrow_mut().vault().clone();
        std::mem::swap(net.borrow_mut().vault(), &mut other);
        for n in 0..2 {
            second.put(&format!("Forked {n}"), "forked1 text");
            second.sync_well();
        }
        std::mem::swap(net.borrow_mut().vault(), &mut other);
        first.put("Mine", "mine1 text");
        first.sync_well();
        net.borrow_mut().vault().append(other.told().pop().unwrap());
        assert_told(&mut first, Code::HistoryForked);
    }
}

#[test]
fn a_brand_new_device_is_told_by_an_author_who_had_seen_more() {
    let net = Server::new();
    let (mut first, mut second) = two_devices(&net);
    for n in 0..4 {
        first.put(&format!("Note {n}"), "note1 text");
        first.sync_well();
    }
    second.sync_well();
    second.put("Latest", "latest1 text");
    second.sync_well();
    let told = net.borrow_mut().vault().told();
    // An old beginning, and then what was written last.
    for len in 0..5 {
        let old = told[..len].iter().chain([&told[5]]).cloned();
        net.borrow_mut().vault().retell(old);
        let mut fresh = Device::new(&net, 3);
        fresh.sign_in(LINK).unwrap();
        fresh.unlock().unwrap();
        fresh.settle();
        assert_told(&mut fresh, Code::HistoryForked);
        assert!(fresh.titles().is_empty());
    }
}

#[test]
fn an_operation_that_comes_again_is_told_whatever_it_says() {
    let net = Server::new();
    let mut first = first_device(&net);
    let edited = first.put("Edited", "edited1 text");
    let deleted = first.put("Deleted", "deleted1 text");
    first.sync_well();
    let mut second = further_device(&net, 2);
    for n in 2..4 {
        second.now_ms += 1_000;
        second.save(edited, &format!("edited{n} text")).unwrap();
        second.sync_well();
    }
    second.remove(deleted).unwrap();
    second.sync_well();
    first.sync_well();
    let told = net.borrow_mut().vault().told();
    for again in &told {
        net.borrow_mut()
            .vault()
            .retell(told.iter().chain([again]).cloned());
        for device in [&mut first, &mut second] {
            assert_told(device, Code::RecordRolledBack);
            assert_eq!(device.titles(), ["Edited"]);
            assert_eq!(device.text(edited), "edited3 text");
            device.restart();
            device.unlock().unwrap();
            device.settle();
            assert_told(device, Code::RecordRolledBack);
        }
        // A brand-new device sees both places of it.
        let mut fresh = Device::new(&net, 3);
        fresh.sign_in(LINK).unwrap();
        fresh.unlock().unwrap();
        fresh.settle();
        assert_told(&mut fresh, Code::RecordRolledBack);
    }
    net.borrow_mut().vault().retell(told);
    first.sync_well();
}

/// What may be said of a history that the server tells: the least of places at
/// which an honest device must object.
fn objection(told: &[&Vec<u8>], from: usize) -> Option<Code> {
    let mut heads = vec![Head::default()];
    let mut before: BTreeSet<&Vec<u8>> = BTreeSet::new();
    for (at, bytes) in told.iter().enumerate() {
        let seen = Op::parse(bytes).unwrap().header.seen;
        let held = heads.get(seen.cursor.0 as usize);
        if at >= from && held.is_none_or(|head| head.hash != seen.hash) {
            return Some(Code::HistoryForked);
        }
        if !before.insert(bytes) && at >= from {
            return Some(Code::RecordRolledBack);
        }
        let head = *heads.last().unwrap();
        heads.push(head.then(op_hash(bytes)));
    }
    None
}

/// All sequences of so many of `ops`, repetitions included.
fn sequences(ops: usize, len: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..len {
        all = all
            .into_iter()
            .flat_map(|start: Vec<usize>| {
                (0..ops).map(move |next| start.iter().copied().chain([next]).collect())
            })
            .collect();
    }
    all
}

/// Six operations of two devices: a creation, two offline edits that know
/// nothing of each other, a merge of sorts, a deletion, another note.
fn happened(net: &Net) -> Vec<Vec<u8>> {
    let mut first = first_device(net);
    let id = first.put("Shared", "shared1 text");
    first.sync_well();
    let mut second = further_device(net, 2);
    first.now_ms += 1_000;
    second.now_ms += 2_000;
    first.save(id, "first2 text").unwrap();
    second.put("Second", "second1 text");
    first.sync_well();
    second.sync_well();
    first.sync_well();
    first.now_ms += 3_000;
    first.save(id, "first3 text").unwrap();
    first.sync_well();
    second.sync_well();
    second.now_ms += 4_000;
    second.remove(id).unwrap();
    second.sync_well();
    first.sync_well();
    first.put("Last", "last1 text");
    first.sync_well();
    net.borrow_mut().vault().told()
}

#[test]
fn every_history_that_a_server_can_tell_of_six_operations_is_taken_or_told() {
    let net = Server::new();
    let ops = happened(&net);
    assert_eq!(ops.len(), 6);
    let mut watcher = Device::new(&net, 9);
    watcher.now_ms = START_MS + 60_000;
    watcher.sign_in(LINK).unwrap();
    let (mut cases, mut lies) = (0, 0);
    for known in [0, 1, 3] {
        net.borrow_mut().vault().retell(ops[..known].to_vec());
        watcher.unlock().unwrap();
        watcher.settle();
        watcher.sync_well();
        let then = watcher.disk.snapshot();
        let titles = watcher.titles();
        for len in 1..=4 {
            for sequence in sequences(ops.len(), len) {
                let told: Vec<&Vec<u8>> = ops[..known]
                    .iter()
                    .chain(sequence.iter().map(|at| &ops[*at]))
                    .collect();
                let objection = objection(&told, known);
                let told: Vec<Vec<u8>> = told.into_iter().cloned().collect();
                net.borrow_mut().vault().retell(told);
                let status = watcher.sync();
                assert_eq!(
                    status.code,
                    objection.map(Code::as_str),
                    "{known} {sequence:?}"
                );
                cases += 1;
                if objection.is_some() {
                    lies += 1;
                    assert_eq!(watcher.titles(), titles);
                } else {
                    net.borrow_mut().vault().retell(ops[..known].to_vec());
                    watcher.disk.go_back(&then);
                    watcher.restart();
                    watcher.unlock().unwrap();
                    watcher.settle();
                }
            }
        }
        watcher.lock();
    }
    println!("{cases} histories told, {lies} of them lies, each told");
    assert!(lies > 1_000 && cases > lies);
}

#[test]
fn a_backup_that_others_wrote_on_is_told_by_a_device_that_had_seen_more() {
    let net = Server::new();
    let (mut first, mut second) = two_devices(&net);
    first.put("Lost by the server", "lost1 text");
    first.sync_well();
    second.put("Offline", "offline1 text");
    net.borrow_mut().vault().roll_back(1);
    // This one never saw what was lost, and writes on.
    second.sync_well();
    assert_told(&mut first, Code::HistoryRewritten);
    second.put("More", "more1 text");
    second.sync_well();
    assert_told(&mut first, Code::HistoryRewritten);
    assert!(first.titles().contains(&String::from("Lost by the server")));
}
