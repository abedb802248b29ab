//! Decodes a tree of values into types, collecting every problem with its place and path.

use crate::date::{Date, PartialDate, parse_day};
use crate::problem::{Problem, ProblemCode, not_allowed};
use crate::text::Localized;
use crate::yaml::{Key, Node, Value};

/// Problems beyond this many are not collected: the reader of a message has enough to mend.
const PROBLEMS_AT_MOST: usize = 50;

enum Segment {
    Key(String),
    Index(usize),
}

/// The state of decoding one document.
pub(crate) struct Reader {
    file: String,
    path: Vec<Segment>,
    problems: Vec<Problem>,
}

/// A mapping that is being read; whatever was not asked for is an unknown key.
pub(crate) struct Fields<'n> {
    node: &'n Node,
    entries: &'n [(Key, Node)],
    asked: Vec<&'static str>,
}

impl Reader {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), path: Vec::new(), problems: Vec::new() }
    }

    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Problem>> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            None if self.problems.is_empty() => {
                // Whatever gives up has to say why; should one not, it must not pass for nothing.
                let _: Option<()> =
                    self.problem(ProblemCode::InvalidValue, 1, 1, Localized::new("无法读取", "cannot be read"));
                Err(self.problems)
            }
            _ => Err(self.problems),
        }
    }

    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Key(key) if path.is_empty() => path.push_str(key),
                Segment::Key(key) => path.push_str(&format!(".{key}")),
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    /// Records a problem at a place and goes on.
    pub(crate) fn problem<T>(
        &mut self,
        code: ProblemCode,
        line: usize,
        column: usize,
        message: Localized,
    ) -> Option<T> {
        if self.problems.len() < PROBLEMS_AT_MOST {
            let path = self.path();
            self.problems.push(Problem { code, file: self.file.clone(), line, column, path, message });
        }
        None
    }

    /// Records a problem with a value and goes on.
    pub(crate) fn wrong<T>(&mut self, node: &Node, code: ProblemCode, message: Localized) -> Option<T> {
        self.problem(code, node.line, node.column, message)
    }

    fn expected<T>(&mut self, node: &Node, zh: &str, en: &str) -> Option<T> {
        let found = describe(node);
        self.wrong(
            node,
            ProblemCode::InvalidValue,
            Localized::new(format!("应为{zh}，实际是 {}", found.zh), format!("expected {en}, found {}", found.en)),
        )
    }

    /// Records a word that is none of the allowed ones.
    pub(crate) fn unknown<T>(&mut self, node: &Node, what: &Localized, word: &str, allowed: &[&str]) -> Option<T> {
        self.wrong(node, ProblemCode::UnknownValue, not_allowed(what, word, allowed))
    }

    /// Reads below a key or an index, so that problems name the path.
    pub(crate) fn inside<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Segment::Key(key.to_owned()));
        let value = read(self);
        self.path.pop();
        value
    }

    pub(crate) fn map<'n>(&mut self, node: &'n Node) -> Option<Fields<'n>> {
        match &node.value {
            Value::Map(entries) => Some(Fields { node, entries, asked: Vec::new() }),
            Value::Plain(text) if text.contains('：') => self.wrong(
                node,
                ProblemCode::InvalidValue,
                Localized::new(
                    "应为映射（键: 值）；请把全角冒号“：”改为半角“:”并在其后加一个空格",
                    "expected a mapping; write `: ` (a colon and a space) instead of the full-width colon `：`",
                ),
            ),
            _ => self.expected(node, "映射（键: 值）", "a mapping"),
        }
    }

    /// Each item of a list; `None` if any cannot be read.
    pub(crate) fn list<T>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::List(items) = &node.value else { return self.expected(node, "列表", "a list") };
        let mut values = Vec::with_capacity(items.len());
        let mut complete = true;
        for (index, item) in items.iter().enumerate() {
            self.path.push(Segment::Index(index));
            match read(self, item) {
                Some(value) => values.push(value),
                None => complete = false,
            }
            self.path.pop();
        }
        complete.then_some(values)
    }

    pub(crate) fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Plain(text) | Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Plain(_) | Value::Text(_) => {
                self.wrong(node, ProblemCode::InvalidValue, Localized::new("不能为空", "must not be empty"))
            }
            _ => self.expected(node, "文字", "a text"),
        }
    }

    pub(crate) fn localized(&mut self, node: &Node) -> Option<Localized> {
        let mut fields = self.map(node)?;
        let zh = fields.required(self, "zh", Self::text);
        let en = fields.required(self, "en", Self::text);
        fields.finish(self)?;
        Some(Localized { zh: zh?, en: en? })
    }

    pub(crate) fn bool(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Plain(text) if text == "true" => Some(true),
            Value::Plain(text) if text == "false" => Some(false),
            _ => self.expected(node, " true 或 false", "true or false"),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn integer(&mut self, node: &Node) -> Option<i64> {
        let parsed = match &node.value {
            Value::Plain(text) => text.parse::<i64>().ok(),
            _ => None,
        };
        match parsed {
            Some(number) if number >= 0 => Some(number),
            Some(number) => self.wrong(
                node,
                ProblemCode::InvalidValue,
                Localized::new(
                    format!("{number} 是负数；应为不小于 0 的整数"),
                    format!("{number} is negative; expected a whole number of at least 0"),
                ),
            ),
            None => self.expected(node, "不小于 0 的整数", "a whole number of at least 0"),
        }
    }

    pub(crate) fn day(&mut self, node: &Node) -> Option<Date> {
        match &node.value {
            Value::Plain(text) | Value::Text(text) => parse_day(text),
            _ => None,
        }
        .or_else(|| {
            self.expected(node, "日历上存在的日期（如 2023-06-05）", "a day of the calendar such as 2023-06-05")
        })
    }

    pub(crate) fn partial_date(&mut self, node: &Node) -> Option<PartialDate> {
        match &node.value {
            Value::Plain(text) | Value::Text(text) => PartialDate::parse(text),
            _ => None,
        }
        .or_else(|| {
            self.expected(
                node,
                "日历上存在的日期、月份或年份（2015-03-01、2015-03、2015）",
                "a day, month or year of the calendar (2015-03-01, 2015-03, 2015)",
            )
        })
    }

    /// One word of a closed list.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, what: (&str, &str), words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.unknown(node, &Localized::new(what.0, what.1), &text, &allowed)
    }
}

