//! The directory over the calls of the source tree.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use eligibility::{Library, SourceFile, yaml};
use profile::Taxonomy;
use service::{Directory, Options};

/// The calls of this repository.
static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&guides(), &guides(), &mut files);
    Arc::new(Library::load(&files).expect("the calls load"))
});

/// Fields and words of this repository.
static TAXONOMY: LazyLock<Arc<Taxonomy>> = LazyLock::new(|| {
    let tree = |name: &str| {
        let text = fs::read_to_string(guides().join(name)).expect(name);
        yaml::parse(name, &text, yaml::Limits::default()).expect(name)
    };
    Arc::new(Taxonomy::load(&tree("fields.yaml"), &tree("glossary.yaml")).expect("a taxonomy"))
});

fn guides() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guides")
}

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

/// The directory of a database, with its index in a folder.
pub(crate) async fn open(address: &str, index: &Path) -> Directory {
    let options = Options {
        database: address.to_owned(),
        index: Some(index.to_owned()),
        library: Arc::clone(&LIBRARY),
        taxonomy: Arc::clone(&TAXONOMY),
    };
    Directory::open(options).await.expect("the directory opens")
}
