//! Reads a folder of calls: what stands in its files becomes a [`Library`], or a list of everything that is wrong with it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::date::Date;
use crate::guide::{
    BINDS, Basis, Bound, CommonRules, Confidence, Contact, Decision, Designation, Designations, Direction, Guide,
    Library, MODALITIES, Named, Origin, Part, Period, Quota, Quote, Requirement, STAGES, Section, SourceFile, Template,
    Topic, TopicLevel, TopicList, Topics, Totals, Window,
};
use crate::place::Places;
use crate::predicate::Words;
use crate::problem::{Problem, ProblemCode};
use crate::reader::{Fields, Reader};
use crate::text::Localized;
use crate::vocabulary::{FactType, Scope, Vocabulary};
use crate::yaml::{self, Limits, Node, Value};

/// Hexadecimal digits of the version of a call.
const VERSION_DIGITS: usize = 12;

impl Library {
    /// Reads a folder of calls. Folders that hold a `guide.yaml` are calls; of two files with one path the later replaces the
    /// earlier, so that a caller can put its own after the built-in ones.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn load(files: &[SourceFile]) -> Result<Self, Vec<Problem>> {
        Self::load_with(files, |file| yaml::parse(&file.path, &file.text, Limits::default()))
    }

    /// As [`Library::load`], for a caller that has the trees of some files already.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn load_with(
        files: &[SourceFile],
        parse: impl Fn(&SourceFile) -> Result<Node, Box<Problem>>,
    ) -> Result<Self, Vec<Problem>> {
        let mut library =
            Self { vocabulary: Vocabulary::default(), places: Places::default(), guides: Vec::new(), core: None };
        let digests = RefCell::new(BTreeMap::new());
        let parsed = |path: &str| -> Result<Option<Node>, Vec<Problem>> {
            let Some(file) = files.iter().rev().find(|file| file.path == path) else { return Ok(None) };
            let node = parse(file).map_err(|problem| vec![*problem])?;
            let mut digest = Sha256::new();
            feed(&mut digest, &node);
            digests.borrow_mut().insert(path.to_owned(), digest.finalize());
            Ok(Some(node))
        };
        if let Some(node) = parsed("facts.yaml")? {
            library.vocabulary.read("facts.yaml", &node)?;
        }
        library.core = library.vocabulary.core();
        if let Some(node) = parsed("places/countries.yaml")? {
            library.places.read_countries("places/countries.yaml", &node)?;
        }
        if let Some(node) = parsed("places/groups.yaml")? {
            library.places.read_groups("places/groups.yaml", &node)?;
        }
        let mut folders: Vec<&str> = files.iter().filter_map(|file| file.path.strip_suffix("/guide.yaml")).collect();
        folders.sort_unstable();
        folders.dedup();
        for folder in &folders {
            if let Some(node) = parsed(&format!("{folder}/facts.yaml"))? {
                library.vocabulary.read(&format!("{folder}/facts.yaml"), &node)?;
            }
            if let Some(node) = parsed(&format!("{folder}/groups.yaml"))? {
                library.places.read_groups(&format!("{folder}/groups.yaml"), &node)?;
            }
        }
        if library.core.is_none() {
            let message = Localized::new(
                "facts.yaml 必须定义 member.side、member.lead、member.country、member.subdivision",
                "facts.yaml must define member.side, member.lead, member.country and member.subdivision",
            );
            return Err(vec![guide_problem("facts.yaml", 1, 1, message)]);
        }
        for folder in &folders {
            let mut guide = GuideLoader { library: &library, folder, parsed: &parsed, files }.load()?;
            let mut digest = Sha256::new();
            for (path, of_file) in digests.borrow().iter() {
                let is_of_another = path.rsplit_once('/').is_some_and(|(of, _)| of != *folder && folders.contains(&of));
                if !is_of_another {
                    feed_text(&mut digest, path);
                    digest.update(of_file);
                }
            }
            feed_text(&mut digest, &guide.source);
            let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            guide.version = digits.chars().take(VERSION_DIGITS).collect();
            library.guides.push(Arc::new(guide));
        }
        Ok(library)
    }
}

