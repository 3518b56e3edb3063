//! Databases by URL, and several servers that share one.

use crate::client::{Client, Device};
use crate::cluster::Cluster;
use crate::process::{Folders, Server, failing};
use crate::socket_client::Socket;
use std::process::Command;
use sync_core::History;
use vault_types::{Cursor, LockReason};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockstep-server"));
    command.args(arguments);
    command
}

fn serve(url: &str) -> Server {
    Server::start(command(&["serve", "--port", "0", "--database", url]))
}

/// The same device at another server.
fn at(device: &Device, server: &Server) -> Device {
    Device {
        client: Client::new(server).with_cookie(device.client.cookie()),
        session: device.session.clone(),
    }
}

#[test]
fn an_edit_through_one_server_is_told_by_the_other() {
    let url = Cluster::shared().database();
    let (one, other) = (serve(&url), serve(&url));
    let (device, vault) = Device::first(&one);
    let second = Device::sign_in(&other, &other.link, 2);
    let mut socket = Socket::open(&other, &second.client);
    socket.state();
    for number in 1..=3 {
        let head = device.upload(&vault, &[device.op(number)]).head();
        let told = socket.state_where(|told| told.head == head);
        assert_eq!(told.lock, None);
    }
    let output = command(&["lock", "--database", &url]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = socket.state_where(|told| told.lock.is_some());
    assert_eq!(told.lock.unwrap().reason, LockReason::Administrator);
}

#[test]
fn what_a_killed_server_acknowledged_another_one_has() {
    let url = Cluster::shared().database();
    let one = serve(&url);
    let (device, vault) = Device::first(&one);
    let ops: Vec<_> = (0..20).map(|number| device.op(number)).collect();
    let mut head = device.upload(&vault, &ops[..1]).head();
    for op in &ops[1..] {
        head = device.upload(&vault, std::slice::from_ref(op)).head();
    }
    one.kill();
    let other = serve(&url);
    let page = at(&device, &other).download(&vault, Cursor(0));
    let history = History::start(vault.server_epoch).extend(page).unwrap().0;
    assert_eq!(history.head(), head);
    let (code, log) = other.stop();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_file_can_be_named_by_its_url() {
    let folders = Folders::new();
    let path = folders.root().join("elsewhere").join("notes.sqlite3");
    let url = format!("sqlite:{}", path.display());
    let server = serve(&url);
    assert!(path.is_file());
    let second = command(&["serve", "--port", "0", "--database", &url]);
    assert!(failing(second).1.contains("already uses the data folder"));
    let output = command(&["link", "--database", &url]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let link = said.trim().strip_prefix("Sign in: ").unwrap();
    Device::sign_in(&server, link, 1);
}

#[test]
fn a_url_that_leads_nowhere_is_told_in_a_sentence() {
    let none = Cluster::shared().url("there_is_none");
    for (url, word) in [
        (none.as_str(), "lets nobody in"),
        ("postgres://ada:secret@127.0.0.1:1/notes", "nobody answers"),
        ("mysql://somewhere", "must look like"),
        ("postgres://[", "must look like"),
    ] {
        let (code, text) = failing(command(&["serve", "--port", "0", "--database", url]));
        assert_eq!((code, text.lines().count()), (Some(2), 1), "{text}");
        assert!(text.contains(word) && !text.contains("secret"), "{text}");
    }
}
