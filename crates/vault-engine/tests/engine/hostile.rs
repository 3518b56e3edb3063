//! A server, or something in its place, that does not keep to the protocol.
//! Whatever it does: a typed error, nothing lost, no endless traffic.

use crate::support::{
    Device, LINK, Meddling, Net, PASSPHRASE, Server, code_of, first_device, further_device,
    message, problem,
};
use sync_core::endpoint;
use sync_core::message::{CryptoPolicies, DownloadResponse, PollResponse, UploadResponse};
use vault_engine::{Command, Phase, Response, SecretText, SyncPhase, SyncStatus};
use vault_types::{Code, Cursor, HistoryHash, OpaqueBytes, RecordId, ServerEpoch, limits};

const ROUND: [&str; 3] = [endpoint::POLL, endpoint::DOWNLOAD, endpoint::UPLOAD];

fn page(status: u16, media_type: &str, body: &[u8]) -> Response {
    Response {
        status,
        media_type: media_type.to_owned(),
        body: body.to_vec(),
    }
}

/// A device with one note sent, one unsent, and something to fetch.
fn between(net: &Net) -> (Device, RecordId, RecordId) {
    let mut device = first_device(net);
    let sent = device.put("Sent", "sent1 text");
    device.sync_well();
    let mut other = further_device(net, 2);
    other.put("Theirs", "theirs1 text");
    other.sync_well();
    net.borrow_mut().offline = true;
    let unsent = device.put("Unsent", "unsent1 text");
    device.settle();
    net.borrow_mut().offline = false;
    (device, sent, unsent)
}

fn assert_refused(status: &SyncStatus, code: Code) {
    assert_eq!(status.code, Some(code.as_str()));
    let phase = if code == Code::Offline {
        SyncPhase::Offline
    } else {
        SyncPhase::Error
    };
    assert_eq!(status.phase, phase);
}

/// Everything that this device wrote is there, now and after a restart.
fn assert_nothing_lost(device: &mut Device, ids: &[RecordId]) {
    for _ in 0..2 {
        for id in ids {
            assert!(device.open(*id).unwrap().text.ends_with(" text"));
        }
        device.assert_consistent();
        device.restart();
        device.unlock().unwrap();
    }
}

/// The end of a session locks the vault, once; it opens again without one.
fn lock_if_session_ended(device: &mut Device, code: Code) {
    if matches!(code, Code::SignedOut | Code::DeviceRevoked) {
        device.advance(limits::LOCK_GRACE_MS);
        assert_eq!(device.phase(), Phase::Locked);
        device.unlock().unwrap();
    }
}

#[test]
fn an_answer_that_is_no_answer_is_told_apart_at_every_step() {
    let cases = [
        (page(200, "text/html", b"<html>sign in"), Code::NotOurServer),
        (page(200, endpoint::MSGPACK, b"<html>"), Code::NotOurServer),
        (page(200, endpoint::MSGPACK, &[]), Code::NotOurServer),
        (page(302, "text/html", b""), Code::NotOurServer),
        (page(404, "text/plain", b"nothing"), Code::NotOurServer),
        (page(502, "text/html", b"bad gateway"), Code::Offline),
        (page(401, endpoint::PROBLEM, b"{"), Code::NotOurServer),
        (problem(Code::SignedOut), Code::SignedOut),
        (problem(Code::SlowDown), Code::SlowDown),
        (problem(Code::ServerFailed), Code::ServerFailed),
    ];
    for path in ROUND {
        for (response, code) in &cases {
            let net = Server::new();
            let (mut device, sent, unsent) = between(&net);
            let meddling = Meddling::Replace(response.clone());
            net.borrow_mut().meddle_once(path, meddling);
            assert_refused(&device.sync(), *code);
            assert_eq!(device.status().unsent, 1);
            lock_if_session_ended(&mut device, *code);
            assert_nothing_lost(&mut device, &[sent, unsent]);
            net.borrow_mut().meddler = None;
            device.sync_well();
            assert_eq!(device.titles(), ["Sent", "Theirs", "Unsent"]);
            assert_eq!(net.borrow_mut().vault().ops.len(), 3);
        }
    }
}

