//! What went wrong, for people and for programs.

use eligibility::{Lang, Problem};
use serde::Serialize;

use crate::failure::Failure;
use crate::render::json::{Texts, pretty};
use crate::render::page::{BAD, visible};
use crate::render::words::said;

/// The problems, one a line.
pub(crate) fn text(problems: &[Problem], lang: Lang) -> String {
    let mut text = String::new();
    for problem in problems {
        let label = said(lang, "错误：", "error: ");
        let message = problem.text(lang);
        let lines: Vec<_> = message.lines().map(visible).collect();
        text.push_str(&format!("{BAD}{label}{BAD:#}{}\n", lines.join("\n")));
    }
    text
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    problems: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    code: &'static str,
    file: &'a str,
    line: usize,
    column: usize,
    path: &'a str,
    message: Texts,
}

/// The problems for programs.
pub(crate) fn json(problems: &[Problem]) -> Result<String, Failure> {
    let entries = problems.iter().map(|problem| Entry {
        code: problem.code.as_str(),
        file: &problem.file,
        line: problem.line,
        column: problem.column,
        path: &problem.path,
        message: Texts::from(&problem.message),
    });
    pretty(&Answer { problems: entries.collect() })
}
