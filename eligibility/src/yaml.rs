//! YAML (and so JSON) text as a tree that knows where each value stands.
//!
//! Built from parser events with an explicit stack, so that depth is bounded by a number and not by the thread's stack.
//! Anchors and aliases are refused: nothing here needs them, and they are how a small text becomes a large tree.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, ProblemCode};
use crate::text::Localized;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Line, from 1; 0 when it was not read from text.
    pub line: usize,
    /// Column in characters, from 1; 0 when it was not read from text.
    pub column: usize,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// An unquoted scalar: a number, a boolean, a word.
    Plain(String),
    /// A quoted or block scalar: always a text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text; no key twice.
    Map(Vec<(Key, Node)>),
}

/// The key of a mapping's entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// How much an input may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nesting of lists and mappings.
    pub depth: usize,
    /// Values in all.
    pub nodes: usize,
    /// Entries of one mapping.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, nodes: 1_000_000, entries: 256 }
    }
}

impl Node {
    /// A value that was not read from text.
    pub fn synthetic(value: Value) -> Self {
        Self { value, line: 0, column: 0 }
    }

    /// The entry of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(entry, _)| entry.text == key).map(|(_, node)| node),
            _ => None,
        }
    }
}

enum Open {
    List(Vec<Node>, Span),
    Map(Vec<(Key, Node)>, Option<Key>, Span),
}

/// Reads one document.
///
/// # Errors
/// The first thing that is wrong with the text: syntax, an alias, a key given twice, a limit.
pub fn parse(file: &str, text: &str, limits: Limits) -> Result<Node, Box<Problem>> {
    let problem = |code, line: usize, column: usize, message| {
        Box::new(Problem { code, file: file.to_owned(), line, column, path: String::new(), message })
    };
    let at = |code, span: Span, message| problem(code, span.start.line(), span.start.col() + 1, message);
    let mut stack: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    let mut nodes = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            let (line, column) = (marker.line(), marker.col() + 1);
            let detail = error.info();
            // The parser looks ahead and may meet its own limit before the tree meets ours.
            if detail.contains("recursion limit") {
                return problem(ProblemCode::Limit, line, column, too_deep(limits));
            }
            let message = if detail.contains("unknown anchor") {
                no_aliases()
            } else {
                Localized::new(format!("不是合法的 YAML：{detail}"), format!("not valid YAML: {detail}"))
            };
            problem(ProblemCode::Syntax, line, column, message)
        })?;
        let finished = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) if root.is_some() => {
                return Err(at(
                    ProblemCode::Syntax,
                    span,
                    Localized::new("只能有一个 YAML 文档", "only one YAML document is accepted"),
                ));
            }
            Event::DocumentStart(_) => continue,
            Event::Alias(_) => return Err(at(ProblemCode::Syntax, span, no_aliases())),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if stack.len() >= limits.depth {
                    return Err(at(ProblemCode::Limit, span, too_deep(limits)));
                }
                stack.push(match event {
                    Event::SequenceStart(..) => Open::List(Vec::new(), span),
                    _ => Open::Map(Vec::new(), None, span),
                });
                continue;
            }
            Event::Scalar(text, style, ..) => {
                let value = match style {
                    ScalarStyle::Plain if matches!(&*text, "" | "~" | "null") => Value::Null,
                    ScalarStyle::Plain => Value::Plain(text.into_owned()),
                    _ => Value::Text(text.into_owned()),
                };
                Node { value, line: span.start.line(), column: span.start.col() + 1 }
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(Open::List(items, start)) => {
                    Node { value: Value::List(items), line: start.start.line(), column: start.start.col() + 1 }
                }
                Some(Open::Map(entries, _, start)) => {
                    Node { value: Value::Map(entries), line: start.start.line(), column: start.start.col() + 1 }
                }
                None => continue,
            },
        };
        nodes += 1;
        if nodes > limits.nodes {
            return Err(at(
                ProblemCode::Limit,
                span,
                Localized::new(
                    format!("内容超过 {} 个值", limits.nodes),
                    format!("holds more than {} values", limits.nodes),
                ),
            ));
        }
        match stack.last_mut() {
            None => root = Some(finished),
            Some(Open::List(items, _)) => items.push(finished),
            Some(Open::Map(entries, pending, _)) => match pending.take() {
                Some(key) => entries.push((key, finished)),
                None => {
                    let (Value::Plain(text) | Value::Text(text)) = finished.value else {
                        return Err(at(
                            ProblemCode::Syntax,
                            span,
                            Localized::new("键必须是一个词", "a key must be a word"),
                        ));
                    };
                    if entries.iter().any(|(key, _)| key.text == text) {
                        return Err(at(
                            ProblemCode::Duplicate,
                            span,
                            Localized::new(format!("键 `{text}` 重复"), format!("key `{text}` is given twice")),
                        ));
                    }
                    if entries.len() >= limits.entries {
                        return Err(at(
                            ProblemCode::Limit,
                            span,
                            Localized::new(
                                format!("一个映射超过 {} 个键", limits.entries),
                                format!("a mapping has more than {} keys", limits.entries),
                            ),
                        ));
                    }
                    *pending = Some(Key { text, line: finished.line, column: finished.column });
                }
            },
        }
    }
    root.ok_or_else(|| problem(ProblemCode::Missing, 1, 1, Localized::new("文件是空的", "the file is empty")))
}

fn no_aliases() -> Localized {
    Localized::new("不接受 YAML 别名（*）；请写出完整的值", "aliases (`*`) are not accepted; write the value out")
}

fn too_deep(limits: Limits) -> Localized {
    Localized::new(format!("嵌套超过 {} 层", limits.depth), format!("nested more than {} levels deep", limits.depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse("f.yaml", text, Limits { depth: 8, nodes: 100, entries: 3 }).expect_err("a problem").to_string()
    }

    #[test]
    fn each_broken_text_names_its_place() {
        assert_eq!(message(""), "f.yaml:1:1: the file is empty");
        assert_eq!(message("a: 1\na: 2\n"), "f.yaml:2:1: key `a` is given twice");
        assert_eq!(message("a: &x 1\nb: *x\n"), "f.yaml:2:4: aliases (`*`) are not accepted; write the value out");
        assert_eq!(message("a: 1\n---\nb: 2\n"), "f.yaml:2:1: only one YAML document is accepted");
        assert_eq!(message(&"[".repeat(100)), "f.yaml:1:9: nested more than 8 levels deep");
        assert_eq!(message(&format!("[{}]", "1,".repeat(200))), "f.yaml:1:202: holds more than 100 values");
        assert_eq!(message("{a: 1, b: 1, c: 1, d: 1}"), "f.yaml:1:20: a mapping has more than 3 keys");
        assert_eq!(message("? [a]\n: 1\n"), "f.yaml:1:5: a key must be a word");
    }

    #[test]
    fn scalars_keep_whether_they_were_quoted() {
        let node = parse("f", "a: 1\nb: '1'\nc: null\nd: 'null'\n", Limits::default()).expect("valid");
        assert_eq!(node.get("a").map(|node| &node.value), Some(&Value::Plain("1".into())));
        assert_eq!(node.get("b").map(|node| &node.value), Some(&Value::Text("1".into())));
        assert_eq!(node.get("c").map(|node| &node.value), Some(&Value::Null));
        assert_eq!(node.get("d").map(|node| &node.value), Some(&Value::Text("null".into())));
    }
}