impl<'n> Fields<'n> {
    pub(crate) fn entries(&self) -> &'n [(Key, Node)] {
        self.entries
    }

    /// The raw value under a key; `null` counts as absent.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        self.entries
            .iter()
            .find(|(entry, _)| entry.text == key)
            .map(|(_, node)| node)
            .filter(|node| node.value != Value::Null)
    }

    pub(crate) fn required<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        read: impl FnOnce(&mut Reader, &'n Node) -> Option<T>,
    ) -> Option<T> {
        match self.get(key) {
            Some(node) => reader.inside(key, |reader| read(reader, node)),
            None => reader.wrong(
                self.node,
                ProblemCode::Missing,
                Localized::new(format!("缺少 `{key}`"), format!("`{key}` is missing")),
            ),
        }
    }

    /// The value under a key if there is one. The outer option is `None` when it is there but cannot be read.
    #[expect(clippy::option_option, reason = "absent and unreadable are different answers")]
    pub(crate) fn optional<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        read: impl FnOnce(&mut Reader, &'n Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.get(key) {
            Some(node) => reader.inside(key, |reader| read(reader, node)).map(Some),
            None => Some(None),
        }
    }

    /// Records every key that nothing asked for.
    pub(crate) fn finish(self, reader: &mut Reader) -> Option<()> {
        let mut known = true;
        for (key, _) in self.entries {
            if !self.asked.contains(&key.text.as_str()) {
                known = false;
                unknown_key(reader, key, &self.asked);
            }
        }
        known.then_some(())
    }
}

/// Records a key that is not known here.
pub(crate) fn unknown_key(reader: &mut Reader, key: &Key, allowed: &[&str]) {
    let message = not_allowed(&Localized::new("键", "key"), &key.text, allowed);
    let _: Option<()> = reader.problem(ProblemCode::UnknownKey, key.line, key.column, message);
}

fn describe(node: &Node) -> Localized {
    match &node.value {
        Value::Null => Localized::new("空值", "nothing"),
        Value::Plain(text) | Value::Text(text) => {
            let mut shown: String = text.chars().take(40).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            Localized::same(format!("`{shown}`"))
        }
        Value::List(_) => Localized::new("列表", "a list"),
        Value::Map(_) => Localized::new("映射", "a mapping"),
    }
}
