//! Puts `null` where a field failed, as the specification has it.
//!
//! async-graphql leaves a field that failed out of its object, and an object of which every field failed out of its own;
//! clients then miss a key that they asked for, and a field that can never be null is not there all the same.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, PathSegment, ServerError, Value};

/// The types of all fields.
#[derive(Debug, Default)]
pub(crate) struct FieldTypes(HashMap<Name, HashMap<Name, Type>>);

impl FieldTypes {
    /// From the text of a schema.
    pub(crate) fn new(sdl: &str) -> Self {
        let mut types = HashMap::new();
        let definitions = parse_schema(sdl).map(|document| document.definitions).unwrap_or_default();
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| (field.node.name.node, field.node.ty.node)).collect();
            types.insert(definition.node.name.node, fields);
        }
        Self(types)
    }

    fn of(&self, parent: &Name, field: &Name) -> Option<&Type> {
        self.0.get(parent)?.get(field)
    }
}

/// Completes the data of an operation whose fields failed where the errors say.
pub(crate) fn complete(
    data: &mut Value,
    errors: &[ServerError],
    types: &FieldTypes,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) {
    let root = Name::new(match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    });
    let root = Level { document, types, sets: vec![(root, &operation.selection_set.node)] };
    for error in errors.iter().filter(|error| !error.path.is_empty()) {
        root.restore(data, &error.path);
    }
    for error in errors {
        if root.bubble(data, &error.path).is_err() {
            *data = Value::Null;
        }
    }
}

/// A null where none may be.
struct NotNullable;

/// What is selected of an object: parent types and selections, fragments still in place.
struct Level<'d> {
    document: &'d ExecutableDocument,
    types: &'d FieldTypes,
    sets: Vec<(Name, &'d SelectionSet)>,
}

impl<'d> Level<'d> {
    /// The fields in the order of the document, each with its parent type.
    fn fields(&self) -> Vec<(Name, &'d Field)> {
        let mut fields = Vec::new();
        for (parent, set) in &self.sets {
            self.collect(parent, set, &mut fields);
        }
        fields
    }

    fn collect(&self, parent: &Name, set: &'d SelectionSet, fields: &mut Vec<(Name, &'d Field)>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => fields.push((parent.clone(), &field.node)),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |condition| &condition.node.on.node);
                    self.collect(on, &fragment.node.selection_set.node, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.collect(on, &fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }

    /// The type of a field, and what is selected of it. Fields of one response key agree on what may be null, whatever type
    /// they are of, so any of them tells.
    fn below(&self, key: &str) -> Option<(&'d Type, Level<'d>)> {
        let mut of = None;
        let mut sets = Vec::new();
        for (parent, field) in self.fields() {
            if field.response_key().node.as_str() != key {
                continue;
            }
            let Some(found) = self.types.of(&parent, &field.name.node) else { continue };
            of = of.or(Some(found));
            sets.push((named(found).clone(), &field.selection_set.node));
        }
        Some((of?, Level { document: self.document, types: self.types, sets }))
    }

    /// Puts null at a path, and the objects above it where they were left out.
    fn restore(&self, value: &mut Value, path: &[PathSegment]) {
        let (Some(PathSegment::Field(key)), rest) = (path.first(), path.get(1..).unwrap_or_default()) else { return };
        if *value == Value::Null {
            *value = Value::Object(IndexMap::new());
        }
        let Value::Object(object) = value else { return };
        if !object.contains_key(key.as_str()) {
            let fields = self.fields();
            let before = fields.iter().map(|(_, field)| field.response_key().node.as_str());
            let before: Vec<&str> = before.take_while(|known| known != key).collect();
            let place = object.keys().position(|known| !before.contains(&known.as_str())).unwrap_or(object.len());
            object.shift_insert(place, Name::new(key), Value::Null);
        }
        let Some((_, below)) = self.below(key) else { return };
        let Some(mut inner) = object.get_mut(key.as_str()) else { return };
        let mut rest = rest;
        while let (Some(PathSegment::Index(index)), after) = (rest.first(), rest.get(1..).unwrap_or_default()) {
            let Value::List(items) = inner else { return };
            let Some(item) = items.get_mut(*index) else { return };
            (inner, rest) = (item, after);
        }
        below.restore(inner, rest);
    }

    /// Takes a null at a path up to where one may be.
    fn bubble(&self, value: &mut Value, path: &[PathSegment]) -> Result<(), NotNullable> {
        let (Some(PathSegment::Field(key)), rest) = (path.first(), path.get(1..).unwrap_or_default()) else {
            return Ok(());
        };
        let Value::Object(object) = value else { return Ok(()) };
        let Some((of, below)) = self.below(key) else { return Ok(()) };
        let Some(inner) = object.get_mut(key.as_str()) else { return Ok(()) };
        below.settle(inner, of, rest)
    }

    /// As [`Self::bubble`], for a value of a type; the path is the one below it.
    fn settle(&self, value: &mut Value, of: &Type, path: &[PathSegment]) -> Result<(), NotNullable> {
        let settled = match (path.first(), path.get(1..).unwrap_or_default(), &of.base, &mut *value) {
            (Some(PathSegment::Index(index)), rest, BaseType::List(item_type), Value::List(items)) => {
                items.get_mut(*index).map_or(Ok(()), |item| self.settle(item, item_type, rest))
            }
            (Some(PathSegment::Field(_)), _, BaseType::Named(_), value) => self.bubble(value, path),
            _ => Ok(()),
        };
        if settled.is_err() {
            *value = Value::Null;
        }
        if *value == Value::Null && !of.nullable { Err(NotNullable) } else { Ok(()) }
    }
}