#[test]
fn requests_and_answers_lost_at_any_step_make_no_duplicate() {
    for path in ROUND {
        for meddling in [Meddling::Lose, Meddling::LoseAnswer] {
            let net = Server::new();
            let (mut device, sent, unsent) = between(&net);
            net.borrow_mut().meddle_once(path, meddling);
            assert_refused(&device.sync(), Code::Offline);
            device.sync_well();
            assert_nothing_lost(&mut device, &[sent, unsent]);
            assert_eq!(net.borrow_mut().vault().ops.len(), 3);
            assert_eq!(device.titles(), ["Sent", "Theirs", "Unsent"]);
        }
    }
}

#[test]
fn a_session_that_ends_keeps_the_outbox_until_the_next_sign_in() {
    let net = Server::new();
    let (mut device, sent, unsent) = between(&net);
    device.cookie.expire();
    assert_refused(&device.sync(), Code::SignedOut);
    lock_if_session_ended(&mut device, Code::SignedOut);
    assert_nothing_lost(&mut device, &[sent, unsent]);
    assert_eq!(device.status().unsent, 1);
    device.sign_in(LINK).unwrap();
    device.settle();
    device.sync_well();
    assert_eq!(device.titles(), ["Sent", "Theirs", "Unsent"]);
}

#[test]
fn a_server_in_another_life_is_told_and_nothing_goes() {
    let net = Server::new();
    let (mut device, sent, unsent) = between(&net);
    net.borrow_mut().epoch = ServerEpoch::from_bytes([8; 16]);
    net.borrow_mut().vault().roll_back(0);
    for _ in 0..2 {
        assert_refused(&device.sync(), Code::ServerReset);
        assert_nothing_lost(&mut device, &[sent, unsent]);
        // Signing in anew does not hide it.
        device.sign_in(LINK).unwrap();
    }
    assert_eq!(net.borrow().count(endpoint::UPLOAD), 2);
}

#[test]
fn a_server_restored_from_a_backup_is_told() {
    let net = Server::new();
    let (mut device, sent, unsent) = between(&net);
    net.borrow_mut().vault().roll_back(0);
    assert_refused(&device.sync(), Code::ServerReset);
    assert_nothing_lost(&mut device, &[sent, unsent]);
}

#[test]
fn a_history_that_was_rewritten_is_told() {
    let net = Server::new();
    let (mut device, sent, unsent) = between(&net);
    net.borrow_mut().vault().ops[0].0.hash = HistoryHash::from_bytes([9; 32]);
    assert_refused(&device.sync(), Code::HistoryRewritten);
    assert_nothing_lost(&mut device, &[sent, unsent]);
}

/// What a server may do to a page of history.
fn spoilt_pages() -> Vec<fn(&mut DownloadResponse)> {
    vec![
        |page| page.changes.clear(),
        |page| page.server_cursor = Cursor(0),
        |page| page.end.hash = HistoryHash::from_bytes([1; 32]),
        |page| page.end.cursor = Cursor(7),
        |page| page.since_hash = HistoryHash::START,
        |page| page.changes[0].cursor = Cursor(7),
        |page| page.changes[0].op = OpaqueBytes::new(b"not an operation".to_vec()),
        |page| {
            let mut bytes = page.changes[0].op.as_slice().to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            page.changes[0].op = OpaqueBytes::new(bytes);
        },
        |page| {
            let again = page.changes[0].clone();
            page.changes.push(again);
        },
        |page| {
            page.changes.clear();
            page.end.cursor = Cursor(1);
            page.end.hash = page.since_hash;
            page.more = true;
        },
        |page| {
            page.changes.clear();
            page.end.cursor = Cursor(1);
            page.end.hash = page.since_hash;
        },
    ]
}

