//! Broken guide files: each is one file of the invented call with one defect, and `messages.txt` holds what its author
//! is told. `UPDATE_MESSAGES=1` writes that file anew, to be read before it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use eligibility::{Lang, SourceFile};

use crate::support::{files, guides, load};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// What the author of a folder is told: when it loads, by its audit.
fn messages(sources: &[SourceFile], lang: Lang) -> Vec<String> {
    let problems = match load(sources) {
        Err(problems) => problems,
        Ok(library) => library.audit(library.find_guide("2031-glacier").expect("the invented call")).problems,
    };
    problems.iter().map(|problem| problem.text(lang)).collect()
}

#[test]
fn each_broken_file_tells_its_author_what_is_wrong_and_what_is_allowed() {
    let mut whole = files(&guides());
    whole.extend(files(&folder("invented-call")));
    assert_eq!(messages(&whole, Lang::En), Vec::<String>::new(), "the invented call is sound");
    let mut told = String::new();
    for broken in files(&folder("broken")).into_iter().filter(|file| file.path.ends_with(".yaml")) {
        let first = broken.text.lines().next().unwrap_or_default();
        let replaced = first.strip_prefix("# replaces: ").expect("the first line names the file that it replaces");
        let mut sources = whole.clone();
        sources.push(SourceFile { path: format!("2031-glacier/{replaced}"), text: broken.text.clone() });
        let english = messages(&sources, Lang::En);
        assert!(!english.is_empty(), "{} is not broken", broken.path);
        told.push_str(&format!("{}\n", broken.path));
        for message in english.iter().chain(&messages(&sources, Lang::Zh)) {
            told.push_str(&format!("  {message}\n"));
        }
    }
    let expected = folder("broken").join("messages.txt");
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        fs::write(&expected, &told).expect("writable");
    }
    assert_eq!(told, fs::read_to_string(&expected).expect("messages.txt"));
}
