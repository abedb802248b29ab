//! A server in this process, over the calls of the source tree and the institutions of the demo.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "directory.rs"]
mod directory;

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use api::{RunningServer, ServerConfig};
use service::{Directory, Platform, Settings, registry};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A directory, and what it lives in.
struct Living {
    directory: Arc<Directory>,
    runtime: Runtime,
    folder: TempDir,
}

/// The institutions of the demo, in a database of this process.
static DEMO: LazyLock<Living> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let address = format!("sqlite://{}", folder.path().join("demo.db").display());
    let directory = runtime.block_on(async {
        let directory = directory::open(&address, &folder.path().join("index")).await;
        let table = include_str!("../../demo/institutions.csv");
        let records = registry::csv_text(table, directory.library(), directory.taxonomy());
        let report = directory.import("demo", records, |_| {}).await.expect("imported");
        assert_eq!(report.refused, 0, "{:?}", report.faults);
        directory
    });
    Living { directory: Arc::new(directory), runtime, folder }
});

/// The directory that servers here answer from.
pub(crate) fn demo() -> &'static Arc<Directory> {
    &DEMO.directory
}

/// A server on a free port of this machine.
pub(crate) fn start(config: ServerConfig) -> RunningServer {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = ServerConfig { listen, workers: 1, shutdown_timeout: Duration::from_secs(1), ..config };
    let settings = Settings::below(DEMO.folder.path().to_owned());
    let platform = DEMO.runtime.block_on(Platform::open(Arc::clone(demo()), settings)).expect("a platform");
    api::start(config, Arc::new(platform)).expect("the server starts")
}

/// Stops a server and waits for its end.
pub(crate) fn stop(server: RunningServer) {
    server.stop_handle().stop();
    server.wait().expect("the server ends well");
}
