//! Bodies that are not what was due, and connections that behave badly.

use crate::client::{Client, Device};
use crate::process::Folders;
use std::io::{Read, Write};
use std::net::TcpStream;
use sync_core::{encode, endpoint};
use vault_types::{Code, OpaqueBytes};

const JSON: [(&str, &str); 1] = [("content-type", endpoint::JSON)];
const MSGPACK: [(&str, &str); 1] = [("content-type", endpoint::MSGPACK)];

#[test]
fn malformed_bodies_are_refused_in_both_encodings() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let good = device.upload_request(&vault, &[device.op(1)]);
    let json = serde_json::to_vec(&good).unwrap();
    let packed = encode(&good).unwrap();
    let mut deep = b"[".repeat(30_000);
    deep.extend(b"]".repeat(30_000));
    let mut deep_packed = vec![0x91; 50_000];
    deep_packed.push(0xc0);
    for path in [endpoint::UPLOAD, endpoint::DOWNLOAD, endpoint::VAULT] {
        for body in [&b""[..], b"{", b"null", b"{}", b"\xff\xfe", b"[1]", &deep] {
            let answer = device.client.send("POST", path, &JSON, body);
            assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"));
        }
        for body in [&b""[..], &[0xc1], &[0xdf, 255, 255, 255, 255], &deep_packed] {
            let answer = device.client.send("POST", path, &MSGPACK, body);
            assert_eq!(answer.code(), "malformed");
        }
    }
    for cut in [1, json.len() / 2, json.len() - 1] {
        let answer = device
            .client
            .send("POST", endpoint::UPLOAD, &JSON, &json[..cut]);
        assert_eq!(answer.code(), "malformed");
    }
    for cut in [1, packed.len() / 2, packed.len() - 1] {
        let answer = device
            .client
            .send("POST", endpoint::UPLOAD, &MSGPACK, &packed[..cut]);
        assert_eq!(answer.code(), "malformed");
    }
    assert_eq!(
        device.upload(&vault, &[]).server_cursor.0,
        0,
        "nothing was kept"
    );
}

#[test]
fn other_content_types_are_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for content_type in [
        "",
        "text/plain",
        "application/jsonx",
        "application/x-www-form-urlencoded",
    ] {
        let headers = [("content-type", content_type)];
        let answer = device
            .client
            .send("POST", endpoint::UPLOAD, &headers, b"{}");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media")
        );
    }
    let headers = [("content-type", "Application/JSON; charset=utf-8")];
    let answer = device
        .client
        .send("POST", endpoint::UPLOAD, &headers, b"{}");
    assert_eq!(answer.code(), "malformed");
}

#[test]
fn bodies_beyond_the_limit_are_refused_before_they_are_read() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let port = server.url.rsplit(':').next().unwrap();
    for (path, len) in [
        (endpoint::UPLOAD, 12 * 1024 * 1024 + 1),
        (endpoint::DOWNLOAD, 64 * 1024 + 1),
        (endpoint::VAULT, 128 * 1024 + 1),
    ] {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        // Only announced, never sent.
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncookie: {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {len}\r\n\r\n",
            device.client.cookie()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        assert!(answer.contains("\"code\":\"too_large\""));
    }
}

#[test]
fn a_body_without_a_stated_length_is_cut_off_at_the_limit() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let port = server.url.rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\ncookie: {}\r\nconnection: close\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        endpoint::DOWNLOAD,
        device.client.cookie()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"1000\r\n", &[b' '; 0x1000][..], b"\r\n"].concat();
    for _ in 0..17 {
        stream.write_all(&chunk).unwrap();
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn a_body_that_stops_coming_is_given_up() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let port = server.url.rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\ncookie: {}\r\n\
         content-type: application/json\r\ncontent-length: 9\r\n\r\n{{",
        endpoint::DOWNLOAD,
        device.client.cookie()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(300)))
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[test]
fn too_many_operations_are_refused_as_a_whole() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let mut upload = device.upload_request(&vault, &[]);
    upload.changes = vec![OpaqueBytes::new(vec![1]); 1_001];
    let answer = device.client.post_packed(endpoint::UPLOAD, &upload);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (413, "limit_exceeded")
    );
    upload.changes = vec![OpaqueBytes::new(vec![1; 3 << 20]); 3];
    let answer = device.client.post_packed(endpoint::UPLOAD, &upload);
    assert_eq!(answer.code(), "limit_exceeded");
}

