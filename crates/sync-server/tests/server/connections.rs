//! What becomes of a connection after a refusal.

use crate::process::{Folders, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use sync_core::endpoint;

fn connect(server: &Server) -> TcpStream {
    let port = server.url.rsplit(':').next().unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(300)))
        .unwrap();
    stream
}

fn head(path: &str, len: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: {len}\r\n\r\n"
    )
}

/// One answer: its status line, whether it says that the connection closes,
/// and its body.
fn read_answer(reader: &mut BufReader<TcpStream>) -> (String, bool, Vec<u8>) {
    let mut status = String::new();
    reader.read_line(&mut status).unwrap();
    let (mut closes, mut len) = (false, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        closes |= line == "connection: close";
        if let Some(value) = line.strip_prefix("content-length: ") {
            len = value.parse().unwrap();
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).unwrap();
    (status, closes, body)
}

#[test]
fn refused_requests_leave_their_connection_usable() {
    let folders = Folders::new();
    let server = folders.start();
    let mut stream = connect(&server);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let body = [b' '; 1000];
    for number in 0..200 {
        stream
            .write_all(head(endpoint::UPLOAD, body.len()).as_bytes())
            .unwrap();
        // Gives a server that answers too early the time to do so.
        std::thread::sleep(Duration::from_millis(1));
        stream.write_all(&body).unwrap();
        let (status, closes, answer) = read_answer(&mut reader);
        assert!(status.starts_with("HTTP/1.1 401"), "{number}: {status}");
        assert!(!closes, "{number}");
        assert!(answer.ends_with(b"}"), "{number}");
    }
}

#[test]
fn a_refusal_of_a_large_body_closes_the_connection_and_says_so() {
    let folders = Folders::new();
    let server = folders.start();
    for (path, chunked) in [(endpoint::UPLOAD, false), (endpoint::VAULT, true)] {
        let mut stream = connect(&server);
        let head = if chunked {
            format!("POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        } else {
            head(path, 16 * 1024 + 1)
        };
        // Only announced, never sent: the refusal does not wait for it.
        stream.write_all(head.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let (status, closes, _) = read_answer(&mut reader);
        assert!(status.starts_with("HTTP/1.1 401"), "{status}");
        assert!(closes);
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}

#[test]
fn a_body_that_is_used_leaves_its_connection_usable() {
    let folders = Folders::new();
    let server = folders.start();
    let mut stream = connect(&server);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for len in [2, 16 * 1024, 16 * 1024 + 1, 64 * 1024] {
        let head = head(endpoint::SESSION, len);
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b' '; len]).unwrap();
        let (status, closes, _) = read_answer(&mut reader);
        assert!(status.starts_with("HTTP/1.1 400"), "{len}: {status}");
        assert!(!closes, "{len}");
    }
}