/// What a tree says, wherever in its file each value stands.
fn feed(digest: &mut Sha256, node: &Node) {
    match &node.value {
        Value::Null => digest.update([0]),
        Value::Plain(text) => {
            digest.update([1]);
            feed_text(digest, text);
        }
        Value::Text(text) => {
            digest.update([2]);
            feed_text(digest, text);
        }
        Value::List(items) => {
            digest.update([3]);
            digest.update(items.len().to_be_bytes());
            items.iter().for_each(|item| feed(digest, item));
        }
        Value::Map(entries) => {
            digest.update([4]);
            digest.update(entries.len().to_be_bytes());
            for (key, value) in entries {
                feed_text(digest, &key.text);
                feed(digest, value);
            }
        }
    }
}

/// A text after its length, so that nothing can move from one into the next.
fn feed_text(digest: &mut Sha256, text: &str) {
    digest.update(text.len().to_be_bytes());
    digest.update(text);
}

fn guide_problem(file: &str, line: usize, column: usize, message: Localized) -> Problem {
    Problem { code: ProblemCode::Guide, file: file.to_owned(), line, column, path: String::new(), message }
}

type Parsed<'a> = &'a dyn Fn(&str) -> Result<Option<Node>, Vec<Problem>>;

struct GuideLoader<'a> {
    library: &'a Library,
    folder: &'a str,
    parsed: Parsed<'a>,
    files: &'a [SourceFile],
}

struct Head {
    id: String,
    title: Localized,
    programme: Localized,
    authority: Localized,
    source: String,
    notice: Option<String>,
    window: Option<Window>,
    as_of: Date,
    files: Vec<String>,
}

/// A requirement, and the directions that it binds beside its own file's.
type BoundElsewhere = (Arc<Requirement>, Vec<String>);

enum Body {
    Part(Part),
    Direction(Box<Direction>),
}

struct SectionFile {
    section: Section,
    body: Body,
    requirements: Vec<BoundElsewhere>,
}

