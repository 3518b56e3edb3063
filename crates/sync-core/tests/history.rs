//! What a hostile server can do to a page, and that a device finds it out.
//!
//! 1. An honest page, however cut, leads to the server's head.
//! 2. A page with an operation dropped, moved, replaced or repeated is refused
//!    as a whole.
//! 3. Another history, an older one or another epoch is refused.
//! 4. A device goes over its own upload only where the chain comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{EPOCH, MemoryVault, bytes, op, op_id};
use proptest::prelude::*;
use sync_core::message::{Accepted, DownloadResponse};
use sync_core::{Announcement, Head, History, HistoryError, OwnExtension, SeenCheck, check_seen};
use vault_types::{Code, Cursor, HistoryHash, OpId, Seen, ServerEpoch};

fn vault(len: u8) -> MemoryVault {
    let mut vault = MemoryVault::default();
    for number in 0..len {
        vault.upload(&[bytes(&op(number, number, None))]);
    }
    vault
}

fn start() -> History {
    History::start(EPOCH)
}

/// The hostile server restates places and end so that only the chain tells.
fn renumbered(mut page: DownloadResponse) -> DownloadResponse {
    for (at, accepted) in page.changes.iter_mut().enumerate() {
        accepted.cursor = Cursor(at as u64 + 1);
    }
    page.end.cursor = Cursor(page.changes.len() as u64);
    page
}

proptest! {
    #[test]
    fn pages_of_any_size_lead_to_the_head(len in 0..30_u8, limit in 1..9_usize) {
        let vault = vault(len);
        let mut history = start();
        let mut seen = 0;
        loop {
            let page = vault.page(seen, limit);
            let more = page.more;
            let (next, ops) = history.extend(page).unwrap();
            seen += ops.len();
            history = next;
            if !more {
                break;
            }
        }
        prop_assert_eq!(history.head(), vault.head());
        prop_assert_eq!(seen, usize::from(len));
    }

    #[test]
    fn a_dropped_operation_is_found_out(len in 1..20_u8, at: prop::sample::Index) {
        let mut page = vault(len).page(0, 99);
        page.changes.remove(at.index(page.changes.len()));
        prop_assert!(start().extend(page.clone()).is_err());
        prop_assert!(start().extend(renumbered(page)).is_err());
    }

    #[test]
    fn a_moved_operation_is_found_out(len in 2..20_u8, a: prop::sample::Index, b: prop::sample::Index) {
        let mut page = vault(len).page(0, 99);
        let (a, b) = (a.index(page.changes.len()), b.index(page.changes.len()));
        prop_assume!(a != b);
        page.changes.swap(a, b);
        prop_assert!(start().extend(page.clone()).is_err());
        let rewritten = matches!(
            start().extend(renumbered(page)),
            Err(HistoryError::Rewritten { .. })
        );
        prop_assert!(rewritten);
    }

    #[test]
    fn a_repeated_operation_is_found_out(len in 1..20_u8, from: prop::sample::Index, to: prop::sample::Index) {
        let mut page = vault(len).page(0, 99);
        let again = page.changes[from.index(page.changes.len())].clone();
        page.changes.insert(to.index(page.changes.len() + 1), again);
        prop_assert!(start().extend(page.clone()).is_err());
        prop_assert!(start().extend(renumbered(page)).is_err());
    }

    #[test]
    fn a_changed_bit_is_found_out(len in 1..10_u8, at: prop::sample::Index, bit: prop::sample::Index) {
        let mut page = vault(len).page(0, 99);
        let at = at.index(page.changes.len());
        let mut op = page.changes[at].op.clone().into_vec();
        let bit = bit.index(op.len() * 8);
        op[bit / 8] ^= 1 << (bit % 8);
        page.changes[at].op = op.into();
        prop_assert!(start().extend(page).is_err());
    }
}

#[test]
fn a_changed_end_or_start_is_found_out() {
    let page = vault(3).page(0, 99);
    let mut other_end = page.clone();
    other_end.end.hash = HistoryHash::from_bytes([1; 32]);
    let mut other_start = page.clone();
    other_start.since_hash = HistoryHash::from_bytes([1; 32]);
    let mut short_end = page;
    short_end.end = vault(2).head();
    for bad in [other_end, other_start, short_end] {
        assert_eq!(
            start().extend(bad).map_err(HistoryError::code),
            Err(Code::HistoryRewritten)
        );
    }
}

#[test]
fn another_history_is_found_out_even_without_operations() {
    let (history, _) = start().extend(vault(3).page(0, 99)).unwrap();
    let mut fork = vault(2);
    fork.upload(&[bytes(&op(77, 0, None))]);
    assert_eq!(
        history.extend(fork.page(3, 99)),
        Err(HistoryError::Rewritten { at: Cursor(3) })
    );
    assert_eq!(
        history.compare(EPOCH, fork.head()),
        Err(HistoryError::Rewritten { at: Cursor(3) })
    );
}

#[test]
fn a_server_that_lost_history_or_was_reset_is_told_apart() {
    let (history, _) = start().extend(vault(3).page(0, 99)).unwrap();
    assert_eq!(
        history.compare(EPOCH, vault(2).head()),
        Err(HistoryError::ServerBehind {
            known: Cursor(3),
            came: Cursor(2)
        })
    );
    let other = ServerEpoch::from_random([8; 16]);
    let error = history.compare(other, vault(3).head()).unwrap_err();
    assert_eq!(error.code(), Code::ServerReset);
    let mut page = vault(4).page(3, 99);
    page.server_epoch = other;
    assert!(history.extend(page).is_err());
}

