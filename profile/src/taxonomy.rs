//! Research fields and the bilingual glossary: the words by which Chinese and English ask for the same thing.

use std::collections::HashMap;

use eligibility::Localized;
use eligibility::problem::{Problem, ProblemCode};
use eligibility::yaml::{Node, Value};

/// A field of the OECD's Fields of Research and Development (Frascati Manual 2015, table 2.2), of the first or second level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its code: `2`, `2.7`.
    pub code: String,
    /// What it is called.
    pub label: Localized,
}

/// The place of a concept in a [`Taxonomy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptId(pub u16);

/// Something that both languages have words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its key.
    pub key: String,
    /// Its words in Chinese, the usual one first.
    pub zh: Vec<String>,
    /// Its words in English, the usual one first.
    pub en: Vec<String>,
    /// Codes of the fields it belongs to.
    pub fields: Vec<String>,
}

/// Fields, concepts, and names of institutions that the registries lack.
#[derive(Clone, Debug, Default)]
pub struct Taxonomy {
    fields: Vec<Field>,
    concepts: Vec<Concept>,
    short_names: Vec<(String, String)>,
    chinese_names: HashMap<String, String>,
}

impl Taxonomy {
    /// Reads `fields.yaml` and `glossary.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with its place.
    pub fn load(fields: &Node, glossary: &Node) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { file: "fields.yaml", problems: Vec::new() };
        let mut read = Self::default();
        for entry in reader.list(fields, "fields") {
            let (code, zh, en) = (reader.text(entry, "code"), reader.text(entry, "zh"), reader.text(entry, "en"));
            if read.field(&code).is_some() {
                reader.wrong(entry, format!("领域代码 `{code}` 重复"), format!("field `{code}` is there twice"));
            }
            if let Some((above, _)) = code.split_once('.')
                && read.field(above).is_none()
            {
                reader.wrong(
                    entry,
                    format!("领域 `{code}` 的上级 `{above}` 不在其前"),
                    format!("field `{code}` must follow its upper field `{above}`"),
                );
            }
            read.fields.push(Field { code, label: Localized::new(zh, en) });
        }
        reader.file = "glossary.yaml";
        for entry in reader.list(glossary, "concepts") {
            let concept = Concept {
                key: reader.text(entry, "key"),
                zh: reader.texts(entry, "zh"),
                en: reader.texts(entry, "en"),
                fields: reader.texts(entry, "fields"),
            };
            if read.concepts.iter().any(|known| known.key == concept.key) {
                let key = &concept.key;
                reader.wrong(entry, format!("概念 `{key}` 重复"), format!("concept `{key}` is there twice"));
            }
            for code in concept.fields.iter().filter(|code| read.field(code).is_none()) {
                reader.wrong(entry, format!("没有领域 `{code}`"), format!("there is no field `{code}`"));
            }
            read.concepts.push(concept);
        }
        for entry in reader.list(glossary, "short_names") {
            read.short_names.push((reader.text(entry, "short"), reader.text(entry, "full")));
        }
        for entry in reader.list(glossary, "chinese_names") {
            read.chinese_names.insert(reader.text(entry, "ror"), reader.text(entry, "zh"));
        }
        if read.fields.len() > 64 || u16::try_from(read.concepts.len()).is_err() {
            reader.wrong(fields, "领域或概念过多".to_owned(), "too many fields (64) or concepts (65535)".to_owned());
        }
        if reader.problems.is_empty() { Ok(read) } else { Err(reader.problems) }
    }

    /// The fields, each after the one above it; at most 64.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of a code.
    pub fn field(&self, code: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.code == code)
    }

    /// The concepts.
    pub fn concepts(&self) -> impl Iterator<Item = (ConceptId, &Concept)> {
        self.concepts
            .iter()
            .enumerate()
            .filter_map(|(place, concept)| Some((ConceptId(place.try_into().ok()?), concept)))
    }

    /// A concept.
    pub fn concept(&self, id: ConceptId) -> Option<&Concept> {
        self.concepts.get(usize::from(id.0))
    }

    /// Short names that people use for institutions, and the full name each stands for.
    pub fn short_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.short_names.iter().map(|(short, full)| (short.as_str(), full.as_str()))
    }

    /// The established Chinese name of an institution that has none in the registry, by its ROR id (`042nb2s44`).
    pub fn chinese_name(&self, ror: &str) -> Option<&str> {
        self.chinese_names.get(ror).map(String::as_str)
    }
}

/// Reads entries and keeps what is wrong with them.
struct Reader {
    file: &'static str,
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, node: &Node, zh: String, en: String) {
        self.problems.push(Problem {
            code: ProblemCode::InvalidValue,
            file: self.file.to_owned(),
            line: node.line,
            column: node.column,
            path: String::new(),
            message: Localized::new(zh, en),
        });
    }

    fn list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        match node.get(key).map(|node| &node.value) {
            Some(Value::List(items)) => items,
            _ => {
                self.wrong(node, format!("`{key}` 应为列表"), format!("`{key}` must be a list"));
                &[]
            }
        }
    }

    fn text(&mut self, node: &Node, key: &str) -> String {
        match node.get(key).map(|node| &node.value) {
            Some(Value::Text(text) | Value::Plain(text)) => text.clone(),
            _ => {
                self.wrong(node, format!("`{key}` 应为文字"), format!("`{key}` must be a text"));
                String::new()
            }
        }
    }

    fn texts(&mut self, node: &Node, key: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for item in self.list(node, key) {
            match &item.value {
                Value::Text(text) | Value::Plain(text) => texts.push(text.clone()),
                _ => self.wrong(item, format!("`{key}` 应为文字列表"), format!("`{key}` must hold texts")),
            }
        }
        texts
    }
}
