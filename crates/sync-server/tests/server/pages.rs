//! The web application's files and the headers around everything.

use crate::client::Client;
use crate::process::Folders;
use std::io::{Read, Write};
use std::net::TcpStream;
use sync_core::endpoint;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

#[test]
fn every_answer_carries_the_security_headers() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    for path in [
        "/",
        "/ideas",
        "/sw.js",
        "/missing.js",
        "/api/x",
        endpoint::SESSION,
        endpoint::HEALTH,
    ] {
        let answer = client.request(path);
        for (name, value) in [
            ("content-security-policy", CONTENT_SECURITY_POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(answer.header("strict-transport-security"), "");
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
}

#[test]
fn files_have_their_types_and_caching() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    for (path, content_type, caching) in [
        ("/", "text/html", "no-store"),
        ("/index.html", "text/html", "no-store"),
        ("/sw.js", "text/javascript", "no-cache"),
        ("/app.webmanifest", "application/manifest+json", "no-cache"),
        (
            "/assets/core-0a1b.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
    ] {
        let answer = client.request(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert_eq!(answer.header("cache-control"), caching, "{path}");
    }
}

#[test]
fn pages_the_locked_page_and_the_service_worker_never_share_a_process() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    for (path, opener, cluster, embedder) in [
        ("/", "same-origin", "?1", ""),
        ("/index.html", "same-origin", "?1", ""),
        ("/ideas/01", "same-origin", "?1", ""),
        ("/locked", "same-origin-allow-popups", "?0", ""),
        ("/locked/x", "same-origin", "?1", ""),
        ("/sw.js", "same-origin", "", "require-corp"),
    ] {
        let answer = client.request(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            opener,
            "{path}"
        );
        assert_eq!(answer.header("origin-agent-cluster"), cluster, "{path}");
        let policy = answer.header("cross-origin-embedder-policy");
        assert_eq!(policy, embedder, "{path}");
    }
}

#[test]
fn a_compressed_twin_is_sent_to_who_takes_it() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let headers = [("accept-encoding", "br")];
    let answer = client.send("GET", "/assets/core-0a1b.wasm", &headers, &[]);
    assert_eq!(answer.header("content-encoding"), "br");
    assert_eq!(answer.header("content-type"), "application/wasm");
    assert_eq!(answer.body, b"brotli");
    let plain = client.request("/assets/core-0a1b.wasm");
    assert_eq!(plain.body, b"\0asm");
    let api = client.send("GET", endpoint::CRYPTO_POLICY, &headers, &[]);
    assert_eq!(api.header("content-encoding"), "");
}

#[test]
fn screens_answer_the_page_and_missing_files_do_not() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    for path in [
        "/sign-in",
        "/ideas",
        "/infobase/01",
        "/ideas?q=1",
        "/locked",
    ] {
        let answer = client.request(path);
        assert_eq!(answer.body, b"<!doctype html>page", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for path in ["/missing.js", "/assets/missing", "/favicon.ico"] {
        assert_eq!(client.request(path).code(), "not_found", "{path}");
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let folders = Folders::new();
    std::fs::write(folders.root().join("outside.txt"), "outside").unwrap();
    let server = folders.start();
    let port = server.url.rsplit(':').next().unwrap();
    for path in [
        "/../outside.txt",
        "/../data/lockstep.sqlite3",
        "/assets/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e%2foutside.txt",
        "/..%5coutside.txt",
        "//outside.txt",
        "/.%00./outside.txt",
        "/assets/%2e%2e/%2e%2e/outside.txt",
    ] {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(!answer.ends_with("outside"), "{path}");
        assert!(!answer.contains("SQLite format"), "{path}");
    }
}
