//! Puts the folder of calls into the program: it needs no file at run time, and does not parse its own calls at every
//! start.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use eligibility::yaml::{self, Limits};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=guides");
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name.to_owned()));
    let (folder, out) = (variable("CARGO_MANIFEST_DIR")?.join("guides"), variable("OUT_DIR")?);
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut table = String::from("[\n");
    for (index, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file)?;
        let below = file.strip_prefix(&folder)?;
        let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        if file.extension().is_some_and(|extension| extension == "yaml") {
            let tree = yaml::parse(&name, &text, Limits::default())?;
            fs::write(out.join(format!("{index}.tree")), postcard::to_stdvec(&tree)?)?;
            writeln!(table, "({name:?}, Content::Tree(include_bytes!(\"{index}.tree\"))),")?;
        } else {
            fs::write(out.join(format!("{index}.txt")), text)?;
            writeln!(table, "({name:?}, Content::Text(include_str!(\"{index}.txt\"))),")?;
        }
    }
    table.push_str("]\n");
    fs::write(out.join("guides.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "txt") {
            files.push(path);
        }
    }
    Ok(())
}
