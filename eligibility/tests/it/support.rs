//! Reads the calls from the source tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use eligibility::{Case, Library, Problem, SourceFile, yaml};

/// The calls of this repository.
pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| load(&files(&guides())).expect("the calls load"));

pub(crate) fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides")
}

pub(crate) fn files(folder: &Path) -> Vec<SourceFile> {
    fn walk(folder: &Path, base: &Path, files: &mut Vec<SourceFile>) {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, base, files);
                continue;
            }
            let name = path.strip_prefix(base).expect("below the folder").to_str().expect("UTF-8").to_owned();
            files.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("a text") });
        }
    }
    let mut files = Vec::new();
    walk(folder, folder, &mut files);
    files
}

pub(crate) fn load(files: &[SourceFile]) -> Result<Library, Vec<Problem>> {
    Library::load(files)
}

/// A consortium written as YAML.
pub(crate) fn case(library: &Library, text: &str) -> Case {
    let node = yaml::parse("case.yaml", text, yaml::Limits::default()).expect("valid YAML");
    library.read_case("case.yaml", &node).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}
