//! A server in this process over the calls of the source tree.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use api::{RunningServer, ServerConfig};
use eligibility::{Library, SourceFile};

/// The calls of this repository.
pub(crate) static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guides");
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files);
    Arc::new(Library::load(&files).expect("the calls load"))
});

fn collect(folder: &Path, base: &Path, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, base, files);
        } else {
            let name = path.strip_prefix(base).expect("below the folder").to_str().expect("UTF-8").replace('\\', "/");
            files.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("a text") });
        }
    }
}

/// A server on a free port of this machine.
pub(crate) fn start(config: ServerConfig) -> RunningServer {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = ServerConfig { listen, workers: 1, shutdown_timeout: Duration::from_secs(1), ..config };
    api::start(config, Arc::clone(&LIBRARY)).expect("the server starts")
}

/// Stops a server and waits for its end.
pub(crate) fn stop(server: RunningServer) {
    server.stop_handle().stop();
    server.wait().expect("the server ends well");
}