#[test]
fn a_spoilt_page_of_history_changes_nothing() {
    for spoil in spoilt_pages() {
        let net = Server::new();
        let (mut device, sent, unsent) = between(&net);
        net.borrow_mut().meddler = Some(Box::new(move |request| {
            if request.path != endpoint::DOWNLOAD {
                return Meddling::Pass;
            }
            Meddling::AlterWith(Box::new(move |mut response| {
                let mut page: DownloadResponse = sync_core::decode(&response.body).unwrap();
                spoil(&mut page);
                response.body = sync_core::encode(&page).unwrap();
                response
            }))
        }));
        let status = device.sync();
        assert_eq!(status.phase, SyncPhase::Error, "{}", status.label);
        let codes = ["history_rewritten", "server_reset"].map(Some);
        assert!(codes.contains(&status.code), "{:?}", status.code);
        assert_eq!(device.titles(), ["Sent", "Unsent"]);
        assert_nothing_lost(&mut device, &[sent, unsent]);
        net.borrow_mut().meddler = None;
        device.sync_well();
        assert_eq!(device.titles(), ["Sent", "Theirs", "Unsent"]);
    }
}

#[test]
fn an_upload_that_is_answered_with_nonsense_is_sent_again_later() {
    let spoils: Vec<fn(&mut UploadResponse)> = vec![
        // Takes nothing and refuses nothing.
        |answer| {
            answer.applied.clear();
            answer.server_cursor = answer.previous.cursor;
            answer.server_hash = answer.previous.hash;
        },
        |answer| answer.server_hash = HistoryHash::from_bytes([1; 32]),
        |answer| answer.applied[0].cursor = Cursor(99),
        |answer| answer.previous.cursor = Cursor(0),
        // Claims that others wrote before, and has nothing to show.
        |answer| {
            answer.previous.cursor = Cursor(50);
            answer.server_cursor = Cursor(51);
        },
    ];
    for spoil in spoils {
        let net = Server::new();
        let (mut device, sent, unsent) = between(&net);
        net.borrow_mut().meddler = Some(Box::new(move |request| {
            if request.path != endpoint::UPLOAD {
                return Meddling::Pass;
            }
            Meddling::AlterWith(Box::new(move |mut response| {
                let mut answer: UploadResponse = sync_core::decode(&response.body).unwrap();
                spoil(&mut answer);
                response.body = sync_core::encode(&answer).unwrap();
                response
            }))
        }));
        let status = device.sync();
        assert_eq!(status.phase, SyncPhase::Error, "{}", status.label);
        assert_eq!(status.unsent, 1);
        assert_nothing_lost(&mut device, &[sent, unsent]);
        net.borrow_mut().meddler = None;
        device.sync_well();
        assert_eq!(net.borrow_mut().vault().ops.len(), 3);
    }
}

#[test]
fn a_refused_operation_stays_and_goes_out_once_the_clocks_agree() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    let ahead_ms = limits::STAMP_AHEAD_MS_MAX + 1_000;
    net.borrow_mut().clock_behind_ms = ahead_ms;
    let id = device.put("Ahead", "ahead1 text");
    assert_refused(&device.sync(), Code::ClockAhead);
    assert_eq!(device.status().unsent, 1);
    assert_nothing_lost(&mut device, &[id]);
    net.borrow_mut().clock_behind_ms = 0;
    device.sync_well();
    assert_eq!(net.borrow_mut().vault().ops.len(), 1);
}

#[test]
fn what_was_written_while_the_clock_was_a_year_ahead_goes_out_once_it_is_right() {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let net = Server::new();
    let mut device = first_device(&net);
    let deleted = device.put("Deleted", "deleted1 text");
    let edited = device.put("Edited", "edited1 text");
    device.sync_well();
    let right_ms = device.now_ms;
    device.set_clock(right_ms + YEAR_MS);
    net.borrow_mut().clock_behind_ms = YEAR_MS;
    device.save(edited, "edited2 text").unwrap();
    device.settle();
    device.unlock().unwrap();
    let new = device.put("New", "new1 text");
    device.remove(deleted).unwrap();
    assert_refused(&device.sync(), Code::ClockAhead);
    device.set_clock(right_ms);
    net.borrow_mut().clock_behind_ms = 0;
    device.restart();
    device.unlock().unwrap();
    // Only the server's word tells a wrong clock from a right one.
    device.sync();
    device.sync_well();
    assert_eq!(device.titles(), ["Edited", "New"]);
    let mut other = further_device(&net, 2);
    other.now_ms += 1_000;
    assert_eq!(other.text(new), "new1 text");
    assert_eq!(other.titles(), ["Edited", "New"]);
    other.save(edited, "edited3 text").unwrap();
    other.sync_well();
    device.sync_well();
    assert_eq!(device.text(edited), "edited3 text");
    assert_eq!(device.titles(), ["Edited", "New"]);
}

