//! What the server must not know or keep: words planted in odd places are
//! looked for in every file and in the whole log.

use crate::client::{Client, Device, sign_in};
use crate::process::Folders;
use std::path::Path;
use sync_core::endpoint;

const CANARY: &str = "xyzzy-canary-4711";

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

fn files_below(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    files
}

#[test]
fn no_token_and_no_odd_place_reaches_the_disk_or_the_log() {
    let folders = Folders::new();
    let server = folders.start();
    let link = server.link.clone();
    let (device, vault) = Device::first(&server);
    device.upload(&vault, &[device.op(1)]);
    let client = &device.client;
    let odd = [
        ("user-agent", CANARY),
        ("referer", CANARY),
        ("x-forwarded-for", CANARY),
        ("accept-language", CANARY),
        ("authorization", CANARY),
    ];
    client.send("GET", &format!("/{CANARY}?q={CANARY}"), &odd, &[]);
    client.send("GET", &format!("/api/{CANARY}?q={CANARY}"), &odd, &[]);
    client.send("GET", &format!("/api/sync/delta?since={CANARY}"), &odd, &[]);
    client.send("POST", endpoint::UPLOAD, &odd, CANARY.as_bytes());
    let broken = format!("{{\"vault_id\":\"{CANARY}\",\"{CANARY}\":1}}");
    let headers = [("content-type", endpoint::JSON)];
    client.send("POST", endpoint::UPLOAD, &headers, broken.as_bytes());
    client.send("POST", endpoint::SESSION, &headers, broken.as_bytes());
    client.send(CANARY, endpoint::UPLOAD, &headers, broken.as_bytes());
    sign_in(
        &Client::new(&server),
        &format!("https://{CANARY}/#{CANARY}"),
        3,
    );
    Client::new(&server)
        .with_cookie(&format!("lockstep_session={CANARY}"))
        .request(endpoint::VAULT);
    let wal = files_below(&folders.data());
    let (_, log) = server.stop();
    let mut places = files_below(&folders.data());
    places.extend(wal);
    places.push(("log".to_owned(), log.into_bytes()));
    let token = link.rsplit('#').next().unwrap();
    let cookie = device.client.cookie().rsplit('=').next().unwrap();
    for (place, bytes) in &places {
        for secret in [CANARY, token, cookie] {
            assert!(!contains(bytes, secret.as_bytes()), "{secret} in {place}");
        }
        for secret in [token, cookie] {
            let raw = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::decode_vec(secret);
            assert!(!contains(bytes, &raw.unwrap()), "raw token in {place}");
        }
    }
    let log = places.last().map(|(_, bytes)| bytes.clone()).unwrap();
    assert!(contains(&log, b"/v1/sync/upload"), "the log is there");
    // The search finds what is there: the sealed body is kept as it came.
    let kept = places.iter().any(|(_, bytes)| contains(bytes, &[7; 300]));
    assert!(kept);
}
