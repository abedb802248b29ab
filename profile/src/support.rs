//! The calls of this repository, for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use eligibility::{Library, SourceFile, yaml};

use crate::taxonomy::Taxonomy;

/// The calls of this repository.
pub(crate) static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::load(&files(&guides(), &guides())).expect("the calls load"));

/// A few fields, without glossary.
pub(crate) static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| {
    let parse = |text| yaml::parse("test.yaml", text, yaml::Limits::default()).expect("valid YAML");
    let fields =
        parse("fields: [{code: '2', zh: 工程, en: Engineering}, {code: '2.7', zh: 环境工程, en: Environment}]");
    Taxonomy::load(&fields, &parse("{concepts: [], short_names: [], chinese_names: []}")).expect("a taxonomy")
});

fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides")
}

fn files(folder: &Path, base: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path, base));
        } else {
            let name = path.strip_prefix(base).expect("below the folder").to_str().expect("UTF-8").to_owned();
            found.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("a text") });
        }
    }
    found
}
