//! A server process of a test, and what it said.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_lockstep-server");

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    errors: Option<JoinHandle<String>>,
    pub(crate) url: String,
    pub(crate) link: String,
}

/// A data folder and a folder with a small web application.
pub(crate) struct Folders {
    root: TempDir,
}

impl Folders {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let web = root.path().join("web");
        std::fs::create_dir_all(web.join("assets")).unwrap();
        std::fs::write(web.join("index.html"), "<!doctype html>page").unwrap();
        std::fs::write(web.join("sw.js"), "worker").unwrap();
        std::fs::write(web.join("app.webmanifest"), "{}").unwrap();
        std::fs::write(web.join("assets/core-0a1b.wasm"), "\0asm").unwrap();
        std::fs::write(web.join("assets/core-0a1b.wasm.br"), "brotli").unwrap();
        Self { root }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("lockstep.sqlite3")
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The arguments of `serve` on a port of the system's choice.
    pub(crate) fn serve(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("serve").arg("--data").arg(self.data());
        command.arg("--web").arg(self.root().join("web"));
        command.args(["--port", "0"]);
        command
    }

    pub(crate) fn start(&self) -> Server {
        Server::start(self.serve())
    }

    /// A new link, made by a second process.
    pub(crate) fn link(&self) -> String {
        let output = Command::new(BINARY)
            .arg("link")
            .arg("--data")
            .arg(self.data())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        link_in(&String::from_utf8(output.stdout).unwrap())
    }

    /// Runs a command on the data folder, which must succeed; what it said.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command on the data folder, which must give up; what it said.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        let (code, text) = failing(self.command(arguments));
        assert_eq!(code, Some(2), "{text}");
        text
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--data").arg(self.data());
        command
    }

    /// Opens the database beside the server, to bring about what would
    /// otherwise take time or another account.
    pub(crate) fn open_database(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        connection
    }
}

/// Runs a command that must give up; its exit code and what it said.
pub(crate) fn failing(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

fn link_in(text: &str) -> String {
    let mut lines = text.lines();
    let link = lines.find_map(|line| line.strip_prefix("Sign in: "));
    link.unwrap_or_else(|| panic!("no link in {text}"))
        .to_owned()
}

impl Server {
    pub(crate) fn start(command: Command) -> Self {
        Self::try_start(command).unwrap_or_else(|said| panic!("{said}"))
    }

    /// Starts a server that may fail to; what it said instead of its address.
    pub(crate) fn try_start(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().map(Result::unwrap).unwrap_or_default();
        let first = line();
        let url = first.strip_prefix("Lockstep is running at http://localhost:");
        let Some(port) = url else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(first + &errors.join().unwrap());
        };
        let url = format!("http://127.0.0.1:{port}");
        let second = line();
        Ok(Self {
            child,
            errors: Some(errors),
            url,
            link: link_in(&second),
        })
    }

    /// As `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As `kill`; returns the exit code and the log.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").arg(id).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        (code, self.errors.take().unwrap().join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail if the process has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
