//! Bounds a parsed document before anything walks it whole.
//!
//! A fragment that spreads the next one twice doubles the work with each step, and a kilobyte of them keeps a processor busy
//! for seconds. So each fragment is measured once, and sums are made of the measures.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use crate::config::Limits;
use crate::fault::{Code, Fault};

/// What a selection set is, once every fragment stands where it is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measure {
    selections: u64,
    depth: u64,
}

struct Measuring<'d> {
    document: &'d ExecutableDocument,
    /// `None` while a fragment is being measured.
    fragments: HashMap<&'d Name, Option<Measure>>,
}

/// Refuses a document with too many aliases or directives, with fragments in a circle, or too deep or too large once its
/// fragments are expanded.
pub(crate) fn bound(document: &ExecutableDocument, limits: &Limits) -> Result<(), Fault> {
    let fragments =
        document.fragments.values().map(|fragment| (&fragment.node.selection_set, &fragment.node.directives));
    let operations =
        document.operations.iter().map(|(_, operation)| (&operation.node.selection_set, &operation.node.directives));
    let mut counts = Counts::default();
    for (set, directives) in operations.chain(fragments) {
        counts.directives += directives.len();
        counts.add(set);
    }
    for (_, operation) in document.operations.iter() {
        let of_variables = operation.node.variable_definitions.iter().map(|variable| variable.node.directives.len());
        counts.directives += of_variables.sum::<usize>();
    }
    if counts.aliases > limits.aliases {
        return Err(over(
            Code::TooManyAliases,
            number(counts.aliases),
            number(limits.aliases),
            "别名过多",
            "too many aliases",
        ));
    }
    if counts.directives > limits.directives {
        let (actual, limit) = (number(counts.directives), number(limits.directives));
        return Err(over(Code::TooManyDirectives, actual, limit, "指令过多", "too many directives"));
    }
    let mut measuring = Measuring { document, fragments: HashMap::new() };
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    for set in operations.chain(fragments) {
        let measure = measuring.of(set)?;
        if measure.selections > number(limits.selections) {
            return Err(over(
                Code::TooManySelections,
                measure.selections,
                number(limits.selections),
                "展开片段后的选择过多",
                "too many selections once fragments are expanded",
            ));
        }
        if measure.depth > number(limits.depth) {
            return Err(over(
                Code::TooDeep,
                measure.depth,
                number(limits.depth),
                "字段嵌套过深",
                "fields are nested too deep",
            ));
        }
    }
    Ok(())
}

fn number(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn over(code: Code, actual: u64, limit: u64, zh: &str, en: &str) -> Fault {
    Fault::over(code, actual, limit, zh, en)
}

#[derive(Default)]
struct Counts {
    aliases: usize,
    directives: usize,
}

impl Counts {
    fn add(&mut self, set: &Positioned<SelectionSet>) {
        for selection in &set.node.items {
            self.directives += selection.node.directives().len();
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.add(&field.node.selection_set);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

impl<'d> Measuring<'d> {
    fn of(&mut self, set: &'d Positioned<SelectionSet>) -> Result<Measure, Fault> {
        let mut whole = Measure::default();
        for selection in &set.node.items {
            let (part, level) = match &selection.node {
                Selection::Field(field) => (self.of(&field.node.selection_set)?, 1),
                Selection::InlineFragment(fragment) => (self.of(&fragment.node.selection_set)?, 0),
                Selection::FragmentSpread(spread) => (self.fragment(&spread.node.fragment_name)?, 0),
            };
            whole.selections = whole.selections.saturating_add(part.selections).saturating_add(1);
            whole.depth = whole.depth.max(part.depth.saturating_add(level));
        }
        Ok(whole)
    }

    fn fragment(&mut self, name: &'d Positioned<Name>) -> Result<Measure, Fault> {
        match self.fragments.get(&name.node) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => {
                let fault = Fault::new(
                    Code::InvalidQuery,
                    format!("片段 `{}` 引用了自身", name.node),
                    format!("fragment `{}` spreads itself", name.node),
                );
                return Err(fault.at(name.pos));
            }
            None => {}
        }
        // A fragment that does not exist is for the validator to name.
        let Some(fragment) = self.document.fragments.get(&name.node) else { return Ok(Measure::default()) };
        self.fragments.insert(&name.node, None);
        let measure = self.of(&fragment.node.selection_set)?;
        self.fragments.insert(&name.node, Some(measure));
        Ok(measure)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn refusal(text: &str) -> Option<Code> {
        let limits = Limits { aliases: 3, directives: 2, selections: 100, depth: 4, ..Limits::default() };
        bound(&parse_query(text).expect("a document"), &limits).err().map(|fault| fault.code)
    }

    #[test]
    fn aliases_and_directives_are_counted_everywhere() {
        assert_eq!(refusal("{ a: f b: f c: f }"), None);
        assert_eq!(refusal("{ a: f b: f ...X } fragment X on Q { c: f ... { d: f } }"), Some(Code::TooManyAliases));
        assert_eq!(refusal("{ f @x @y }"), None);
        assert_eq!(refusal("{ __typename @x @y @z }"), Some(Code::TooManyDirectives));
        assert_eq!(refusal("query Q($v: Int @x) @y { f @z }"), Some(Code::TooManyDirectives));
        assert_eq!(refusal("{ ...X @x ... @y { f } } fragment X on Q @z { f }"), Some(Code::TooManyDirectives));
    }

    #[test]
    fn depth_is_that_of_fields_with_fragments_expanded() {
        assert_eq!(refusal("{ a { b { c { d } } } }"), None);
        assert_eq!(refusal("{ a { b { c { ... on Q { ...X } } } } } fragment X on Q { d { e } }"), Some(Code::TooDeep));
    }

    #[test]
    fn fragments_that_double_are_summed_and_not_walked() {
        let mut text = "{ ...F0 }".to_owned();
        for step in 0..60 {
            text.push_str(&format!(" fragment F{step} on Q {{ ...F{} ...F{} }}", step + 1, step + 1));
        }
        text.push_str(" fragment F60 on Q { f }");
        assert_eq!(refusal(&text), Some(Code::TooManySelections));
    }

    #[test]
    fn fragments_in_a_circle_are_refused_even_unused() {
        assert_eq!(refusal("{ f } fragment A on Q { ...B } fragment B on Q { g { ...A } }"), Some(Code::InvalidQuery));
    }
}
