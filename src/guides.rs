//! The calls this program knows: those built in, and those of a folder that the caller names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use eligibility::yaml::{self, Limits, Node};
use eligibility::{Guide, Library, Localized, Problem, SourceFile};
use profile::Taxonomy;

use crate::failure::Failure;
use crate::input::{self, COLLECTION};

/// A built-in file.
#[derive(Debug)]
enum Content {
    /// YAML, parsed by `build.rs` and kept as its tree.
    Tree(&'static [u8]),
    /// A source text.
    Text(&'static str),
}

/// Path below the folder of calls, and content.
const BUILT_IN: &[(&str, Content)] = &include!(concat!(env!("OUT_DIR"), "/guides.rs"));

/// The file that makes a folder a call.
const HEAD: &str = "guide.yaml";

/// The files of research fields and of words.
const TAXONOMY: [&str; 2] = ["fields.yaml", "glossary.yaml"];

/// All calls, and which of them are the caller's own.
#[derive(Debug)]
pub(crate) struct Calls {
    /// All calls.
    pub(crate) library: Library,
    own: Own,
}

/// The calls of the caller's folder.
#[derive(Debug, Default)]
struct Own {
    files: Vec<SourceFile>,
    /// Where each of the files lies, for messages.
    places: BTreeMap<String, String>,
    /// Its files of fields and words.
    taxonomy: Vec<SourceFile>,
    /// Folders that are calls, and the keys these calls give themselves.
    keys: BTreeSet<String>,
}

/// Reads the built-in calls and those of the caller's folder, which is a call or a folder of calls. A call of the caller's
/// takes the place of the built-in one of the same key.
pub(crate) fn load(folder: Option<&Path>) -> Result<Calls, Failure> {
    let mut own = folder.map_or_else(|| Ok(Own::default()), read)?;
    let replaced = |path: &str| path.split_once('/').is_some_and(|(folder, _)| own.keys.contains(folder));
    let built_in = BUILT_IN.iter().filter(|(path, _)| !replaced(path));
    let built_in = built_in.map(|(path, content)| {
        let text = match content {
            Content::Text(text) => (*text).to_owned(),
            Content::Tree(_) => String::new(),
        };
        SourceFile { path: (*path).to_owned(), text }
    });
    let files: Vec<SourceFile> = built_in.chain(std::mem::take(&mut own.files)).collect();
    let is_taxonomy =
        |file: &&SourceFile| TAXONOMY.contains(&file.path.as_str()) && own.places.contains_key(&file.path);
    own.taxonomy = files.iter().filter(is_taxonomy).cloned().collect();
    let tree = |file: &SourceFile| match built_in_tree(&file.path) {
        Some(tree) if !own.places.contains_key(&file.path) => Ok(tree),
        _ => yaml::parse(&file.path, &file.text, Limits::default()),
    };
    let library = Library::load_with(&files, tree)
        .map_err(|problems| Failure::data(problems.into_iter().map(|problem| own.placed(problem)).collect()))?;
    Ok(Calls { library, own })
}

fn built_in_tree(path: &str) -> Option<Node> {
    BUILT_IN.iter().find_map(|(known, content)| match content {
        Content::Tree(bytes) if *known == path => postcard::from_bytes(bytes).ok(),
        _ => None,
    })
}

impl Calls {
    /// The calls of the caller's folder.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Guide> {
        self.library.guides.iter().map(AsRef::as_ref).filter(|guide: &&Guide| self.own.keys.contains(&guide.id))
    }

    /// Fields and words: those built in, or the caller's in their place.
    pub(crate) fn taxonomy(&self) -> Result<Taxonomy, Failure> {
        let tree = |path: &str| match self.own.taxonomy.iter().find(|file| file.path == path) {
            Some(file) => yaml::parse(path, &file.text, Limits::default()).map_err(|problem| vec![*problem]),
            None => Ok(built_in_tree(path).unwrap_or_else(|| Node::synthetic(yaml::Value::Null))),
        };
        let read = || Taxonomy::load(&tree("fields.yaml")?, &tree("glossary.yaml")?);
        read().map_err(|problems| Failure::data(problems.into_iter().map(|problem| self.own.placed(problem)).collect()))
    }

    /// A problem with the file it is in named as the caller knows it.
    pub(crate) fn placed(&self, problem: Problem) -> Problem {
        self.own.placed(problem)
    }
}

impl Own {
    fn placed(&self, problem: Problem) -> Problem {
        match self.places.get(&problem.file) {
            Some(place) => Problem { file: place.clone(), ..problem },
            None => problem,
        }
    }