impl GuideLoader<'_> {
    fn load(&self) -> Result<Guide, Vec<Problem>> {
        let head_path = format!("{}/guide.yaml", self.folder);
        let Some(node) = (self.parsed)(&head_path)? else { return Err(Vec::new()) };
        let mut reader = Reader::new(&head_path);
        let head = read_head(&mut reader, &node);
        let head = reader.finish(head)?;
        let folder = self.folder.rsplit('/').next().unwrap_or_default();
        if head.id != folder {
            let message = Localized::new(
                format!("`guide: {}` 与文件夹名 `{folder}` 不一致；指南的键就是其文件夹名", head.id),
                format!("`guide: {}` must be the name of its folder, `{folder}`", head.id),
            );
            return Err(vec![guide_problem(&head_path, 1, 1, message)]);
        }
        let missing = |name: &str| {
            let message = Localized::new(
                format!("文件夹 `{}` 中没有 `{name}`", self.folder),
                format!("folder `{}` has no `{name}`", self.folder),
            );
            vec![guide_problem(&head_path, 1, 1, message)]
        };
        let source_path = format!("{}/{}", self.folder, head.source);
        let source = self.files.iter().rev().find(|file| file.path == source_path);
        let source = source.ok_or_else(|| missing(&head.source))?;
        let mut problems = Vec::new();
        let mut read_files = Vec::new();
        for name in &head.files {
            let path = format!("{}/{name}", self.folder);
            let read = (self.parsed)(&path).and_then(|node| match node {
                Some(node) => {
                    let mut reader = Reader::new(&path);
                    let file = self.section_file(&mut reader, &path, &node);
                    reader.finish(file)
                }
                None => Err(missing(name)),
            });
            match read {
                Ok(file) => read_files.push(file),
                Err(found) => problems.extend(found),
            }
        }
        let directions: Vec<&str> = read_files
            .iter()
            .filter_map(|file| match &file.body {
                Body::Direction(direction) => Some(direction.id.as_str()),
                Body::Part(_) => None,
            })
            .collect();
        let common_rules =
            self.whole_file("common-rules.yaml", |reader, node| self.common_rules(reader, node, &directions));
        let designations = self.whole_file("designations.yaml", |reader, node| self.designations(reader, node));
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut guide = Guide {
            id: head.id,
            version: String::new(),
            title: head.title,
            programme: head.programme,
            authority: head.authority,
            notice: head.notice,
            window: head.window,
            as_of: head.as_of,
            source: source.text.as_str().into(),
            parts: Vec::new(),
            directions: Vec::new(),
            designations: designations?,
            common_rules: common_rules?,
            sections: Vec::new(),
        };
        assemble(&mut guide, read_files)?;
        Ok(guide)
    }

    fn whole_file<T>(
        &self,
        name: &str,
        read: impl FnOnce(&mut Reader, &Node) -> Option<T>,
    ) -> Result<Option<T>, Vec<Problem>> {
        let path = format!("{}/{name}", self.folder);
        let Some(node) = (self.parsed)(&path)? else { return Ok(None) };
        let mut reader = Reader::new(&path);
        let value = read(&mut reader, &node);
        reader.finish(value).map(Some)
    }

    fn words(&self) -> Words<'_> {
        Words { vocabulary: &self.library.vocabulary, places: &self.library.places }
    }

    fn section_file(&self, reader: &mut Reader, path: &str, node: &Node) -> Option<SectionFile> {
        let mut fields = reader.map(node)?;
        let begins = fields.required(reader, "begins", quote);
        let is_part = node.get("part").is_some();
        let body = if is_part {
            read_part(reader, &mut fields).map(Body::Part)
        } else {
            let direction = read_direction(reader, &mut fields, path, node.line);
            direction.map(|direction| Body::Direction(Box::new(direction)))
        };
        let prefix = match &body {
            Some(Body::Part(part)) => part.id.clone(),
            Some(Body::Direction(direction)) => direction.prefix.clone(),
            None => String::new(),
        };
        let mut quotes = Vec::new();
        let requirements = fields.required(reader, "requirements", |reader, node| {
            reader.list(node, |reader, node| {
                let mut fields = reader.map(node)?;
                let quoted = fields.required(reader, "quote", quote);
                let elsewhere = if is_part { "directions" } else { "also_in" };
                let binds = fields.optional(reader, elsewhere, |reader, node| reader.list(node, Reader::text));
                let text = quoted.as_ref().map(|quote: &Quote| quote.text.clone()).unwrap_or_default();
                let requirement = self.requirement(reader, node, &mut fields, text);
                fields.finish(reader)?;
                quotes.push(quoted?);
                let requirement = requirement?;
                if !prefix.is_empty() && !clause_of_prefix(&requirement.clause, &prefix) {
                    let message = Localized::new(
                        format!("条款编号 `{}` 不属于本文件（应以 `{prefix}` 开头）", requirement.clause),
                        format!("clause `{}` is not of this file (expected `{prefix}…`)", requirement.clause),
                    );
                    return reader.wrong(node, ProblemCode::Guide, message);
                }
                Some((Arc::new(requirement), binds?.unwrap_or_default()))
            })
        });
        let covered = fields.required(reader, "covered", |reader, whole| {
            reader.list(whole, |reader, covered| {
                let mut fields = reader.map(covered)?;
                let quoted = fields.required(reader, "quote", quote);
                let by = fields.optional(reader, "by", |reader, by| {
                    let key = reader.text(by)?;
                    if node.get(&key).is_some() {
                        return Some(());
                    }
                    let message = Localized::new(
                        format!("本文件没有 `{key}`"),
                        format!("this file has no `{key}` that could state this text"),
                    );
                    reader.wrong(by, ProblemCode::Guide, message)
                });
                let none = fields.optional(reader, "none", Reader::localized);
                fields.finish(reader)?;
                if by?.is_some() == none?.is_some() {
                    let message = Localized::new("需要 `by` 或 `none` 之一", "needs exactly one of `by` and `none`");
                    return reader.wrong(covered, ProblemCode::Missing, message);
                }
                quoted
            })
        });
        fields.finish(reader)?;
        quotes.extend(covered?);
        let section = Section { file: path.to_owned(), begins: begins?, quotes, part: None };
        Some(SectionFile { section, body: body?, requirements: requirements? })
    }

    fn requirement(
        &self,
        reader: &mut Reader,
        node: &Node,
        fields: &mut Fields<'_>,
        quote: String,
    ) -> Option<Requirement> {
        let id = fields.required(reader, "id", |reader, node| {
            let id = reader.text(node)?;
            match id.split_once('#') {
                Some((clause, name)) if !clause.is_empty() && !name.is_empty() => Some((id.clone(), clause.to_owned())),
                _ => {
                    let message = Localized::new(
                        format!("编号 `{id}` 应为“条款#名称”，如 `1.6(7)#registered-3y`"),
                        format!("id `{id}` must be clause, `#`, name, such as `1.6(7)#registered-3y`"),
                    );
                    reader.wrong(node, ProblemCode::InvalidValue, message)
                }
            }
        });
        let statement = fields.required(reader, "statement", Reader::localized);
        let modality = fields
            .required(reader, "modality", |reader, node| reader.word(node, ("约束程度", "modality"), &MODALITIES));
        let stage = fields.required(reader, "stage", |reader, node| reader.word(node, ("环节", "stage"), &STAGES));
        let binds =
            fields.required(reader, "binds", |reader, node| reader.word(node, ("约束对象", "who is bound"), &BINDS));
        let words = self.words();
        let when = fields.optional(reader, "when", |reader, node| words.predicate(reader, node));
        let check = fields.optional(reader, "check", |reader, node| words.predicate(reader, node));
        let declaration = fields.optional(reader, "declaration", |reader, node| words.predicate(reader, node));
        let review = fields.optional(reader, "review", Reader::bool);
        let note = fields.optional(reader, "note", Reader::localized);
        let decision = match (check?, declaration?, review?) {
            (Some(predicate), None, None) => Decision::Check(predicate),
            (None, Some(predicate), None) => Decision::Declaration(predicate),
            (None, None, Some(true)) => Decision::Review,
            _ => {
                let message = Localized::new(
                    "需要且只需要 `check`、`declaration`、`review: true` 之一",
                    "needs exactly one of `check`, `declaration` and `review: true`",
                );
                return reader.wrong(node, ProblemCode::Guide, message);
            }
        };
        let (id, clause) = id?;
        Some(Requirement {
            id,
            clause,
            quote,
            statement: statement?,
            modality: modality?,
            stage: stage?,
            binds: binds?,
            when: when?,
            decision,
            note: note?,
            origin: None,
        })
    }

    fn common_rules(&self, reader: &mut Reader, node: &Node, known: &[&str]) -> Option<CommonRules> {
        let mut fields = reader.map(node)?;
        fields.required(reader, "common_rules", Reader::text);
        let title = fields.required(reader, "title", Reader::localized);
        let note = fields.required(reader, "note", Reader::localized);
        let in_force = fields.required(reader, "in_force", |reader, node| {
            let mut fields = reader.map(node)?;
            let from = fields.optional(reader, "from", Reader::day);
            let until = fields.optional(reader, "until", Reader::day);
            fields.finish(reader)?;
            Some((from?, until?))
        });
        let rules = fields.required(reader, "rules", |reader, node| {
            reader.list(node, |reader, node| {
                let mut fields = reader.map(node)?;
                let source = fields.required(reader, "source", |reader, node| {
                    let mut fields = reader.map(node)?;
                    let title = fields.required(reader, "title", Reader::localized);
                    let url = fields.optional(reader, "url", Reader::text);
                    fields.finish(reader)?;
                    Some((title?, url?))
                });
                let confidence = fields.required(reader, "confidence", confidence);
                let directions = fields.optional(reader, "directions", |reader, node| {
                    reader.list(node, |reader, node| {
                        let key = reader.text(node)?;
                        if known.contains(&key.as_str()) {
                            return Some(key);
                        }
                        let what = Localized::new("指南方向", "direction");
                        let message = crate::problem::not_allowed(&what, &key, known);
                        reader.wrong(node, ProblemCode::Guide, message)
                    })
                });
                let rule = self.requirement(reader, node, &mut fields, String::new());
                fields.finish(reader)?;
                let (title, url) = source?;
                let directions = directions?.unwrap_or_default();
                let origin = Some(Origin { title, url, confidence: confidence?, directions });
                Some(Arc::new(Requirement { origin, ..rule? }))
            })
        });
        fields.finish(reader)?;
        let (from, until) = in_force?;
        Some(CommonRules { title: title?, note: note?, from, until, rules: rules? })
    }

    fn designations(&self, reader: &mut Reader, node: &Node) -> Option<Designations> {
        let statuses: Vec<&str> = self
            .library
            .vocabulary
            .facts(Scope::Member)
            .iter()
            .filter_map(|fact| match &fact.fact_type {
                FactType::Choice(choices) => Some(choices.iter().map(|choice| choice.value.as_str())),
                _ => None,
            })
            .flatten()
            .collect();
        let mut fields = reader.map(node)?;
        let direction = fields.required(reader, "direction", Reader::text);
        let note = fields.required(reader, "note", Reader::localized);
        let organisations = fields.required(reader, "designations", |reader, node| {
            reader.list(node, |reader, node| {
                let mut fields = reader.map(node)?;
                let key = fields.required(reader, "key", Reader::text);
                let name = fields.required(reader, "name", Reader::localized);
                let acronym = fields.optional(reader, "acronym", Reader::text);
                let status = fields.required(reader, "status", |reader, node| {
                    let text = reader.text(node)?;
                    if statuses.contains(&text.as_str()) {
                        return Some(text);
                    }
                    reader.unknown(node, &Localized::new("身份", "status"), &text, &statuses)
                });
                let ror = fields.optional(reader, "ror", Reader::text);
                let from = fields.optional(reader, "from", Reader::day);
                let until = fields.optional(reader, "until", Reader::day);
                let source = fields.required(reader, "source", Reader::text);
                let confidence = fields.required(reader, "confidence", confidence);
                fields.finish(reader)?;
                Some(Designation {
                    key: key?,
                    name: name?,
                    acronym: acronym?,
                    status: status?,
                    ror: ror?,
                    from: from?,
                    until: until?,
                    source: source?,
                    confidence: confidence?,
                })
            })
        });
        fields.finish(reader)?;
        Some(Designations { direction: direction?, note: note?, organisations: organisations? })
    }
}

