//! Starting, stopping, being killed, and files that are not ours.

use crate::client::{Client, Device};
use crate::process::{Folders, failing};
use std::path::Path;
use sync_core::{History, endpoint};
use vault_types::Cursor;

/// One sentence, no backtrace, no panic.
fn assert_plain(text: &str) {
    assert!(text.lines().count() <= 1, "{text}");
    assert!(text.trim_end().ends_with('.'), "{text}");
    for word in ["panicked", "RUST_BACKTRACE", "Err(", "Error {"] {
        assert!(!text.contains(word), "{text}");
    }
}

fn refused(folders: &Folders) -> String {
    let (code, text) = failing(folders.serve());
    assert_eq!(code, Some(2), "{text}");
    assert_plain(&text);
    text
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let ops: Vec<_> = (0..50).map(|number| device.op(number)).collect();
    let mut head = device.upload(&vault, &ops[..1]).head();
    for op in &ops[1..] {
        head = device.upload(&vault, std::slice::from_ref(op)).head();
    }
    server.kill();
    let server = folders.start();
    let again = Device {
        client: Client::new(&server).with_cookie(device.client.cookie()),
        session: device.session,
    };
    let history = History::start(vault.server_epoch);
    let (history, verified) = history.extend(again.download(&vault, Cursor(0))).unwrap();
    assert_eq!(history.head(), head);
    assert_eq!(verified.len(), 50);
    Device::sign_in(&server, &server.link, 2);
}

#[test]
fn a_second_start_keeps_account_vault_and_epoch() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let server = folders.start();
    let second = Device::sign_in(&server, &server.link, 2);
    assert_eq!(second.session.account_id, device.session.account_id);
    assert_eq!(second.session.server_epoch, vault.server_epoch);
    assert_eq!(second.session.vault_id, Some(vault.vault_id));
}

#[test]
fn a_link_can_be_made_while_the_server_runs() {
    let folders = Folders::new();
    let server = folders.start();
    let link = folders.link();
    let port = server.url.rsplit(':').next().unwrap();
    assert!(link.starts_with(&format!("http://localhost:{port}/sign-in#")));
    Device::sign_in(&server, &link, 1);
}

#[test]
fn a_link_without_a_database_says_what_to_do() {
    let folders = Folders::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lockstep-server"));
    command.arg("link").arg("--data").arg(folders.data());
    let (code, text) = failing(command);
    assert_eq!(code, Some(2));
    assert_plain(&text);
    assert!(text.contains("Start the server once"));
    assert!(!folders.data().exists());
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let folders = Folders::new();
    let _server = folders.start();
    assert!(refused(&folders).contains("already uses the data folder"));
}

#[test]
fn a_port_in_use_is_named() {
    let folders = Folders::new();
    let server = folders.start();
    let port = server.url.rsplit(':').next().unwrap();
    let other = Folders::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lockstep-server"));
    command
        .args(["serve", "--port", port, "--data"])
        .arg(other.data());
    let (code, text) = failing(command);
    assert_eq!(code, Some(2));
    assert_plain(&text);
    assert!(
        text.contains(&format!("Port {port} is already in use")),
        "{text}"
    );
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let folders = Folders::new();
    std::fs::write(folders.data(), "a file").unwrap();
    assert!(refused(&folders).contains("cannot be used"));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lockstep-server"));
    command.args(["serve", "--port", "0", "--data"]);
    command.arg(folders.data().join("below"));
    let (code, text) = failing(command);
    assert_eq!(code, Some(2));
    assert_plain(&text);
}

#[test]
fn a_missing_web_application_is_named() {
    let folders = Folders::new();
    std::fs::remove_file(folders.root().join("web/index.html")).unwrap();
    assert!(refused(&folders).contains("no index.html"));
}

#[cfg(unix)]
#[test]
fn the_data_folder_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let folders = Folders::new();
    let _server = folders.start();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folders.data()), 0o700);
    assert_eq!(mode(&folders.database()), 0o600);
}

fn with_file(bytes: &[u8]) -> Folders {
    let folders = Folders::new();
    std::fs::create_dir_all(folders.data()).unwrap();
    std::fs::write(folders.database(), bytes).unwrap();
    folders
}

#[test]
fn a_file_that_is_no_database_is_refused_and_kept() {
    let content = b"my shopping list, which is quite long ".repeat(200);
    let folders = with_file(&content);
    assert!(refused(&folders).contains("this file is not a Lockstep database"));
    assert_eq!(std::fs::read(folders.database()).unwrap(), content);
}

#[test]
fn a_database_of_another_program_is_refused_and_kept() {
    let folders = with_file(b"");
    let other = rusqlite::Connection::open(folders.database()).unwrap();
    other
        .execute_batch("CREATE TABLE recipe (name TEXT)")
        .unwrap();
    drop(other);
    let before = std::fs::read(folders.database()).unwrap();
    assert!(refused(&folders).contains("this file is not a Lockstep database"));
    assert_eq!(std::fs::read(folders.database()).unwrap(), before);
}

#[test]
fn a_newer_database_is_refused_and_kept() {
    let folders = Folders::new();
    folders.start().stop();
    let database = folders.open_database();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let before = std::fs::read(folders.database()).unwrap();
    assert!(refused(&folders).contains("written by a newer version"));
    assert_eq!(std::fs::read(folders.database()).unwrap(), before);
}

#[test]
fn a_damaged_database_is_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let ops: Vec<_> = (0..200).map(|number| device.op(number)).collect();
    device.upload(&vault, &ops);
    server.stop();
    let mut bytes = std::fs::read(folders.database()).unwrap();
    let middle = bytes.len() / 2;
    let end = bytes.len() - 4096;
    bytes[middle..end].fill(0xa5);
    std::fs::write(folders.database(), &bytes).unwrap();
    assert!(refused(&folders).contains("this database is damaged"));
    std::fs::write(folders.database(), &bytes[..bytes.len() / 3]).unwrap();
    assert!(refused(&folders).contains("this database is damaged"));
}

#[test]
fn an_interrupted_server_answers_what_is_under_way() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    assert_eq!(client.request(endpoint::HEALTH).status, 200);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0));
    assert!(log.contains("stopped"));
    let beside = folders.data().join("lockstep.sqlite3-wal");
    assert!(!beside.exists(), "the log was folded into the database");
}
