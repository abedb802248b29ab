//! Audits a call's data against its source text: quotes, coverage, totals, keys.

use crate::facts::{FactValue, OTHER_TOPIC};
use crate::guide::{Decision, Direction, Guide, Library, Modality, Section, Topics};
use crate::predicate::{Predicate, Test};
use crate::problem::{Problem, ProblemCode};
use crate::text::Localized;

/// What an audit found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Requirements of the call, each counted once.
    pub requirements: usize,
    /// How many of each modality.
    pub by_modality: Vec<(Modality, usize)>,
    /// How many are decided by check, by declaration, by review.
    pub by_decision: [(&'static str, usize); 3],
    /// Characters of the source, white space and punctuation aside, that a file speaks for.
    pub covered: usize,
    /// All such characters.
    pub characters: usize,
}

impl Library {
    /// Audits one call.
    pub fn audit(&self, guide: &Guide) -> Audit {
        let mut audit = Audit {
            by_modality: Modality::ALL.map(|modality| (modality, 0)).to_vec(),
            by_decision: [("check", 0), ("declaration", 0), ("review", 0)],
            ..Audit::default()
        };
        count(guide, &mut audit);
        cover(guide, &mut audit);
        totals(guide, &mut audit);
        for direction in &guide.directions {
            keys(direction, &mut audit);
        }
        designations(guide, &mut audit);
        audit
    }
}

fn count(guide: &Guide, audit: &mut Audit) {
    let mut seen = std::collections::HashSet::new();
    for requirement in guide.directions.iter().flat_map(|direction| &direction.requirements) {
        if !seen.insert(&requirement.id) {
            continue;
        }
        audit.requirements += 1;
        if let Some((_, number)) = audit.by_modality.iter_mut().find(|(modality, _)| *modality == requirement.modality)
        {
            *number += 1;
        }
        let [(_, checks), (_, declarations), (_, reviews)] = &mut audit.by_decision;
        *match requirement.decision {
            Decision::Check(_) => checks,
            Decision::Declaration(_) => declarations,
            Decision::Review => reviews,
        } += 1;
    }
}

fn problem(file: &str, line: usize, column: usize, message: Localized) -> Problem {
    Problem { code: ProblemCode::Guide, file: file.to_owned(), line, column, path: String::new(), message }
}

/// Letters and digits: what must be covered. Punctuation and white space carry no requirement.
fn is_word(letter: char) -> bool {
    letter.is_alphanumeric()
}

fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

fn find(text: &[char], part: &[char], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.windows(part.len().max(1)).position(|window| window == part).map(|at| at + from)
}

fn cover(guide: &Guide, audit: &mut Audit) {
    let source = letters(&guide.source);
    let mut starts: Vec<(usize, &Section)> = Vec::new();
    let mut from = 0;
    for section in &guide.sections {
        match find(&source, &letters(&section.begins.text), from) {
            Some(at) => {
                starts.push((at, section));
                from = at + 1;
            }
            None => audit.problems.push(problem(
                &section.file,
                section.begins.line,
                section.begins.column,
                Localized::new(
                    format!("原文中（在前一节之后）找不到 `{}`；请照抄原文，并使 guide.yaml 的 files 与原文顺序一致", section.begins.text),
                    format!(
                        "`{}` is not in the source after the section before; copy the source's words and keep `files` of guide.yaml in its order",
                        section.begins.text
                    ),
                ),
            )),
        }
    }
    let first = starts.first().map_or(source.len(), |(at, _)| *at);
    audit.characters += source.iter().take(first).filter(|letter| is_word(**letter)).count();
    if audit.characters > 0 {
        let message = Localized::new("原文开头没有文件负责", "no file speaks for the beginning of the source");
        audit.problems.push(problem(&format!("{}/guide.yaml", guide.id), 1, 1, message));
    }
    for (index, (at, section)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(source.len(), |(next, _)| *next);
        let text = source.get(*at..end).unwrap_or_default();
        cover_section(text, section, audit);
    }
}

fn cover_section(text: &[char], section: &Section, audit: &mut Audit) {
    let mut covered = vec![false; text.len()];
    for quote in &section.quotes {
        let part = letters(&quote.text);
        let mut from = 0;
        let mut found = false;
        while let Some(at) = find(text, &part, from) {
            found = true;
            covered.iter_mut().skip(at).take(part.len()).for_each(|covered| *covered = true);
            from = at + 1;
        }
        if !found {
            let shown: String = quote.text.chars().take(40).collect();
            audit.problems.push(problem(
                &section.file,
                quote.line,
                quote.column,
                Localized::new(
                    format!("原文本节中找不到引文 `{shown}`；请逐字照抄（空白不计）"),
                    format!("quote `{shown}` is not in this section of the source; copy it word for word (white space aside)"),
                ),
            ));
        }
    }
    let mut run = String::new();
    let ends = std::iter::once((&' ', &true));
    for (letter, covered) in text.iter().zip(&covered).chain(ends) {
        if !covered {
            run.push(*letter);
            continue;
        }
        if run.chars().any(is_word) {
            audit.problems.push(problem(
                &section.file,
                section.begins.line,
                section.begins.column,
                Localized::new(
                    format!("原文没有被任何要求或 `covered` 覆盖：`{run}`"),
                    format!("no requirement or `covered` entry speaks for this text: `{run}`"),
                ),
            ));
        }
        run.clear();
    }
    for (_, covered) in text.iter().zip(&covered).filter(|(letter, _)| is_word(**letter)) {
        audit.characters += 1;
        audit.covered += usize::from(*covered);
    }
}

fn totals(guide: &Guide, audit: &mut Audit) {
    for (index, part) in guide.parts.iter().enumerate() {
        let Some(section) = guide.sections.iter().find(|section| {
            section.part == Some(index) && !guide.directions.iter().any(|direction| direction.file == section.file)
        }) else {
            continue;
        };
        let of: Vec<&std::sync::Arc<Direction>> =
            guide.directions.iter().filter(|direction| part.directions.contains(&direction.id)).collect();
        let sums = [
            ("directions", "方向数", part.totals.directions, i64::try_from(of.len()).unwrap_or(i64::MAX)),
            ("projects", "项目数", part.totals.projects, of.iter().map(|direction| direction.quota.projects).sum()),
            ("budget_cny", "经费", part.totals.budget_cny, of.iter().map(|direction| direction.budget_cny).sum()),
        ];
        for (key, zh, printed, sum) in sums {
            if printed != sum {
                audit.problems.push(problem(
                    &section.file,
                    section.begins.line,
                    section.begins.column,
                    Localized::new(
                        format!("{}：总计{zh} {printed} 与各方向之和 {sum} 不符", part.id),
                        format!("{}: the total `{key}` is {printed}, but its directions sum to {sum}", part.id),
                    ),
                ));
            }
        }
    }
    for direction in &guide.directions {
        let items = &direction.topics.items;
        let budgets: Option<Vec<i64>> = items.iter().map(|topic| topic.budget_cny).collect();
        let quotas: Option<Vec<i64>> = items.iter().map(|topic| topic.quota.map(|quota| quota.projects)).collect();
        let sums = [("budget_cny", budgets, direction.budget_cny), ("quota", quotas, direction.quota.projects)];
        for (key, parts, whole) in sums {
            let Some(parts) = parts.filter(|parts| !parts.is_empty()) else { continue };
            let sum: i64 = parts.iter().sum();
            if sum != whole {
                audit.problems.push(problem(
                    &direction.file,
                    direction.line,
                    1,
                    Localized::new(
                        format!("各领域 `{key}` 之和 {sum} 与本方向的 {whole} 不符"),
                        format!("`{key}` of the topics sums to {sum}, but the direction says {whole}"),
                    ),
                ));
            }
        }
    }
}

/// Topic and exclusion keys that predicates name must be keys of the direction.
fn keys(direction: &Direction, audit: &mut Audit) {
    for requirement in &direction.requirements {
        let predicates = requirement.when.iter().chain(requirement.decision.predicate());
        for predicate in predicates {
            each_test(predicate, &mut |test| {
                for key in unknown_keys(&direction.topics, test) {
                    audit.problems.push(problem(
                        &direction.file,
                        direction.line,
                        1,
                        Localized::new(
                            format!("{}：`{key}` 不是本方向的领域或不支持内容", requirement.id),
                            format!("{}: `{key}` is no topic or exclusion of this direction", requirement.id),
                        ),
                    ));
                }
            });
        }
    }
}

fn unknown_keys<'t>(topics: &Topics, test: &'t Test) -> Vec<&'t str> {
    let exclusion = |key: &str| topics.all_exclusions().any(|named| named.key == key);
    let topic = |key: &str| key == OTHER_TOPIC || topics.field_of(key).is_some();
    match test {
        Test::Contains(key) | Test::Lacks(key) if !exclusion(key) => vec![key],
        Test::OneOf { values, .. } | Test::NoneOf(values) => values
            .iter()
            .filter_map(|value| match value {
                FactValue::Topic(key) if !topic(key) => Some(key.as_str()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn each_test<'p>(predicate: &'p Predicate, see: &mut impl FnMut(&'p Test)) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| each_test(part, see)),
        Predicate::Not(inner) | Predicate::Some(inner) => each_test(inner, see),
        Predicate::If(first, second) | Predicate::Every { filter: first, is: second } => {
            each_test(first, see);
            each_test(second, see);
        }
        Predicate::Count { filter, .. } | Predicate::Distinct { filter, .. } => each_test(filter, see),
        Predicate::Title { names, .. } => each_test(names, see),
        Predicate::Lead { is, .. } => each_test(is, see),
        Predicate::Fact(_, test) => {
            see(test);
            if let Test::RefersTo(inner) = test {
                each_test(inner, see);
            }
        }
        Predicate::InGroup(_) | Predicate::NamedIn(_) | Predicate::Ratio { .. } => {}
    }
}

fn designations(guide: &Guide, audit: &mut Audit) {
    let Some(designations) = &guide.designations else { return };
    let file = format!("{}/designations.yaml", guide.id);
    if !guide.directions.iter().any(|direction| direction.id == designations.direction) {
        let message = Localized::new(
            format!("没有指南方向 `{}`", designations.direction),
            format!("there is no direction `{}`", designations.direction),
        );
        audit.problems.push(problem(&file, 1, 1, message));
    }
    let mut seen = std::collections::HashSet::new();
    for organisation in &designations.organisations {
        if !seen.insert(&organisation.key) {
            let message = Localized::new(
                format!("机构 `{}` 重复", organisation.key),
                format!("organisation `{}` is listed twice", organisation.key),
            );
            audit.problems.push(problem(&file, 1, 1, message));
        }
    }
}