    /// Reads the files of one folder, to stand at `below` in the folder of calls.
    fn add(&mut self, folder: &Path, below: &str) -> Result<(), Failure> {
        for (name, path) in entries(folder)? {
            let is_text = path.extension().is_some_and(|extension| extension == "yaml" || extension == "txt");
            if !is_text || path.is_dir() {
                continue;
            }
            let text = input::text(&path, COLLECTION)?;
            let at = format!("{below}{name}");
            self.places.insert(at.clone(), path.display().to_string());
            self.files.push(SourceFile { path: at, text });
        }
        Ok(())
    }

    fn add_call(&mut self, folder: &Path, name: &str) -> Result<(), Failure> {
        self.add(folder, &format!("{name}/"))?;
        self.keys.insert(name.to_owned());
        let head = format!("{name}/{HEAD}");
        let head = self.files.iter().find(|file| file.path == head);
        // A head that cannot be read is reported, with all the rest, when the library is loaded.
        let head = head.and_then(|file| yaml::parse(&file.path, &file.text, Limits::default()).ok());
        if let Some(yaml::Value::Plain(key) | yaml::Value::Text(key)) =
            head.as_ref().and_then(|head| head.get("guide")).map(|key| &key.value)
        {
            self.keys.insert(key.clone());
        }
        Ok(())
    }
}

fn read(folder: &Path) -> Result<Own, Failure> {
    let mut own = Own::default();
    if folder.join(HEAD).is_file() {
        let whole = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
        let name = whole.file_name().map_or_else(|| "call".into(), |name| name.to_string_lossy());
        own.add_call(folder, &name)?;
        return Ok(own);
    }
    own.add(folder, "")?;
    for (name, path) in entries(folder)?.into_iter().filter(|(_, path)| path.is_dir()) {
        if name == "places" {
            own.add(&path, "places/")?;
        } else if path.join(HEAD).is_file() {
            own.add_call(&path, &name)?;
        }
    }
    if own.keys.is_empty() {
        let message = Localized::new(
            format!("没有找到 {HEAD}：应为单个指南的文件夹，或含有多个指南的文件夹"),
            format!("no {HEAD} found: expected the folder of a call, or a folder of such folders"),
        );
        return Err(Failure::unreadable(&folder.display().to_string(), message));
    }
    Ok(own)
}

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    found.sort();
    Ok(found)
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Failure {
    let name = folder.display().to_string();
    match error.kind() {
        std::io::ErrorKind::NotFound => Failure::unreadable(&name, Localized::new("没有这个文件夹", "no such folder")),
        std::io::ErrorKind::NotADirectory => {
            Failure::unreadable(&name, Localized::new("这不是文件夹", "this is no folder"))
        }
        _ => Failure::unreadable(&name, input::reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_built_in_call_is_its_key() {
        let calls = load(None).expect("built-in calls");
        for guide in &calls.library.guides {
            let head = format!("{}/{HEAD}", guide.id);
            assert!(built_in_tree(&head).is_some(), "{head}");
        }
        assert_eq!(calls.own().count(), 0);
    }

    #[test]
    fn packed_trees_are_those_of_the_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guides");
        for (path, content) in BUILT_IN {
            let text = fs::read_to_string(folder.join(path)).expect(path);
            match content {
                Content::Text(content) => assert_eq!(*content, text, "{path}"),
                Content::Tree(bytes) => {
                    let parsed = yaml::parse(path, &text, Limits::default()).expect(path);
                    assert!(postcard::from_bytes(bytes).ok() == Some(parsed), "{path}");
                }
            }
        }
    }
}
