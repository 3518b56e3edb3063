//! Stands between a store and PostgreSQL and cuts one connection, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How a connection is cut at a message of the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The message does not arrive.
    Before,
    /// It arrives, is worked off, and the answer does not.
    AnswerLost,
}

/// A running proxy.
pub(crate) struct Proxy {
    url: String,
    plan: Arc<Plan>,
    task: JoinHandle<()>,
}

struct Plan {
    cut: Cut,
    /// The client's messages until then, over all connections.
    left: AtomicU64,
    has_cut: AtomicBool,
}

/// What becomes of a message.
enum Fate {
    Passes,
    Cut,
}

impl Plan {
    fn fate(&self) -> Fate {
        let before = self.left.fetch_sub(1, Ordering::SeqCst);
        if before == 1 {
            self.has_cut.store(true, Ordering::SeqCst);
            Fate::Cut
        } else {
            Fate::Passes
        }
    }
}

impl Proxy {
    /// A proxy to that database which cuts at the client's `message`th message,
    /// the first being 1.
    pub(crate) async fn start(url: &str, cut: Cut, message: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = url.split('@').next_back().unwrap();
        let server = behind.split('/').next().unwrap().to_owned();
        let plan = Arc::new(Plan {
            cut,
            left: AtomicU64::new(message),
            has_cut: AtomicBool::new(false),
        });
        let (accepting, target) = (plan.clone(), server.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(pass(client, server, accepting.clone()));
            }
        });
        Self {
            url: url.replace(&server, &format!("127.0.0.1:{port}")),
            plan,
            task,
        }
    }

    /// The database's URL through the proxy.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether so many messages came.
    pub(crate) fn has_cut(&self) -> bool {
        self.plan.has_cut.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(client: TcpStream, server: TcpStream, plan: Arc<Plan>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let is_lost = Arc::new(AtomicBool::new(false));
    let answers = tokio::spawn(answers(from_server, to_client, is_lost.clone()));
    // The server works off what has arrived before it sees the end.
    let _ = requests(from_client, to_server, &plan, &is_lost).await;
    let _ = answers.await;
}

/// Passes answers on, or reads them for nobody, until the server goes.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_lost: Arc<AtomicBool>) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if !is_lost.load(Ordering::SeqCst) && to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

/// Passes the client's messages on, one by one, until it goes or is cut off.
async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: &Plan,
    is_lost: &AtomicBool,
) -> std::io::Result<()> {
    let mut is_first = true;
    loop {
        // All but the first have a letter before their length.
        let letter = usize::from(!is_first);
        let mut message = vec![0; letter + 4];
        from.read_exact(&mut message).await?;
        let length = u32::from_be_bytes(message[letter..].try_into().unwrap());
        message.resize(letter + length as usize, 0);
        from.read_exact(&mut message[letter + 4..]).await?;
        is_first = false;
        match (plan.fate(), plan.cut) {
            (Fate::Passes, _) => to.write_all(&message).await?,
            (Fate::Cut, Cut::Before) => return Ok(()),
            (Fate::Cut, Cut::AnswerLost) => {
                is_lost.store(true, Ordering::SeqCst);
                return to.write_all(&message).await;
            }
        }
    }
}