/// Puts the files of a call together: every requirement into each direction that it binds.
fn assemble(guide: &mut Guide, files: Vec<SectionFile>) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut elsewhere: Vec<(Arc<Requirement>, String, Quote, String)> = Vec::new();
    let mut ids = HashSet::new();
    let mut part = None;
    let mut directions: Vec<Direction> = Vec::new();
    for file in files {
        for ((requirement, also), quote) in file.requirements.iter().zip(&file.section.quotes) {
            if !ids.insert(requirement.id.clone()) {
                let message = Localized::new(
                    format!("编号 `{}` 重复", requirement.id),
                    format!("id `{}` is used twice in this call", requirement.id),
                );
                problems.push(guide_problem(&file.section.file, quote.line, quote.column, message));
            }
            let binds = also.iter().map(|direction| {
                (Arc::clone(requirement), direction.clone(), quote.clone(), file.section.file.clone())
            });
            elsewhere.extend(binds);
        }
        match file.body {
            Body::Part(of) => {
                part = Some(guide.parts.len());
                guide.parts.push(of);
            }
            Body::Direction(mut direction) => {
                direction.requirements = file.requirements.into_iter().map(|(requirement, _)| requirement).collect();
                if let Some(part) = part.and_then(|part| guide.parts.get_mut(part)) {
                    part.directions.push(direction.id.clone());
                }
                if directions.iter().any(|other| other.id == direction.id || other.prefix == direction.prefix) {
                    let message = Localized::new(
                        format!("指南方向 `{}` 重复", direction.id),
                        format!("direction `{}` or its prefix is used twice", direction.id),
                    );
                    problems.push(guide_problem(&direction.file, direction.line, 1, message));
                }
                directions.push(*direction);
            }
        }
        guide.sections.push(Section { part, ..file.section });
    }
    let known: Vec<String> = directions.iter().map(|direction| direction.id.clone()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for (requirement, name, quote, file) in elsewhere {
        match directions.iter_mut().find(|direction| direction.id == name) {
            Some(direction) => direction.requirements.push(requirement),
            None => {
                let what = Localized::new("指南方向", "direction");
                let message = crate::problem::not_allowed(&what, &name, &known);
                problems.push(guide_problem(&file, quote.line, quote.column, message));
            }
        }
    }
    guide.directions = directions.into_iter().map(Arc::new).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// `1.6` and `1.6(7)` are clauses of prefix `1.6`; `1.60` is not.
fn clause_of_prefix(clause: &str, prefix: &str) -> bool {
    clause.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

fn quote(reader: &mut Reader, node: &Node) -> Option<Quote> {
    reader.text(node).map(|text| Quote { text, line: node.line, column: node.column })
}

fn confidence(reader: &mut Reader, node: &Node) -> Option<Confidence> {
    const CONFIDENCES: [(&str, Confidence); 4] = [
        ("high", Confidence::High),
        ("medium_high", Confidence::MediumHigh),
        ("medium", Confidence::Medium),
        ("low", Confidence::Low),
    ];
    reader.word(node, ("可信度", "confidence"), &CONFIDENCES)
}

fn read_head(reader: &mut Reader, node: &Node) -> Option<Head> {
    let mut fields = reader.map(node)?;
    let id = fields.required(reader, "guide", Reader::text);
    let title = fields.required(reader, "title", Reader::localized);
    let programme = fields.required(reader, "programme", Reader::localized);
    let authority = fields.required(reader, "authority", Reader::localized);
    let source = fields.required(reader, "source", |reader, node| {
        let mut fields = reader.map(node)?;
        let file = fields.required(reader, "file", Reader::text);
        let notice = fields.optional(reader, "notice", Reader::text);
        fields.optional(reader, "language", |reader, node| {
            reader.word(node, ("语言", "language"), &[("zh", ()), ("en", ())])
        });
        fields.finish(reader)?;
        Some((file?, notice?))
    });
    let window = fields.optional(reader, "window", |reader, node| {
        let mut fields = reader.map(node)?;
        let opens = fields.required(reader, "opens", Reader::text);
        let closes = fields.required(reader, "closes", Reader::text);
        let note = fields.required(reader, "note", Reader::localized);
        fields.finish(reader)?;
        Some(Window { opens: opens?, closes: closes?, note: note? })
    });
    let as_of = fields.required(reader, "as_of", Reader::day);
    let files = fields.required(reader, "files", |reader, node| reader.list(node, Reader::text));
    fields.finish(reader)?;
    let (source, notice) = source?;
    Some(Head {
        id: id?,
        title: title?,
        programme: programme?,
        authority: authority?,
        source,
        notice,
        window: window?,
        as_of: as_of?,
        files: files?,
    })
}

fn read_part(reader: &mut Reader, fields: &mut Fields<'_>) -> Option<Part> {
    let id = fields.required(reader, "part", Reader::text);
    let totals = fields.required(reader, "totals", |reader, node| {
        let mut fields = reader.map(node)?;
        let directions = fields.required(reader, "directions", Reader::integer);
        let projects = fields.required(reader, "projects", Reader::integer);
        let budget_cny = fields.required(reader, "budget_cny", Reader::integer);
        let partners = fields.optional(reader, "partners", Reader::integer);
        fields.finish(reader)?;
        Some(Totals { directions: directions?, projects: projects?, budget_cny: budget_cny?, partners: partners? })
    });
    Some(Part { id: id?, totals: totals?, directions: Vec::new() })
}

fn named_list(reader: &mut Reader, node: &Node) -> Option<Vec<Named>> {
    reader.list(node, |reader, node| {
        let mut fields = reader.map(node)?;
        let key = fields.required(reader, "key", Reader::text);
        let name = fields.required(reader, "name", Reader::localized);
        fields.finish(reader)?;
        Some(Named { key: key?, name: name? })
    })
}

fn read_quota(reader: &mut Reader, node: &Node) -> Option<Quota> {
    const BOUNDS: [(&str, Bound); 3] = [("exact", Bound::Exact), ("about", Bound::About), ("at_most", Bound::AtMost)];
    let mut fields = reader.map(node)?;
    let projects = fields.required(reader, "projects", Reader::integer);
    let bound = fields.required(reader, "bound", |reader, node| reader.word(node, ("数量限定", "bound"), &BOUNDS));
    let per_country = fields.optional(reader, "per_country", Reader::integer);
    fields.finish(reader)?;
    Some(Quota { projects: projects?, bound: bound?, per_country: per_country? })
}

fn read_topics(reader: &mut Reader, node: &Node) -> Option<Topics> {
    const LISTS: [(&str, TopicList); 3] =
        [("closed", TopicList::Closed), ("open", TopicList::Open), ("any", TopicList::Any)];
    const LEVELS: [(&str, TopicLevel); 2] = [("topic", TopicLevel::Topic), ("subtopic", TopicLevel::Subtopic)];
    let mut fields = reader.map(node)?;
    let list = fields.required(reader, "list", |reader, node| reader.word(node, ("领域清单", "list"), &LISTS));
    let level = fields.optional(reader, "level", |reader, node| reader.word(node, ("清单层级", "level"), &LEVELS));
    let items = fields.required(reader, "items", |reader, node| {
        reader.list(node, |reader, node| {
            let mut fields = reader.map(node)?;
            let key = fields.required(reader, "key", Reader::text);
            let name = fields.required(reader, "name", Reader::localized);
            let subtopics = fields.optional(reader, "subtopics", named_list);
            let focus = fields.optional(reader, "focus", named_list);
            let exclusions = fields.optional(reader, "exclusions", named_list);
            let quota = fields.optional(reader, "quota", read_quota);
            let budget_cny = fields.optional(reader, "budget_cny", Reader::integer);
            fields.finish(reader)?;
            Some(Topic {
                key: key?,
                name: name?,
                subtopics: subtopics?.unwrap_or_default(),
                focus: focus?.unwrap_or_default(),
                exclusions: exclusions?.unwrap_or_default(),
                quota: quota?,
                budget_cny: budget_cny?,
            })
        })
    });
    fields.finish(reader)?;
    Some(Topics { list: list?, level: level?.unwrap_or(TopicLevel::Topic), items: items?, exclusions: Vec::new() })
}

fn read_direction(reader: &mut Reader, fields: &mut Fields<'_>, file: &str, line: usize) -> Option<Direction> {
    let id = fields.required(reader, "direction", Reader::text);
    let number = fields.required(reader, "number", Reader::text);
    let prefix = fields.required(reader, "prefix", Reader::text);
    let title = fields.required(reader, "title", Reader::localized);
    let basis = fields.required(reader, "basis", |reader, node| {
        let mut fields = reader.map(node)?;
        let commitment = fields.required(reader, "kind", |reader, node| {
            reader.word(node, ("依据类型", "kind of basis"), &[("agreement", false), ("commitment", true)])
        });
        let documents = fields.required(reader, "documents", |reader, node| reader.list(node, Reader::localized));
        fields.finish(reader)?;
        Some(Basis { commitment: commitment?, documents: documents? })
    });
    let authorities = fields.required(reader, "authorities", |reader, node| {
        let mut fields = reader.map(node)?;
        let chinese = fields.required(reader, "chinese", Reader::localized);
        let partner = fields.optional(reader, "partner", Reader::localized);
        fields.finish(reader)?;
        Some((chinese?, partner?))
    });
    let topics = fields.required(reader, "topics", read_topics);
    let exclusions = fields.optional(reader, "exclusions", named_list);
    let quota = fields.required(reader, "quota", read_quota);
    let budget_cny = fields.required(reader, "budget_cny", Reader::integer);
    let period = fields.optional(reader, "period", |reader, node| {
        let mut fields = reader.map(node)?;
        let min_months = fields.optional(reader, "min_months", Reader::integer);
        let max_months = fields.optional(reader, "max_months", Reader::integer);
        fields.finish(reader)?;
        Some(Period { min_months: min_months?, max_months: max_months? })
    });
    let contacts = fields.optional(reader, "contacts", |reader, node| {
        reader.list(node, |reader, node| {
            let texts = |reader: &mut Reader, node: &Node| reader.list(node, Reader::text);
            let mut fields = reader.map(node)?;
            let organisation = fields.required(reader, "organisation", Reader::localized);
            let department = fields.optional(reader, "department", Reader::localized);
            let person = fields.optional(reader, "person", Reader::text);
            let emails = fields.optional(reader, "emails", texts);
            let phones = fields.optional(reader, "phones", texts);
            let urls = fields.optional(reader, "urls", texts);
            fields.finish(reader)?;
            Some(Contact {
                organisation: organisation?,
                department: department?,
                person: person?,
                emails: emails?.unwrap_or_default(),
                phones: phones?.unwrap_or_default(),
                urls: urls?.unwrap_or_default(),
            })
        })
    });
    let templates = fields.optional(reader, "templates", |reader, node| {
        reader.list(node, |reader, node| {
            let mut fields = reader.map(node)?;
            let name = fields.required(reader, "name", Reader::localized);
            let url = fields.required(reader, "url", Reader::text);
            fields.finish(reader)?;
            Some(Template { name: name?, url: url? })
        })
    });
    let (chinese_authority, partner_authority) = authorities?;
    let mut topics = topics?;
    topics.exclusions = exclusions?.unwrap_or_default();
    Some(Direction {
        id: id?,
        number: number?,
        prefix: prefix?,
        title: title?,
        basis: basis?,
        chinese_authority,
        partner_authority,
        topics,
        quota: quota?,
        budget_cny: budget_cny?,
        period: period?,
        contacts: contacts?.unwrap_or_default(),
        templates: templates?.unwrap_or_default(),
        requirements: Vec::new(),
        file: file.to_owned(),
        line,
    })
}
