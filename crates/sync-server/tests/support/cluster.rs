//! A PostgreSQL server of the tests' own: made once for a test binary, on a
//! loopback port of the system's choice, and gone when the binary ends.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const USER: &str = "lockstep";
const PASSWORD: &str = "of-the-tests";
/// How long a start may take on a machine that is busy.
const START_MAX: Duration = Duration::from_secs(60);
/// Users under whose name PostgreSQL runs where we are root, which it refuses.
const SYSTEM_USERS: [&str; 2] = ["postgres", "nobody"];

/// Keeps the server until the tests end, however they end: it waits for the
/// end of its input, which the system closes with us.
const KEEPER: &str =
    r#""$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$FOLDER""#;

/// A running server.
pub(crate) struct Cluster {
    port: u16,
    programs: PathBuf,
    databases: AtomicU32,
    _keeper: Child,
}

impl Cluster {
    /// The server of this test binary.
    pub(crate) fn shared() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(Self::start)
    }

    /// A new, empty database; its URL.
    pub(crate) fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{number}");
        let output = Command::new(self.programs.join("createdb"))
            .args(["--host", "127.0.0.1", "--username", USER, "--port"])
            .arg(self.port.to_string())
            .args(["--template", "template0", &name])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        self.url(&name)
    }

    /// The URL of a database, whether or not it is there.
    pub(crate) fn url(&self, name: &str) -> String {
        format!(
            "postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}",
            self.port
        )
    }

    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().unwrap().keep();
        let mut password = std::fs::File::create(folder.join("password")).unwrap();
        password.write_all(PASSWORD.as_bytes()).unwrap();
        let user = system_user();
        if let Some(user) = user {
            let mut own = Command::new("chown");
            let owned = own.arg("-R").arg(user).arg(&folder).status().unwrap();
            assert!(owned.success());
        }
        let data = folder.join("data");
        let made = as_user(user, &programs.join("initdb"))
            .args(["--username", USER, "--auth", "scram-sha-256"])
            .args(["--encoding", "UTF8", "--no-locale", "--no-sync"])
            .arg("--pwfile")
            .arg(folder.join("password"))
            .arg("--pgdata")
            .arg(&data)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = free_port();
        let server = as_user(user, &programs.join("postgres"));
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]);
        keeper.arg(server.get_program()).args(server.get_args());
        keeper.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in settings(port) {
            keeper.args(["-c", &setting]);
        }
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let keeper = keeper
            .env("FOLDER", &folder)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        wait_until_ready(&programs, port, &folder);
        Self {
            port,
            programs,
            databases: AtomicU32::new(0),
            _keeper: keeper,
        }
    }
}

/// What differs from PostgreSQL's defaults. No test here ends the operating
/// system, so that nothing needs to reach the disk.
fn settings(port: u16) -> [String; 6] {
    [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "max_connections=500".to_owned(),
        "shared_buffers=64MB".to_owned(),
        "fsync=off".to_owned(),
        "autovacuum_naptime=5s".to_owned(),
    ]
}

/// The folder of PostgreSQL's programs: that of `initdb` on the path, or the
/// newest where Debian puts them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut found: Vec<_> = versions.map(|folder| folder.unwrap().path()).collect();
        found.sort();
        folders.extend(found.iter().rev().map(|folder| folder.join("bin")));
    }
    let whole = |folder: &PathBuf| {
        let has = |name| folder.join(name).is_file();
        has("initdb") && has("postgres") && has("createdb") && has("pg_isready")
    };
    folders.into_iter().find(whole).expect(
        "PostgreSQL is not installed: `cargo xtask test` installs it on Debian as root; \
         elsewhere run `sudo apt-get install postgresql` or put its programs on the path",
    )
}

/// Whom to be, where we are root.
fn system_user() -> Option<&'static str> {
    let id = |arguments: &[&str]| Command::new("id").args(arguments).output().unwrap();
    if id(&["-u"]).stdout != b"0\n" {
        return None;
    }
    let known = |user: &&str| id(&["-u", user]).status.success();
    Some(SYSTEM_USERS.into_iter().find(known).expect("a user"))
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--clear-groups", "--"]);
    command.arg(program);
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn wait_until_ready(programs: &Path, port: u16, folder: &Path) {
    let started = Instant::now();
    loop {
        let ready = Command::new(programs.join("pg_isready"))
            .args(["--quiet", "--host", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .status()
            .unwrap();
        if ready.success() {
            return;
        }
        if started.elapsed() > START_MAX {
            let log = std::fs::read_to_string(folder.join("log"));
            panic!("PostgreSQL does not start: {log:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
