//! The socket: what it tells, whom it refuses, and how it ends.

use crate::access::stranger;
use crate::client::{Client, Device};
use crate::process::Folders;
use crate::protect::{lock_request, poll, replace_slots};
use crate::socket_client::{BINARY, Frame, PING, PONG, Socket, TEXT, frame_head, own_origin};
use std::time::{Duration, Instant};
use sync_core::endpoint;
use sync_core::message::{LogoutEverywhereRequest, RESET_WORDS, ResetVaultRequest};
use vault_types::{Cursor, Generation, LockReason, limits};

#[test]
fn a_socket_tells_what_a_poll_answers_and_every_new_head() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let mut socket = Socket::open(&server, &second.client);
    assert_eq!(socket.state(), poll(&second));
    for number in 1..=3 {
        let uploaded = device.upload(&vault, &[device.op(number)]);
        let told = socket.state();
        assert_eq!(told.head, uploaded.head());
        assert_eq!(told, poll(&second));
    }
}

#[test]
fn locks_and_keys_are_told() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let mut socket = Socket::open(&server, &device.client);
    assert_eq!(socket.state().lock, None);
    let body = serde_json::to_vec(&replace_slots(2)).unwrap();
    let headers = [("content-type", endpoint::JSON)];
    let replaced = device.client.send("PUT", endpoint::SLOTS, &headers, &body);
    assert_eq!(replaced.status, 204);
    socket.state_where(|told| told.slots_generation == Generation(2));
    device.client.post_json(endpoint::LOCK, &lock_request());
    let told = socket.state_where(|told| told.lock.is_some());
    assert_eq!(told, poll(&device));
}

#[test]
fn a_lock_from_the_command_line_is_told() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let mut socket = Socket::open(&server, &device.client);
    socket.state();
    folders.run(&["lock"]);
    let told = socket.state_where(|told| told.lock.is_some());
    assert_eq!(told.lock.unwrap().reason, LockReason::Administrator);
    folders.run(&["unlock"]);
    socket.state_where(|told| told.lock.is_none());
}

/// Cross-site WebSocket hijacking: a page of another origin opens a socket,
/// and the browser sends the cookie along.
#[test]
fn a_socket_that_another_site_opens_is_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let cookie = ("cookie", device.client.cookie());
    let own = own_origin(&server);
    let port = own.rsplit(':').next().unwrap();
    let neighbour = format!("http://localhost:1{port}");
    let prefixed = format!("{own}.evil.example");
    for origin in [
        "https://evil.example",
        "null",
        "",
        "file://",
        &neighbour,
        &prefixed,
    ] {
        let opened = Socket::with_headers(&server, &[cookie, ("origin", origin)]);
        let refused = opened.err();
        assert_eq!(
            refused,
            Some((403, "foreign_origin".to_owned())),
            "{origin}"
        );
    }
    for headers in [
        &[cookie][..],
        &[cookie, ("origin", &own), ("sec-fetch-site", "cross-site")],
        &[cookie, ("origin", &own), ("sec-fetch-site", "same-site")],
    ] {
        let refused = Socket::with_headers(&server, headers).err();
        assert_eq!(refused, Some((403, "foreign_origin".to_owned())));
    }
    assert!(Socket::with_headers(&server, &[cookie, ("origin", &own)]).is_ok());
}

#[test]
fn a_socket_needs_a_session_a_vault_and_to_be_one() {
    let folders = Folders::new();
    let server = folders.start();
    let own = own_origin(&server);
    let refused = |headers: &[(&str, &str)]| Socket::with_headers(&server, headers).err();
    let signed_out = Some((401, "signed_out".to_owned()));
    assert_eq!(refused(&[("origin", &own)]), signed_out);
    let unknown = format!("lockstep_session={}", "A".repeat(43));
    assert_eq!(
        refused(&[("origin", &own), ("cookie", &unknown)]),
        signed_out
    );
    let device = Device::sign_in(&server, &server.link, 1);
    let no_vault = Socket::try_open(&server, &device.client).err();
    assert_eq!(no_vault, Some((404, "no_vault".to_owned())));
    device.create_vault(2);
    let headers = [("origin", own.as_str())];
    let plain = device.client.send("GET", endpoint::SOCKET, &headers, &[]);
    assert_eq!((plain.status, plain.code().as_str()), (400, "malformed"));
}

#[test]
fn another_accounts_changes_are_not_told() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let stranger = Device {
        client: stranger(&server, &folders),
        ..device.clone()
    };
    assert_eq!(stranger.create_vault(9).status, 201);
    let mut socket = Socket::open(&server, &stranger.client);
    let first = socket.state();
    assert_ne!(first.vault_id, vault.vault_id);
    device.upload(&vault, &[device.op(1)]);
    // What the stranger hears next is of their own.
    stranger.client.post_json(endpoint::LOCK, &lock_request());
    let next = socket.state();
    assert_eq!((next.vault_id, next.head), (first.vault_id, first.head));
    assert!(next.lock.is_some());
}

