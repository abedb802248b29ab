//! `lianhe guide`: looks at calls, validates them, runs cases against them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eligibility::problem::ProblemCode;
use eligibility::{Case, Lang, Library, Localized, Problem};

use crate::cli::{Format, GuideCommand};
use crate::commands::Answered;
use crate::failure::{Exit, Failure};
use crate::render::sheet;
use crate::{guides, input};

pub(super) fn run(command: &GuideCommand, folder: Option<&Path>, lang: Lang) -> Answered {
    match command {
        GuideCommand::List { form } => {
            let calls = guides::load(folder)?;
            let text = match form.format {
                Format::Text => sheet::list(&calls.library, lang),
                Format::Json => sheet::json::list(&calls.library)?,
            };
            Ok((text, Exit::Done))
        }
        GuideCommand::Show { direction, form } => show(direction, form.format, folder, lang),
        GuideCommand::Validate { folder } => validate(folder, lang),
        GuideCommand::Test { files } => test(files, folder, lang),
    }
}

fn show(name: &str, format: Format, folder: Option<&Path>, lang: Lang) -> Answered {
    let calls = guides::load(folder)?;
    let library = &calls.library;
    let found = library.find_direction(None, name).and_then(|id| Some((library.guide_of(id)?, library.direction(id)?)));
    let Some((guide, direction)) = found else {
        return Err(Failure::usage(library.unknown_direction(name)));
    };
    let text = match format {
        Format::Text => sheet::show(library, guide, direction, lang),
        Format::Json => sheet::json::show(guide, direction)?,
    };
    Ok((text, Exit::Done))
}

fn validate(folder: &Path, lang: Lang) -> Answered {
    let calls = guides::load(Some(folder))?;
    let audits: Vec<_> = calls.own().map(|guide| (guide, calls.library.audit(guide))).collect();
    let problems = audits.iter().flat_map(|(_, audit)| audit.problems.iter().cloned());
    let problems: Vec<Problem> = problems.map(|problem| calls.placed(problem)).collect();
    if !problems.is_empty() {
        return Err(Failure::data(problems));
    }
    let text = audits.iter().map(|(guide, audit)| sheet::audit(guide, audit, lang)).collect();
    Ok((text, Exit::Done))
}

fn test(files: &[PathBuf], folder: Option<&Path>, lang: Lang) -> Answered {
    let calls = guides::load(folder)?;
    let mut cases = Vec::new();
    for file in files {
        cases.extend(read_cases(&calls.library, file)?);
    }
    let mut text = String::new();
    let mut right = 0;
    for (id, case) in &cases {
        let differences = match case {
            Ok(case) => differences(&calls.library, case, lang),
            Err(problems) => problems.iter().map(|problem| problem.text(lang)).collect(),
        };
        right += usize::from(differences.is_empty());
        text.extend(differences.iter().map(|difference| format!("{id}: {difference}\n")));
    }
    let of = cases.len();
    text.push_str(&match lang {
        Lang::Zh => format!("{of} 个案例中 {right} 个一致\n"),
        Lang::En => format!("{right} of {of}\n"),
    });
    Ok((text, if right == of { Exit::Done } else { Exit::No }))
}

/// A case with its name, or what is wrong with it: then it counts as different from what it expects.
type Named = (String, Result<Case, Vec<Problem>>);

/// The cases of a file that holds a list of them, or one.
fn read_cases(library: &Library, file: &Path) -> Result<Vec<Named>, Failure> {
    let document = input::collection(file)?;
    let cases = if document.root.get("cases").is_some() {
        library.read_cases(&document.name, &document.root).map_err(Failure::data)?
    } else {
        vec![library.read_case(&document.name, &document.root)]
    };
    let named = cases.into_iter().enumerate().map(|(index, case)| {
        let own = case.as_ref().ok().and_then(|case| case.id.clone());
        let id = own.unwrap_or_else(|| format!("{}#{}", document.name, index + 1));
        if matches!(&case, Ok(case) if case.expect.is_none()) {
            let message = Localized::new(
                format!("案例 `{id}` 没有 `expect`，无从比较"),
                format!("case `{id}` has no `expect` to compare with"),
            );
            return Err(Failure::content(&document.name, ProblemCode::Missing, message));
        }
        Ok((id, case))
    });
    named.collect()
}

/// What a report says otherwise than its case expects.
fn differences(library: &Library, case: &Case, lang: Lang) -> Vec<String> {
    let (Some(report), Some(expect)) = (library.check(&case.consortium), &case.expect) else { return Vec::new() };
    let mut differences = Vec::new();
    let verdict = report.verdict.as_str();
    if verdict != expect.verdict {
        differences.push(match lang {
            Lang::Zh => format!("verdict 应为 {}，实为 {verdict}", expect.verdict),
            Lang::En => format!("verdict: expected {}, found {verdict}", expect.verdict),
        });
    }
    let clauses = library.clauses(&report);
    let sets = [
        ("violated", &clauses.violated, &expect.violated),
        ("undetermined", &clauses.undetermined, &expect.undetermined),
        ("warned", &clauses.warned, &expect.warned),
    ];
    for (name, found, expected) in sets {
        let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        let list = |from: &BTreeSet<&str>, without: &BTreeSet<&str>| {
            from.difference(without).copied().collect::<Vec<_>>().join(", ")
        };
        let (missing, extra) = (list(&expected, found), list(found, &expected));
        let mut parts = Vec::new();
        if !missing.is_empty() {
            parts.push(match lang {
                Lang::Zh => format!("缺少 {missing}"),
                Lang::En => format!("missing {missing}"),
            });
        }
        if !extra.is_empty() {
            parts.push(match lang {
                Lang::Zh => format!("多出 {extra}"),
                Lang::En => format!("extra {extra}"),
            });
        }
        if !parts.is_empty() {
            differences.push(match lang {
                Lang::Zh => format!("{name} {}", parts.join("，")),
                Lang::En => format!("{name}: {}", parts.join("; ")),
            });
        }
    }
    differences
}
