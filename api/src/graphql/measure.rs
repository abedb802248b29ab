//! Bounds a parsed document before anything walks it whole.
//!
//! A fragment that spreads the next one twice doubles the work with each step, and a kilobyte of them keeps a processor busy
//! for seconds. So each fragment is measured once, and sums are made of the measures.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use crate::config::Limits;
use crate::fault::{Code, Fault};

/// What a selection set is, once every fragment stands where it is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measure {
    selections: u64,
    depth: u64,
    /// Values that an answer about the schema may hold, were the set asked of a part of the schema.
    described: u64,
    /// The same, for what the set does ask of the schema.
    introspection: u64,
}

/// Values that answers about the schema may hold: several times what the introspection of common clients asks for. The cost of
/// other fields is for the schema to say; that of these nobody says.
const INTROSPECTION_AT_MOST: u64 = 1_000_000;

/// How many items a list of the schema's own description has, about.
fn items(field: &str) -> u64 {
    match field {
        "types" => 100,
        "fields" | "inputFields" => 16,
        "possibleTypes" | "enumValues" | "directives" => 8,
        "args" => 4,
        "interfaces" => 2,
        _ => 1,
    }
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
        if measure.introspection > INTROSPECTION_AT_MOST {
            return Err(Fault::too_expensive(measure.introspection, INTROSPECTION_AT_MOST));
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

/// Refuses a `__typename` with fields or with directives it cannot have: the validator passes it by.
fn plain_typename(field: &Positioned<Field>) -> Result<(), Fault> {
    let invalid = |zh: &str, en: &str| Err(Fault::new(Code::InvalidQuery, zh, en).at(field.pos));
    if !field.node.selection_set.node.items.is_empty() {
        return invalid("`__typename` 没有下级字段", "`__typename` has no fields");
    }
    let mut seen: Vec<&str> = Vec::new();
    for directive in &field.node.directives {
        let name = directive.node.name.node.as_str();
        let condition = match directive.node.arguments.as_slice() {
            [(argument, value)] if argument.node == "if" => Some(&value.node),
            _ => None,
        };
        let is_boolean = matches!(condition, Some(Value::Boolean(_) | Value::Variable(_)));
        if !matches!(name, "skip" | "include") || !is_boolean || seen.contains(&name) {
            return invalid(
                "`__typename` 只能各带一个 `@skip(if: Boolean!)`、`@include(if: Boolean!)`",
                "`__typename` takes `@skip(if: Boolean!)` and `@include(if: Boolean!)`, each once",
            );
        }
        seen.push(name);
    }
    Ok(())
}

impl<'d> Measuring<'d> {
    fn of(&mut self, set: &'d Positioned<SelectionSet>) -> Result<Measure, Fault> {
        let mut whole = Measure::default();
        for selection in &set.node.items {
            let (part, level) = match &selection.node {
                Selection::Field(field) => {
                    if field.node.name.node == "__typename" {
                        plain_typename(field)?;
                    }
                    (self.of(&field.node.selection_set)?, 1)
                }
                Selection::InlineFragment(fragment) => (self.of(&fragment.node.selection_set)?, 0),
                Selection::FragmentSpread(spread) => (self.fragment(&spread.node.fragment_name)?, 0),
            };
            whole.selections = whole.selections.saturating_add(part.selections).saturating_add(1);
            let (described, introspection) = match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let about_schema = matches!(name, "__schema" | "__type");
                    let described = part.described.saturating_add(1).saturating_mul(items(name));
                    (described, if about_schema { part.described } else { part.introspection })
                }
                _ => (part.described, part.introspection),
            };
            whole.described = whole.described.saturating_add(described);
            whole.introspection = whole.introspection.saturating_add(introspection);
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
    fn what_is_asked_of_the_schema_is_bounded_too() {
        let nested = |times: usize| {
            let limits = Limits { depth: 64, ..Limits::default() };
            let text = format!(
                "{{ __schema {{ types {{ {}name{} }} }} }}",
                "possibleTypes { interfaces { ".repeat(times),
                " } }".repeat(times)
            );
            bound(&parse_query(&text).expect("a document"), &limits).err().map(|fault| fault.code)
        };
        assert_eq!(nested(2), None);
        assert_eq!(nested(5), Some(Code::TooExpensive));
        assert_eq!(refusal("{ types { possibleTypes { interfaces { fields } } } }"), None);
    }

    #[test]
    fn a_typename_takes_only_what_it_may() {
        for text in ["{ __typename }", "query ($v: Boolean!) { __typename @skip(if: $v) @include(if: true) }"] {
            assert_eq!(refusal(text), None, "{text}");
        }
        for text in [
            "{ __typename { x } }",
            "{ __typename @foo }",
            "{ __typename @include }",
            "{ __typename @include(if: 3) }",
            "{ __typename @skip(if: false) @skip(if: false) }",
        ] {
            assert_eq!(refusal(text), Some(Code::InvalidQuery), "{text}");
        }
    }

    #[test]
    fn fragments_in_a_circle_are_refused_even_unused() {
        assert_eq!(refusal("{ f } fragment A on Q { ...B } fragment B on Q { g { ...A } }"), Some(Code::InvalidQuery));
    }
}