#[test]
fn the_end_of_its_session_closes_a_socket_and_no_other() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let sign_in = |number| Device::sign_in(&server, &folders.link(), number);
    let mut stays = Socket::open(&server, &device.client);
    let second = sign_in(2);
    let mut signs_out = Socket::open(&server, &second.client);
    second.client.send("DELETE", endpoint::SESSION, &[], &[]);
    let signed_out = Some(endpoint::CLOSE_SIGNED_OUT);
    assert_eq!(signs_out.close_code(), signed_out);
    let third = sign_in(3);
    let mut replaced = Socket::open(&server, &third.client);
    sign_in(3);
    assert_eq!(replaced.close_code(), signed_out);
    let fourth = sign_in(4);
    let mut revoked = Socket::open(&server, &fourth.client);
    folders
        .open_database()
        .execute(
            "DELETE FROM session WHERE device_id = ?1",
            [fourth.session.device_id.as_bytes()],
        )
        .unwrap();
    assert_eq!(revoked.close_code(), signed_out, "by another process");
    let head = device.upload(&vault, &[device.op(1)]).head();
    stays.state_where(|told| told.head == head);
    let logout = LogoutEverywhereRequest { statement: None };
    let path = endpoint::LOGOUT_EVERYWHERE;
    assert_eq!(device.client.post_json(path, &logout).status, 204);
    assert_eq!(stays.close_code(), signed_out);
}

#[test]
fn the_end_of_the_vault_closes_its_sockets() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let mut socket = Socket::open(&server, &device.client);
    let reset = ResetVaultRequest {
        vault_id: vault.vault_id,
        confirm: RESET_WORDS.to_owned(),
    };
    assert_eq!(device.client.post_json(endpoint::RESET, &reset).status, 204);
    assert_eq!(socket.close_code(), Some(endpoint::CLOSE_NO_VAULT));
}

#[test]
fn whatever_comes_in_but_signs_of_life_closes_the_socket() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let mut quiet = Socket::open(&server, &device.client);
    let huge = [&frame_head(BINARY, 1 << 40, 0x80)[..], &[0; 64]].concat();
    let unmasked = [&frame_head(TEXT, 2, 0)[..], b"hi"].concat();
    let reserved = vec![0xf1, 0x80, 0, 0, 0, 0];
    let endless = [0x01, 0x81, 0, 0, 0, 0, b'a'];
    let sends: [&dyn Fn(&mut Socket); 7] = [
        &|socket| socket.send(TEXT, b"{}"),
        &|socket| socket.send(BINARY, &[0; 100]),
        &|socket| socket.send(BINARY, &vec![0; 60_000]),
        &|socket| socket.send_raw(&huge),
        &|socket| socket.send_raw(&unmasked),
        &|socket| socket.send_raw(&reserved),
        &|socket| (0..1_000).for_each(|_| socket.send_raw(&endless)),
    ];
    for (number, send) in sends.iter().enumerate() {
        let mut socket = Socket::open(&server, &device.client);
        socket.state();
        send(&mut socket);
        let closed = socket.close_code();
        assert_eq!(closed, Some(1008), "{number}");
    }
    let mut restless = Socket::open(&server, &device.client);
    for _ in 0..200 {
        restless.send(PONG, b"");
    }
    assert_eq!(restless.close_code(), Some(1008));
    // One that knows its manners goes on.
    quiet.send(PONG, b"");
    quiet.send(PING, b"");
    let head = device.upload(&vault, &[device.op(1)]).head();
    quiet.state();
    loop {
        match quiet.next() {
            Frame::State(told) if told.head == head => break,
            Frame::State(_) | Frame::Ping => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_flood_of_sockets_is_refused_and_others_go_on() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let open = |client: &Client| Socket::try_open(&server, client);
    let mut flood = Vec::new();
    let refused = loop {
        match open(&device.client) {
            Ok(socket) => flood.push(socket),
            Err(refused) => break refused,
        }
    };
    assert_eq!(flood.len(), limits::SOCKETS_OF_DEVICE_MAX);
    assert_eq!(refused, (429, "slow_down".to_owned()));
    let second = Device::sign_in(&server, &folders.link(), 2);
    let mut socket = open(&second.client).unwrap();
    let head = device.upload(&vault, &[device.op(1)]).head();
    socket.state_where(|told| told.head == head);
    drop(flood);
    // The server notices by itself that they are gone.
    let end = Instant::now() + Duration::from_secs(60);
    while open(&device.client).is_err() {
        assert!(Instant::now() < end, "the places are never given back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_client_that_reads_late_learns_the_latest_state_only() {
    const UPLOADS: u32 = 300;
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let mut slow = Socket::open(&server, &device.client);
    let mut head = vault.head;
    for number in 1..=UPLOADS {
        head = device.upload(&vault, &[device.op(number)]).head();
    }
    let mut last = Cursor(0);
    loop {
        let told = slow.state();
        assert!(told.head.cursor >= last, "what is told never goes back");
        last = told.head.cursor;
        if told.head == head {
            break;
        }
    }
}

#[test]
fn a_server_that_stops_says_so_and_does_not_wait() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let mut socket = Socket::open(&server, &device.client);
    socket.state();
    let hears = std::thread::spawn(move || socket.close_code());
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(hears.join().unwrap(), Some(1001));
    assert!(log.contains("socket closed"), "{log}");
}