#[test]
fn an_edit_of_what_was_refused_for_the_clock_goes_out_with_it_once_the_clock_is_right() {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    let right_ms = device.now_ms;
    device.set_clock(right_ms + YEAR_MS);
    net.borrow_mut().clock_behind_ms = YEAR_MS;
    device.restart();
    device.unlock().unwrap();
    let id = device.put("New", "new1 text");
    // After a restart nobody knows whether it was sent before.
    device.restart();
    device.unlock().unwrap();
    device.save(id, "new2 text").unwrap();
    device.sync();
    device.set_clock(right_ms);
    net.borrow_mut().clock_behind_ms = 0;
    device.restart();
    device.unlock().unwrap();
    device.sync();
    device.sync_well();
    assert_eq!(net.borrow_mut().vault().ops.len(), 1);
    let mut other = further_device(&net, 2);
    assert_eq!(other.text(id), "new2 text");
}

#[test]
fn what_lost_to_a_clock_ahead_does_not_win_once_it_is_right() {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Both", "both1 text");
    device.sync_well();
    let mut other = further_device(&net, 2);
    let right_ms = device.now_ms;
    device.set_clock(right_ms + YEAR_MS);
    device.restart();
    device.unlock().unwrap();
    device.save(id, "mine text").unwrap();
    // Ahead by less than what the server refuses.
    other.set_clock(right_ms + 200_000);
    other.save(id, "theirs text").unwrap();
    net.borrow_mut().clock_behind_ms = 200_000;
    other.sync_well();
    net.borrow_mut().clock_behind_ms = YEAR_MS;
    assert_refused(&device.sync(), Code::ClockAhead);
    assert_eq!(device.text(id), "mine text");
    device.set_clock(right_ms);
    net.borrow_mut().clock_behind_ms = 0;
    device.restart();
    device.unlock().unwrap();
    device.sync();
    device.sync_well();
    other.sync_well();
    device.sync_well();
    assert_eq!(device.text(id), "mine text");
    assert_eq!(other.text(id), "mine text");
    assert_eq!(device.titles(), ["Both", "Both (conflict copy)"]);
    assert_eq!(other.titles(), device.titles());
}

#[test]
fn an_operation_that_does_not_open_changes_nothing_and_stops_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Mine", "mine1 text");
    device.sync_well();
    let mut other = further_device(&net, 2);
    other.save(id, "forged text").unwrap();
    other.put("Theirs", "theirs1 text");
    other.sync_well();
    // The server changes a sealed body and keeps its own chain in order.
    net.borrow_mut().vault().tamper(1);
    device.sync_well();
    assert_eq!(device.text(id), "mine1 text");
    assert_eq!(device.titles(), ["Mine", "Theirs"]);
    assert_nothing_lost(&mut device, &[id]);
}

#[test]
fn a_forged_copy_of_an_own_operation_does_not_count_as_sent() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.sync_well();
    let id = device.put("Mine", "mine1 text");
    net.borrow_mut()
        .meddle_once(endpoint::UPLOAD, Meddling::LoseAnswer);
    device.sync();
    net.borrow_mut().vault().tamper(0);
    let status = device.sync();
    assert_eq!((status.phase, status.unsent), (SyncPhase::Error, 1));
    assert_nothing_lost(&mut device, &[id]);
}

#[test]
fn a_forged_ancestor_hides_no_conflict_and_is_told() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Shared", "shared1 text");
    device.sync_well();
    let mut other = further_device(&net, 2);
    for n in 2..4 {
        other.now_ms += 10_000;
        other.save(id, &format!("theirs{n} text")).unwrap();
        other.sync_well();
    }
    // The first of the two edits comes with a header that claims to be made
    // from what stands here, and a body that does not open.
    net.borrow_mut().offline = true;
    device.save(id, "mine1 text").unwrap();
    let base = device.unsent_op_id(id);
    net.borrow_mut().vault().forge_base(1, base);
    net.borrow_mut().offline = false;
    // Whoever wrote the second edit had seen the first one as it was.
    assert_refused(&device.sync(), Code::HistoryForked);
    assert_eq!(device.titles(), ["Shared"]);
    assert_nothing_lost(&mut device, &[id]);
    assert_eq!(device.text(id), "mine1 text");
}