fn named(of: &Type) -> &Name {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    const SDL: &str = "type Query { a: A b: A! list: [A!] loose: [A] text: String node: Node }
        type A implements Node { id: ID! name: String! maybe: String a: A }
        interface Node { id: ID! }";

    fn completed(query: &str, mut data: Value, paths: &[&[&str]]) -> Value {
        let document = parse_query(query).expect("a query");
        let segment = |text: &&str| match text.parse() {
            Ok(index) => PathSegment::Index(index),
            Err(_) => PathSegment::Field((*text).to_owned()),
        };
        let errors: Vec<ServerError> =
            paths.iter().map(|path| ServerError::new("", None).with_path(path.iter().map(segment).collect())).collect();
        let (_, operation) = document.operations.iter().next().expect("an operation");
        complete(&mut data, &errors, &FieldTypes::new(SDL), &document, &operation.node);
        data
    }

    #[test]
    fn a_field_that_failed_is_null_at_its_place() {
        let query = "{ text x: a { maybe } list { maybe } }";
        let data = value!({ "text": "t", "list": [] });
        let expected = value!({ "text": "t", "x": null, "list": [] });
        let found = completed(query, data, &[&["x"]]);
        assert_eq!(found.to_string(), expected.to_string());
        assert_eq!(completed("{ a { id } }", Value::Null, &[&["a"]]), value!({ "a": null }));
        assert_eq!(
            completed("{ a { maybe } }", value!({ "a": null }), &[&["a", "maybe"]]),
            value!({ "a": { "maybe": null } })
        );
    }

    #[test]
    fn a_null_goes_up_to_where_one_may_be() {
        let data = || value!({ "a": { "maybe": "m" }, "text": "t" });
        assert_eq!(
            completed("{ a { maybe name } text }", data(), &[&["a", "name"]]),
            value!({ "a": null, "text": "t" })
        );
        assert_eq!(completed("{ b { maybe name } text }", value!({ "text": "t" }), &[&["b", "name"]]), Value::Null);
        let listed = value!({ "list": [{ "id": "1" }, { "id": "2", "name": "n" }], "loose": [{ "id": "1" }] });
        let query = "{ list { id name } loose { id name } }";
        let paths: [&[&str]; 2] = [&["list", "0", "name"], &["loose", "0", "name"]];
        assert_eq!(completed(query, listed, &paths), value!({ "list": null, "loose": [null] }));
    }

    #[test]
    fn fragments_are_looked_through() {
        let query = "{ node { ... on A { maybe ...F } } } fragment F on A { inner: a { name } }";
        let data = value!({ "node": { "maybe": "m", "inner": {} } });
        let expected = value!({ "node": { "maybe": "m", "inner": null } });
        assert_eq!(completed(query, data, &[&["node", "inner", "name"]]), expected);
    }
}
