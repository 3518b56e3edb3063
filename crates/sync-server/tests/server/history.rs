//! Uploads, downloads, and what several devices make of them.

use crate::client::Device;
use crate::process::Folders;
use std::collections::BTreeMap;
use sync_core::message::{DownloadRequest, DownloadResponse, PollResponse, UploadResponse};
use sync_core::{History, OwnExtension, decode, endpoint};
use vault_types::{Code, Cursor, OpId, SealedBytes, ServerEpoch};

#[test]
fn json_and_messagepack_speak_of_the_same_history() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let request = device.upload_request(&vault, &[device.op(1)]);
    let by_json: UploadResponse = device.client.post_json(endpoint::UPLOAD, &request).json();
    let by_msgpack = device.upload(&vault, &[device.op(1)]);
    assert_eq!(by_json.applied, by_msgpack.applied);
    assert_eq!(by_json.head(), by_msgpack.head());
    let delta: DownloadResponse = device.client.request("/api/sync/delta?since=0").json();
    assert_eq!(delta, device.download(&vault, Cursor(0)));
    let headers = [("accept", endpoint::MSGPACK)];
    let packed = device
        .client
        .send("GET", "/api/sync/delta?since=0", &headers, &[]);
    assert_eq!(decode::<DownloadResponse>(&packed.body).unwrap(), delta);
}

#[test]
fn what_one_device_uploads_another_verifies_and_reads() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let ops: Vec<_> = (0..5).map(|number| device.op(number)).collect();
    let response = device.upload(&vault, &ops);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let history = History::start(vault.server_epoch);
    let (history, verified) = history.extend(second.download(&vault, Cursor(0))).unwrap();
    assert_eq!(history.head(), response.head());
    let read: Vec<_> = verified.iter().map(|op| op.parse().unwrap()).collect();
    assert_eq!(read, ops);
    let poll: PollResponse = second.client.request(endpoint::POLL).json();
    assert_eq!(poll.head, history.head());
}

#[test]
fn a_device_extends_over_its_own_upload() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let op = device.op(1);
    let bytes = op.encode();
    let response = device.upload(&vault, std::slice::from_ref(&op));
    let extended = History::start(vault.server_epoch)
        .extend_own(&response, &[(op.header.op_id, &bytes)])
        .unwrap();
    let OwnExtension::Extended { history, .. } = extended else {
        panic!("nobody else wrote");
    };
    assert_eq!(history.head(), response.head());
}

#[test]
fn a_repeated_upload_changes_nothing() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let ops: Vec<_> = (0..5).map(|number| device.op(number)).collect();
    let first = device.upload(&vault, &ops);
    let again = device.upload(&vault, &ops);
    assert_eq!(again.applied, first.applied);
    assert_eq!(again.head(), first.head());
    assert_eq!(again.previous, first.head());
    let mut other = device.op(1);
    other.body = SealedBytes::new(vec![8; 300]);
    let reused = device.upload(&vault, &[other]);
    assert_eq!(reused.refused[0].code, Code::OpIdReused);
    assert_eq!(reused.head(), first.head());
}

#[test]
fn a_rival_edit_is_applied_and_named() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let first_edit = device.op(1);
    device.upload(&vault, std::slice::from_ref(&first_edit));
    let mut rival = second.op(2);
    rival.header.record_id = first_edit.header.record_id;
    let response = second.upload(&vault, &[rival.clone()]);
    assert_eq!(response.applied.len(), 1);
    assert_eq!(response.conflicts[0].op_id, rival.header.op_id);
    assert_eq!(
        response.conflicts[0].head_op_id,
        Some(first_edit.header.op_id)
    );
    let mut next = device.op(3);
    next.header.record_id = rival.header.record_id;
    next.header.base = Some(rival.header.op_id);
    assert!(device.upload(&vault, &[next]).conflicts.is_empty());
}

