//! The calls of this source tree, with its fields and words.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use eligibility::{Library, SourceFile, yaml};
use profile::Taxonomy;

/// Loads them.
pub(crate) fn calls() -> (Arc<Library>, Arc<Taxonomy>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files);
    let tree = |name: &str| {
        let file = files.iter().find(|file| file.path == name).expect(name);
        yaml::parse(name, &file.text, yaml::Limits::default()).expect(name)
    };
    let taxonomy = Taxonomy::load(&tree("fields.yaml"), &tree("glossary.yaml")).expect("a taxonomy");
    (Arc::new(Library::load(&files).expect("the calls load")), Arc::new(taxonomy))
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