#[test]
fn truncated_and_bit_flipped_operations_are_refused_one_by_one() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let good = device.op(1).encode();
    let mut newer = good.clone();
    newer[0] = 9;
    let mut reserved = good.clone();
    reserved[3] = 1;
    let mut request = device.upload_request(&vault, &[]);
    request.changes = [vec![], good[..123].to_vec(), newer, reserved, good]
        .map(OpaqueBytes::new)
        .to_vec();
    let answer = device.client.post_packed(endpoint::UPLOAD, &request);
    let response: sync_core::message::UploadResponse = sync_core::decode(&answer.body).unwrap();
    let codes: Vec<Code> = response
        .refused
        .iter()
        .map(|refused| refused.code)
        .collect();
    assert_eq!(
        codes,
        [
            Code::Malformed,
            Code::Malformed,
            Code::NewerVersion,
            Code::Malformed
        ]
    );
    assert_eq!(response.applied.len(), 1);
}

#[test]
fn any_flipped_bit_of_a_header_is_harmless() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let good = device.op(1).encode();
    let mut request = device.upload_request(&vault, &[]);
    request.changes = (0..124 * 8)
        .map(|bit| {
            let mut op = good.clone();
            op[bit / 8] ^= 1 << (bit % 8);
            OpaqueBytes::new(op)
        })
        .collect();
    let answer = device.client.post_packed(endpoint::UPLOAD, &request);
    assert_eq!(answer.status, 200);
    let response: sync_core::message::UploadResponse = sync_core::decode(&answer.body).unwrap();
    assert_eq!(response.applied.len() + response.refused.len(), 124 * 8);
    // Whatever was taken is a history that holds.
    let history = sync_core::History::start(vault.server_epoch);
    let (history, ops) = history
        .extend(device.download(&vault, vault_types::Cursor(0)))
        .unwrap();
    assert_eq!(history.head(), response.head());
    assert_eq!(ops.len(), response.applied.len());
}

#[test]
fn queries_that_are_no_numbers_are_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for query in [
        "",
        "?since=",
        "?since=-1",
        "?since=x",
        "?since=0&limit=x",
        "?since=18446744073709551616",
    ] {
        let answer = device
            .client
            .request(&format!("{}{query}", endpoint::DELTA));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "malformed"),
            "{query}"
        );
    }
    let answer = device
        .client
        .request("/api/sync/delta?since=18446744073709551615");
    assert_eq!(answer.code(), "cursor_ahead");
}

#[test]
fn methods_and_addresses_that_are_not_there_say_so() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    for path in ["/api", "/api/", "/api/x", "/v1/sync/upload/x", "/v1"] {
        let answer = client.request(path);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    for (method, path) in [
        ("GET", endpoint::UPLOAD),
        ("PUT", endpoint::SESSION),
        ("POST", "/"),
        ("DELETE", endpoint::VAULT),
    ] {
        let answer = client.send(method, path, &[], &[]);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (405, "method_not_allowed")
        );
    }
}

#[test]
fn bytes_that_are_no_http_end_the_connection_and_nothing_else() {
    let folders = Folders::new();
    let server = folders.start();
    let port = server.url.rsplit(':').next().unwrap();
    for junk in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        &[0; 4096],
    ] {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        stream.write_all(junk).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    assert_eq!(Client::new(&server).request(endpoint::HEALTH).status, 200);
}
