//! A WebSocket without manners: sends what it is told to.

use crate::client::Client;
use crate::process::Server;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use sync_core::message::{PollResponse, Problem};
use sync_core::{decode, endpoint};

/// Longer than anything takes on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a frame is, by RFC 6455.
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// What the server sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Frame {
    State(Box<PollResponse>),
    Ping,
    Close(u16),
    /// The connection ended without a close.
    End,
}

pub(crate) struct Socket {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

/// The origin of the server's own page.
pub(crate) fn own_origin(server: &Server) -> String {
    server.url.replace("127.0.0.1", "localhost")
}

impl Socket {
    /// Opens one as the server's own page does.
    pub(crate) fn open(server: &Server, client: &Client) -> Self {
        Self::try_open(server, client).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// The same; a refusal's status and code if there is none.
    pub(crate) fn try_open(server: &Server, client: &Client) -> Result<Self, (u16, String)> {
        let origin = own_origin(server);
        let headers = [("cookie", client.cookie()), ("origin", &origin)];
        Self::with_headers(server, &headers)
    }

    /// Opens one with these headers beside those of the handshake.
    pub(crate) fn with_headers(
        server: &Server,
        headers: &[(&str, &str)],
    ) -> Result<Self, (u16, String)> {
        let mut stream = TcpStream::connect(server.url.replace("http://", "")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            endpoint::SOCKET,
            own_origin(server).replace("http://", ""),
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (status, len) = read_head(&mut reader);
        if status == 101 {
            return Ok(Self { stream, reader });
        }
        let mut body = vec![0; len];
        reader.read_exact(&mut body).unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        Err((status, problem.code))
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Frame {
        let mut head = [0; 2];
        if self.reader.read_exact(&mut head).is_err() {
            return Frame::End;
        }
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let len = match head[1] {
            126 => {
                let mut len = [0; 2];
                self.reader.read_exact(&mut len).unwrap();
                u16::from_be_bytes(len)
            }
            127 => panic!("far too long"),
            len => u16::from(len),
        };
        let mut body = vec![0; usize::from(len)];
        self.reader.read_exact(&mut body).unwrap();
        match head[0] & 0x0f {
            BINARY => Frame::State(Box::new(decode(&body).unwrap())),
            CLOSE => Frame::Close(u16::from_be_bytes([body[0], body[1]])),
            PING => Frame::Ping,
            other => panic!("a frame of kind {other}"),
        }
    }

    /// The next state; pings are passed over.
    pub(crate) fn state(&mut self) -> PollResponse {
        loop {
            match self.next() {
                Frame::State(state) => return *state,
                Frame::Ping => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code of the close that comes, after whatever is told before it.
    pub(crate) fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next() {
                Frame::Close(code) => return Some(code),
                Frame::End => return None,
                Frame::State(_) | Frame::Ping => {}
            }
        }
    }

    /// Reads states until one is as it should be.
    pub(crate) fn state_where(&mut self, is_it: impl Fn(&PollResponse) -> bool) -> PollResponse {
        loop {
            let state = self.state();
            if is_it(&state) {
                return state;
            }
        }
    }

    /// Sends a frame, masked as a client must.
    pub(crate) fn send(&mut self, kind: u8, body: &[u8]) {
        let mask = [1, 2, 3, 4];
        let mut frame = frame_head(kind, body.len(), 0x80);
        frame.extend(mask);
        let masked = body.iter().enumerate();
        frame.extend(masked.map(|(at, byte)| byte ^ mask[at % 4]));
        self.send_raw(&frame);
    }

    /// Sends these bytes. The server may have hung up before.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }
}

/// The head of a frame, without a mask's key.
pub(crate) fn frame_head(kind: u8, len: usize, mask_bit: u8) -> Vec<u8> {
    let mut head = vec![0x80 | kind];
    match u16::try_from(len) {
        Ok(len @ 0..126) => head.push(mask_bit | len as u8),
        Ok(len) => {
            head.push(mask_bit | 126);
            head.extend(len.to_be_bytes());
        }
        Err(_) => {
            head.push(mask_bit | 127);
            head.extend((len as u64).to_be_bytes());
        }
    }
    head
}

/// The status of an answer and the length of its body.
fn read_head(reader: &mut BufReader<TcpStream>) -> (u16, usize) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut len = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return (status, len);
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            len = value.parse().unwrap();
        }
    }
}