#[test]
fn weak_key_settings_of_a_server_are_refused() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    device.sign_in(LINK).unwrap();
    type Spoil = fn(&mut CryptoPolicies);
    let spoilt: [(Spoil, Code); 3] = [
        (
            |it| it.current.aead = String::from("ROT13"),
            Code::NewerVersion,
        ),
        (
            |it| it.current.kdf = String::from("MD5"),
            Code::NewerVersion,
        ),
        (|it| it.current.kdf_iterations = 99_999, Code::BelowPolicy),
    ];
    for (spoil, code) in spoilt {
        let alter = move |mut response: Response| {
            let mut policies: CryptoPolicies = sync_core::decode(&response.body).unwrap();
            spoil(&mut policies);
            response.body = sync_core::encode(&policies).unwrap();
            response
        };
        let alter = Meddling::AlterWith(Box::new(alter));
        net.borrow_mut().meddle_once(endpoint::CRYPTO_POLICY, alter);
        assert_eq!(device.create_vault().err().unwrap().code, code);
    }
    device.create_vault().unwrap();
    // The slots that a second device is shown ask for one round of PBKDF2.
    let mut second = Device::new(&net, 2);
    second.sign_in(LINK).unwrap();
    let slots = net.borrow_mut().vault().slots.clone();
    let text = String::from_utf8(slots.as_slice().to_vec()).unwrap();
    let weak = text.replace("600000", "1");
    assert_ne!(text, weak);
    net.borrow_mut().vault().slots = OpaqueBytes::new(weak.into_bytes());
    assert_eq!(second.unlock().err().unwrap().code, Code::BelowPolicy);
    net.borrow_mut().vault().slots = OpaqueBytes::new(b"{}".to_vec());
    assert!(second.unlock().is_err());
    // Nothing of that was kept.
    net.borrow_mut().vault().slots = slots;
    second.unlock().unwrap();
}

#[test]
fn another_vaults_id_in_an_answer_is_refused() {
    let net = Server::new();
    let mut device = Device::new(&net, 1);
    device.sign_in(LINK).unwrap();
    let alter = |mut response: Response| {
        let mut info: sync_core::message::VaultInfo = sync_core::decode(&response.body).unwrap();
        info.vault_id = vault_types::VaultId::from_bytes([3; 16]);
        response.body = sync_core::encode(&info).unwrap();
        response
    };
    net.borrow_mut()
        .meddle_once(endpoint::VAULT, Meddling::AlterWith(Box::new(alter)));
    let passphrase = SecretText::new(PASSPHRASE.to_owned());
    let answer = device.call(Command::CreateVault { passphrase });
    assert_eq!(code_of(answer), Some(Code::NotOurServer));
}

#[test]
fn a_server_that_promises_more_for_ever_is_left() {
    for path in [endpoint::POLL, endpoint::DOWNLOAD] {
        let net = Server::new();
        let (mut device, sent, unsent) = between(&net);
        net.borrow_mut().meddler = Some(Box::new(move |request| {
            if request.path != path {
                return Meddling::Pass;
            }
            Meddling::AlterWith(Box::new(move |response| {
                if path == endpoint::POLL {
                    let mut poll: PollResponse = sync_core::decode(&response.body).unwrap();
                    poll.head.cursor = Cursor(1_000_000);
                    return message(&poll);
                }
                let mut page: DownloadResponse = sync_core::decode(&response.body).unwrap();
                page.server_cursor = Cursor(1_000_000);
                message(&page)
            }))
        }));
        let before = net.borrow().log.len();
        assert_eq!(device.sync().phase, SyncPhase::Error);
        assert!(net.borrow().log.len() - before < 5);
        assert_nothing_lost(&mut device, &[sent, unsent]);
    }
}