#[test]
fn an_announced_head_says_whether_to_download() {
    let (history, _) = start().extend(vault(3).page(0, 99)).unwrap();
    let at_end = history.compare(EPOCH, vault(3).head());
    assert_eq!(at_end, Ok(Announcement::UpToDate));
    let behind = history.compare(EPOCH, vault(4).head());
    assert_eq!(behind, Ok(Announcement::More));
}

#[test]
fn a_server_that_promises_more_and_sends_nothing_is_refused() {
    let mut page = vault(3).page(0, 99);
    page.changes.clear();
    page.end = Head::default();
    page.more = true;
    assert!(matches!(
        start().extend(page),
        Err(HistoryError::Gap { .. })
    ));
}

#[test]
fn a_device_goes_over_its_own_upload() {
    let mut server = vault(2);
    let (history, _) = start().extend(server.page(0, 99)).unwrap();
    let (first, second) = (bytes(&op(10, 10, None)), bytes(&op(11, 11, None)));
    let response = server.upload(&[first.clone(), second.clone()]);
    let sent = [
        (op_id(10), first.as_slice()),
        (op_id(11), second.as_slice()),
    ];
    let extended = history.extend_own(&response, &sent).unwrap();
    let OwnExtension::Extended { history, ops } = extended else {
        panic!("others wrote nothing");
    };
    assert_eq!(history.head(), server.head());
    assert_eq!(ops.len(), 2);
    assert_eq!(ops[1].parse().unwrap(), op(11, 11, None));
}

#[test]
fn a_device_waits_for_the_download_when_others_wrote_before() {
    let mut server = vault(2);
    let (history, _) = start().extend(server.page(0, 99)).unwrap();
    server.upload(&[bytes(&op(20, 20, None))]);
    let mine = bytes(&op(10, 10, None));
    let response = server.upload(std::slice::from_ref(&mine));
    let sent = [(op_id(10), mine.as_slice())];
    assert_eq!(
        history.extend_own(&response, &sent),
        Ok(OwnExtension::Behind)
    );
}

#[test]
fn a_false_answer_to_an_upload_is_found_out() {
    let mut server = vault(2);
    let (history, _) = start().extend(server.page(0, 99)).unwrap();
    let mine = bytes(&op(10, 10, None));
    let honest = server.upload(std::slice::from_ref(&mine));
    let sent: [(OpId, &[u8]); 1] = [(op_id(10), mine.as_slice())];
    let mut other_hash = honest.clone();
    other_hash.server_hash = HistoryHash::START;
    let mut gap = honest.clone();
    gap.applied[0].cursor = Cursor(9);
    let mut not_mine = honest.clone();
    not_mine.applied[0].op_id = op_id(99);
    let mut other_past = honest.clone();
    other_past.previous.hash = HistoryHash::START;
    let mut older = honest;
    older.previous = vault(1).head();
    for bad in [other_hash, gap, not_mine, other_past, older] {
        assert!(history.extend_own(&bad, &sent).is_err(), "{bad:?}");
    }
}

#[test]
fn what_an_author_had_seen_is_compared_at_every_place() {
    let server = vault(5);
    let hash_at = |cursor: Cursor| Some(server.head_at(cursor.0 as usize).hash);
    let check = |at: u64, seen: Seen| check_seen(Cursor(at), seen, hash_at);
    for at in 1..=5_u64 {
        for cursor in 0..7_u64 {
            for of in 0..=5_usize {
                let seen = Seen {
                    cursor: Cursor(cursor),
                    hash: server.head_at(of).hash,
                };
                let honest = cursor < at && cursor == of as u64;
                let expected = if honest {
                    SeenCheck::Agrees
                } else {
                    SeenCheck::Contradicts
                };
                assert_eq!(check(at, seen), expected, "{at} {cursor} {of}");
            }
        }
    }
}

#[test]
fn what_this_device_does_not_know_contradicts_nothing() {
    let seen = Seen {
        cursor: Cursor(2),
        hash: HistoryHash::from_bytes([1; 32]),
    };
    let check = |at: u64| check_seen(Cursor(at), seen, |_| None);
    assert_eq!(check(3), SeenCheck::Unknown);
    // Nobody has seen the place of their own operation, known here or not.
    assert_eq!(check(2), SeenCheck::Contradicts);
    let start = Seen::default();
    assert_eq!(check_seen(Cursor(1), start, |_| None), SeenCheck::Agrees);
}

#[test]
fn an_operation_of_a_newer_version_keeps_its_place() {
    let mut raw = op(1, 1, None).encode();
    raw[0] = 99;
    let head = Head::default().then(sync_core::op_hash(&raw));
    let page = DownloadResponse {
        server_epoch: EPOCH,
        since_hash: HistoryHash::START,
        server_cursor: Cursor(1),
        end: head,
        changes: vec![Accepted {
            cursor: Cursor(1),
            op: raw.into(),
        }],
        more: false,
    };
    let (history, ops) = start().extend(page).unwrap();
    assert_eq!(history.head(), head);
    assert!(ops[0].parse().is_err());
}
