//! A PostgreSQL server of this test's own, from the binaries that are installed.
//!
//! It ends with the process of the tests, however that ends: a small shell starts the server and waits for the end of its own
//! standard input, which the system closes with the process; then it stops the server and removes the folder.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Binaries, folder and port come as $1, $2 and $3. Nothing in it need outlive a crash of the machine.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
folder=$(mktemp -d "$2/lianhe-postgres-XXXXXX") || exit
cd "$folder" || exit
leave() { "$1/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1; cd /; rm -rf "$folder"; exit; }
if "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 &&
  "$1/pg_ctl" -D data -l log -w -o "-p $3 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
  -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB" start >>log 2>&1
then echo ready; else echo failed; cat log; leave "$1"; fi
cat >/dev/null
leave "$1"
"#;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    port: u16,
    binaries: PathBuf,
    /// The server runs as long as the standard input of this shell is open.
    _shell: Child,
}

/// The address of a new, empty database.
pub(crate) fn fresh() -> String {
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let port = SERVER.port.to_string();
    let made = Command::new(SERVER.binaries.join("psql"))
        .args(["-X", "-q", "-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", "postgres"])
        .args(["-c", &format!("CREATE DATABASE {name} TEMPLATE template0")])
        .output()
        .expect("psql runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    format!("postgres://postgres@127.0.0.1:{port}/{name}")
}

impl Server {
    fn start() -> Self {
        let binaries = binaries().expect("asked before");
        // Between its choice and its use another process may take the port.
        let mut failures = Vec::new();
        for _ in 0..5 {
            let port = free_port();
            match start(&binaries, port) {
                Ok(shell) => return Self { port, binaries, _shell: shell },
                Err(log) => failures.push(log),
            }
        }
        panic!("PostgreSQL does not start:\n{}", failures.join("\n"))
    }
}

fn start(binaries: &Path, port: u16) -> Result<Child, String> {
    let (binaries, folder, port) = (binaries.to_owned(), std::env::temp_dir(), port.to_string());
    // PostgreSQL refuses to run as root.
    let mut command = if is_root() {
        let mut command = Command::new("su");
        command.args(["postgres", "-s", "/bin/sh", "-c", SCRIPT, "--", "postgres"]);
        command
    } else {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "postgres"]);
        command
    };
    let command = command.arg(binaries).arg(folder).arg(port).current_dir("/");
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.expect("a shell starts");
    let mut said = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("it says whether it runs");
    if line == "ready\n" {
        return Ok(child);
    }
    let rest: Vec<String> = said.lines().map_while(Result::ok).collect();
    child.wait().expect("it ends");
    Err(format!("{line}{}", rest.join("\n")))
}

/// Whether the tests that need PostgreSQL can run. Where it is not installed they are left out and say so; a check of the whole
/// (`CI` is set) fails instead.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told")]
pub(crate) fn is_there() -> bool {
    if binaries().is_some() {
        return true;
    }
    const NEEDED: &str = "these tests need PostgreSQL's programs initdb, pg_ctl, postgres and psql on PATH or in \
                          /usr/lib/postgresql/*/bin; on Debian and Ubuntu: apt-get install postgresql";
    assert!(std::env::var_os("CI").is_none(), "{NEEDED}");
    println!("left out: {NEEDED}");
    false
}

/// Where the server's programs are.
fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let told = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    folders.extend(told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_owned())));
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|version| version.join("bin")));
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let is_whole =
        |folder: &PathBuf| ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    folders.into_iter().find(is_whole)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("`id` runs");
    id.stdout == b"0\n"
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
