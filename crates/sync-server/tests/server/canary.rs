//! What the server must not know or keep: words planted in odd places are
//! looked for in every file and in the whole log.

use crate::client::{Client, Device, sign_in};
use crate::process::Folders;
use std::path::Path;
use sync_core::endpoint;
use sync_core::message::{ReplaceRecoveryCodes, ValidateRecoveryCode};

const CANARY: &str = "xyzzy-canary-4711";
const LABEL: &str = "on paper in the blue drawer";

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
    let admin = folders.run(&["admin-token"]);
    let admin = admin.trim();
    let bearer = format!("Bearer {admin}");
    let with_admin = [headers[0], ("authorization", bearer.as_str())];
    client.send("POST", endpoint::CRYPTO_POLICY, &with_admin, b"{}");
    // A verifier is shown to the server and kept as its hash only; a label is
    // kept and not logged; the statement of a lock likewise.
    let mut labelled = crate::protect::code(0xc5);
    labelled.label = LABEL.to_owned();
    let codes = ReplaceRecoveryCodes {
        codes: vec![labelled],
        slots: crate::protect::replace_slots(2),
    };
    let kept = client.post_json(endpoint::RECOVERY_CODES, &codes);
    assert_eq!(kept.status, 200);
    let used = ValidateRecoveryCode {
        credential_id: None,
        verifier: crate::protect::verifier(0xc5),
        attempt_id: None,
    };
    let used = client.post_json(endpoint::VALIDATE_RECOVERY_CODE, &used);
    assert_eq!(used.status, 200);
    let wal = files_below(&folders.data());
    let (_, log) = server.stop();
    let mut places = files_below(&folders.data());
    places.extend(wal);
    places.push(("log".to_owned(), log.into_bytes()));
    let token = link.rsplit('#').next().unwrap();
    let cookie = device.client.cookie().rsplit('=').next().unwrap();
    for (place, bytes) in &places {
        for secret in [CANARY, token, cookie, admin] {
            assert!(!contains(bytes, secret.as_bytes()), "{secret} in {place}");
        }
        assert!(!contains(bytes, &[0xc5; 32]), "a verifier in {place}");
        for secret in [token, cookie, admin] {
            let raw = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::decode_vec(secret);
            assert!(!contains(bytes, &raw.unwrap()), "raw token in {place}");
        }
    }
    let log = places.last().map(|(_, bytes)| bytes.clone()).unwrap();
    assert!(contains(&log, b"/v1/sync/upload"), "the log is there");
    assert!(!contains(&log, LABEL.as_bytes()), "a label in the log");
    // The search finds what is there: the sealed body is kept as it came.
    let kept = places.iter().any(|(_, bytes)| contains(bytes, &[7; 300]));
    assert!(kept);
}