#[test]
fn a_clock_far_ahead_and_another_epoch_are_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, mut vault) = Device::first(&server);
    let mut early = device.op(1);
    early.header.stamp.wall_ms = u64::MAX;
    let response = device.upload(&vault, &[early]);
    assert_eq!(response.refused[0].code, Code::ClockAhead);
    vault.server_epoch = ServerEpoch::from_random([1; 16]);
    let request = device.upload_request(&vault, &[device.op(2)]);
    let answer = device.client.post_json(endpoint::UPLOAD, &request);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "server_reset")
    );
}

#[test]
fn a_cursor_beyond_the_head_is_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    device.upload(&vault, &[device.op(1)]);
    let request = |since| DownloadRequest {
        vault_id: vault.vault_id,
        device_id: device.session.device_id,
        since: Cursor(since),
        limit: None,
    };
    let at_head = device.client.post_json(endpoint::DOWNLOAD, &request(1));
    assert_eq!(at_head.status, 200);
    for since in [2, i64::MAX as u64 + 1, u64::MAX] {
        let answer = device.client.post_json(endpoint::DOWNLOAD, &request(since));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "cursor_ahead")
        );
    }
}

#[test]
fn pages_keep_to_their_limits_and_say_that_more_follows() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    for number in 0..3 {
        let mut long = device.op(number);
        long.body = SealedBytes::new(vec![1; 5 << 20]);
        device.upload(&vault, &[long]);
    }
    let page = device.download(&vault, Cursor(0));
    assert_eq!((page.changes.len(), page.more), (1, true), "8 MiB hold one");
    let mut history = History::start(vault.server_epoch);
    let mut pages = 0;
    loop {
        let page = device.download(&vault, history.head().cursor);
        let more = page.more;
        history = history.extend(page).unwrap().0;
        pages += 1;
        if !more {
            break;
        }
    }
    assert_eq!((history.head().cursor, pages), (Cursor(3), 3));
    for (limit, len) in [(0, 1), (2, 1), (u32::MAX, 1)] {
        let path = format!("/api/sync/delta?since=2&limit={limit}");
        let page: DownloadResponse = device.client.request(&path).json();
        assert_eq!(page.changes.len(), len);
    }
}

#[test]
fn devices_that_upload_at_once_share_one_dense_history() {
    const DEVICES: u8 = 8;
    const UPLOADS: u32 = 30;
    let folders = Folders::new();
    let server = folders.start();
    let (first, vault) = Device::first(&server);
    let mut devices = vec![first];
    for number in 2..=DEVICES {
        devices.push(Device::sign_in(&server, &folders.link(), number));
    }
    let threads: Vec<_> = devices
        .iter()
        .cloned()
        .map(|device| {
            let vault = vault.clone();
            std::thread::spawn(move || {
                let mut told = Vec::new();
                for number in 0..UPLOADS {
                    let ops = [device.op(2 * number), device.op(2 * number + 1)];
                    told.extend(device.upload(&vault, &ops).applied);
                    // A retry, as after a lost answer.
                    told.extend(device.upload(&vault, &ops).applied);
                }
                told
            })
        })
        .collect();
    let mut places: BTreeMap<OpId, Cursor> = BTreeMap::new();
    for thread in threads {
        for applied in thread.join().unwrap() {
            let place = *places.entry(applied.op_id).or_insert(applied.cursor);
            assert_eq!(place, applied.cursor, "a retry is told the same place");
        }
    }
    let ops = u64::from(DEVICES) * u64::from(UPLOADS) * 2;
    let mut cursors: Vec<u64> = places.values().map(|cursor| cursor.0).collect();
    cursors.sort_unstable();
    assert_eq!(cursors, (1..=ops).collect::<Vec<_>>());
    let history = History::start(vault.server_epoch);
    let (history, verified) = history
        .extend(devices[0].download(&vault, Cursor(0)))
        .unwrap();
    assert_eq!(history.head().cursor, Cursor(ops));
    for op in verified {
        let op_id = op.parse().unwrap().header.op_id;
        assert_eq!(places.get(&op_id), Some(&op.head().cursor));
    }
}
