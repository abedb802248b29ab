//! Tables (CSV) of institutions, from portals and by hand: the same facts, a column each.

use std::collections::HashMap;

use eligibility::problem::{ProblemCode, not_allowed};
use eligibility::vocabulary::FactType;
use eligibility::{Library, Localized};

use crate::content::{Assurance, Attested, Link, Name, NameKind, Profile, Relation, Stated, fact};
use crate::identifier::{Identifier, Scheme};
use crate::judge::member;
use crate::ror::{NAME_AT_MOST, belongs_to_riken, is_web_address, tidy};
use crate::taxonomy::Taxonomy;

/// The columns that a table may have, in the usual order. `country` is required, and one of `name_en` and `name_zh`.
pub const COLUMNS: [&str; 26] = [
    "key",
    "name_en",
    "name_zh",
    "acronym",
    "aliases",
    "country",
    "subdivision",
    "city",
    "kind",
    "legal_person",
    "registered_on",
    "hk_status",
    "riken_staff",
    "ror",
    "credit_code",
    "isni",
    "wikidata",
    "parent_ror",
    "parent_name",
    "founders",
    "website",
    "domains",
    "fields",
    "keywords",
    "offers",
    "seeks",
];

/// Columns that are a fact each.
const FACTS: [(&str, &str); 7] = [
    ("country", fact::COUNTRY),
    ("subdivision", fact::SUBDIVISION),
    ("kind", fact::KIND),
    ("legal_person", fact::LEGAL_PERSON),
    ("registered_on", fact::REGISTERED_ON),
    ("hk_status", fact::HK_STATUS),
    ("riken_staff", fact::RIKEN_STAFF),
];

const IDENTIFIERS: [(&str, Scheme); 4] =
    [("ror", Scheme::Ror), ("credit_code", Scheme::CreditCode), ("isni", Scheme::Isni), ("wikidata", Scheme::Wikidata)];

/// A table that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The rows in which nothing is wrong.
    pub rows: Vec<Row>,
    /// What is wrong, in the order of the table. A wrong header lets no row through.
    pub faults: Vec<Fault>,
}

/// One institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// What it is known by in later versions of the table: `key:…` as the table itself has it; else `ror:…`,
    /// `credit_code:…` or `name:…|CN`. No two rows of a table share it.
    pub key: String,
    /// What it says.
    pub profile: Profile,
}

/// Something that is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line that the row begins on, from 1.
    pub line: u64,
    /// The column, counted from 1; 0 for the row as a whole.
    pub column: usize,
    /// What the header calls the column; empty for the row as a whole.
    pub column_name: String,
    /// What is wrong and what is allowed.
    pub message: Localized,
}

/// Reads a table: CSV in UTF-8 with a header, its columns in any order, several values of a cell separated by `;` or `；`.
pub fn read(bytes: &[u8], library: &Library, taxonomy: &Taxonomy, assurance: Assurance) -> Table {
    let mut table = Table::default();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut header: Option<Vec<&'static str>> = None;
    let mut lines_of_keys: HashMap<String, u64> = HashMap::new();
    loop {
        let begin = reader.position().clone();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let message = Localized::new(format!("无法读取：{error}"), format!("cannot be read: {error}"));
                table.faults.push(Fault { line: begin.line(), column: 0, column_name: String::new(), message });
                break;
            }
        }
        let raw = between(bytes, begin.byte(), reader.position().byte());
        // The reader's position is before the blank lines that it skips.
        let blank = raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
        let line = begin.line() + u64::try_from(blank).unwrap_or_default();
        let whole = |message| Fault { line, column: 0, column_name: String::new(), message };
        let Some(columns) = &header else {
            match read_header(&record, line) {
                Ok(columns) => header = Some(columns),
                Err(faults) => {
                    table.faults = faults;
                    return table;
                }
            }
            continue;
        };
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        if raw.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            table.faults.push(whole(Localized::new(
                "引号没有成对：单元格内的引号须写成两个（\"\"），并以引号结束",
                "a quote is not closed: within a quoted cell a quote is written twice (\"\"), and the cell ends with one",
            )));
            continue;
        }
        if record.len() != columns.len() {
            let (found, expected) = (record.len(), columns.len());
            table.faults.push(whole(Localized::new(
                format!("该行有 {found} 个单元格，表头有 {expected} 列"),
                format!("the row has {found} cells, the header {expected}"),
            )));
            continue;
        }
        match read_row(columns, &record, line, (library, taxonomy, assurance)) {
            Ok(row) => match lines_of_keys.get(&row.key) {
                Some(earlier) => {
                    let key = &row.key;
                    table.faults.push(whole(Localized::new(
                        format!("与第 {earlier} 行是同一单位（`{key}`）；不同单位请用 `key` 列区分"),
                        format!(
                            "the same institution as in line {earlier} (`{key}`); a column `key` tells different ones apart"
                        ),
                    )));
                }
                None => {
                    lines_of_keys.insert(row.key.clone(), line);
                    table.rows.push(row);
                }
            },
            Err(faults) => table.faults.extend(faults),
        }
    }
    if header.is_none() && table.faults.is_empty() {
        let message = Localized::new("文件为空；第一行应为表头", "the file is empty; its first line must be a header");
        table.faults.push(Fault { line: 1, column: 0, column_name: String::new(), message });
    }
    table
}

fn between(bytes: &[u8], begin: u64, end: u64) -> &[u8] {
    let place = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.get(place(begin)..place(end).min(bytes.len())).unwrap_or_default()
}

fn read_header(record: &csv::ByteRecord, line: u64) -> Result<Vec<&'static str>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns: Vec<&'static str> = Vec::new();
    for (index, cell) in record.iter().enumerate() {
        let text = String::from_utf8_lossy(cell).trim().to_lowercase();
        let message = match COLUMNS.iter().find(|column| **column == text) {
            Some(column) if columns.contains(column) => {
                Localized::new(format!("列 `{text}` 重复"), format!("column `{text}` is there twice"))
            }
            Some(column) => {
                columns.push(column);
                continue;
            }
            None if record.len() == 1 && text.contains([';', '\t']) => {
                Localized::new("各列须以半角逗号分隔", "columns must be separated by commas")
            }
            None => not_allowed(&Localized::new("列", "column"), &text, &COLUMNS),
        };
        faults.push(Fault { line, column: index + 1, column_name: text, message });
    }
    let whole = |message| Fault { line, column: 0, column_name: String::new(), message };
    if faults.is_empty() && !columns.contains(&"country") {
        faults.push(whole(Localized::new("缺少列 `country`", "there is no column `country`")));
    }
    if faults.is_empty() && !columns.contains(&"name_en") && !columns.contains(&"name_zh") {
        let message =
            Localized::new("缺少列 `name_zh` 或 `name_en`", "there is neither a column `name_en` nor `name_zh`");
        faults.push(whole(message));
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

/// The cells of a row, and what is wrong with them.
struct Cells<'t> {
    line: u64,
    /// Name, text; only cells that are not empty.
    cells: Vec<(&'static str, &'t str)>,
    columns: &'t [&'static str],
    faults: Vec<Fault>,
}

impl<'t> Cells<'t> {
    fn read(columns: &'t [&'static str], record: &'t csv::ByteRecord, line: u64) -> Self {
        let mut read = Self { line, cells: Vec::new(), columns, faults: Vec::new() };
        for (column, cell) in columns.iter().zip(record) {
            match std::str::from_utf8(cell) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => read.cells.push((column, text.trim())),
                Err(error) => {
                    let valid = cell.get(..error.valid_up_to()).unwrap_or_default();
                    let character = String::from_utf8_lossy(valid).chars().count() + 1;
                    read.wrong(
                        column,
                        Localized::new(
                            format!("第 {character} 个字符起不是 UTF-8 编码；请将文件另存为“CSV UTF-8”"),
                            format!("not UTF-8 from character {character} on; save the file as “CSV UTF-8”"),
                        ),
                    );
                }
            }
        }
        read
    }

    fn get(&self, column: &str) -> Option<&'t str> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, text)| *text)
    }

    /// The values of a cell that may have several, each once.
    fn list(&self, column: &str) -> Vec<String> {
        let mut values = Vec::new();
        for value in self.get(column).unwrap_or_default().split([';', '；']).map(str::trim) {
            if !value.is_empty() && !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
        values
    }

    fn wrong(&mut self, column: &str, message: Localized) {
        let place = self.columns.iter().position(|name| *name == column);
        self.faults.push(Fault {
            line: self.line,
            column: place.map_or(0, |index| index + 1),
            column_name: place.map(|_| column.to_owned()).unwrap_or_default(),
            message,
        });
    }

    fn identifier(&mut self, column: &str, scheme: Scheme) -> Option<Identifier> {
        let text = self.get(column)?;
        Identifier::parse(scheme, text).map_err(|message| self.wrong(column, message)).ok()
    }
}

fn read_row(
    columns: &[&'static str],
    record: &csv::ByteRecord,
    line: u64,
    (library, taxonomy, assurance): (&Library, &Taxonomy, Assurance),
) -> Result<Row, Vec<Fault>> {
    let mut cells = Cells::read(columns, record, line);
    let mut profile = Profile { names: names(&cells, assurance), ..Profile::default() };
    let attested = |value: String| Attested { value, assurance };
    if profile.names.is_empty() && cells.faults.is_empty() {
        let column = if columns.contains(&"name_zh") { "name_zh" } else { "name_en" };
        cells.wrong(
            column,
            Localized::new("缺少名称：`name_zh` 或 `name_en`", "no name: neither `name_en` nor `name_zh`"),
        );
    }
    facts(&mut cells, &mut profile, library, assurance);
    for (column, scheme) in IDENTIFIERS {
        let identifier = cells.identifier(column, scheme);
        profile.identifiers.extend(identifier.map(|value| Attested { value, assurance }));
    }
    profile.city = cells.get("city").map(|city| attested(city.to_owned()));
    match (cells.get("parent_name"), cells.get("parent_ror")) {
        (Some(_), None) => cells.wrong(
            "parent_name",
            Localized::new("有上级单位名称时须给出 `parent_ror`", "the name of a parent needs its `parent_ror`"),
        ),
        (name, _) => {
            if let Some(target) = cells.identifier("parent_ror", Scheme::Ror) {
                let name = name.unwrap_or(target.value()).to_owned();
                profile.links.push(Link { relation: Relation::Parent, target, name, assurance });
            }
        }
    }
    // Whoever founded it may have no profile, or no identifier: requirements ask for names.
    let founders = cells.list("founders");
    if !founders.is_empty() {
        profile.state(fact::FOUNDED_BY, Stated::List(founders), assurance);
    }
    if let Some(address) = cells.get("website") {
        if is_web_address(address) {
            profile.website = Some(Attested { value: address.to_owned(), assurance });
        } else {
            let message = Localized::new(
                format!("`{address}` 不是网址；应如 `https://www.example.org`"),
                format!("`{address}` is not the address of a web page; one looks like `https://www.example.org`"),
            );
            cells.wrong("website", message);
        }
    }
    // As of the registry's records: the people of an institution that is not RIKEN's are not either.
    if cells.get("riken_staff").is_none() && !belongs_to_riken(&profile) {
        profile.state(fact::RIKEN_STAFF, Stated::Text("NONE".to_owned()), assurance);
    }
    for column in ["name_en", "name_zh", "acronym", "aliases"] {
        if cells.list(column).iter().any(|name| name.chars().count() > NAME_AT_MOST) {
            let message = Localized::new(
                format!("名称超过 {NAME_AT_MOST} 个字符"),
                format!("a name of more than {NAME_AT_MOST} characters"),
            );
            cells.wrong(column, message);
        }
    }
    for domain in cells.list("domains") {
        let domain = domain.to_lowercase();
        if is_domain(&domain) {
            profile.domains.push(domain);
        } else {
            let message = Localized::new(
                format!("`{domain}` 不是域名；应如 `example.org`"),
                format!("`{domain}` is not a domain; one looks like `example.org`"),
            );
            cells.wrong("domains", message);
        }
    }
    for code in cells.list("fields") {
        if taxonomy.field(&code).is_some() {
            profile.fields.push(attested(code));
        } else {
            let known: Vec<&str> = taxonomy.fields().iter().map(|field| field.code.as_str()).collect();
            cells.wrong(
                "fields",
                not_allowed(&Localized::new("研究领域代码", "code of a research field"), &code, &known),
            );
        }
    }
    profile.keywords = cells.list("keywords").into_iter().map(attested).collect();
    profile.offers = cells.get("offers").map(|text| attested(text.to_owned()));
    profile.seeks = cells.get("seeks").map(|text| attested(text.to_owned()));
    if !cells.faults.is_empty() {
        cells.faults.sort_by_key(|fault| fault.column);
        return Err(cells.faults);
    }
    Ok(Row { line, key: key(&cells, &profile), profile })
}

fn names(cells: &Cells<'_>, assurance: Assurance) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut add = |text: &str, lang: Option<&str>, kind| {
        let text = tidy(text);
        if !text.is_empty() && !names.iter().any(|known| known.text == text) {
            let display = names.is_empty();
            names.push(Name { text, lang: lang.map(str::to_owned), kind, display, assurance });
        }
    };
    let (en, zh) = (cells.get("name_en"), cells.get("name_zh"));
    if en.is_none() && zh.is_none() {
        return Vec::new();
    }
    for (text, lang) in [(en, "en"), (zh, "zh")] {
        if let Some(text) = text {
            add(text, Some(lang), NameKind::Label);
        }
    }
    for (column, kind) in [("acronym", NameKind::Acronym), ("aliases", NameKind::Alias)] {
        for text in cells.list(column) {
            add(&text, None, kind);
        }
    }
    names
}

/// States the facts of a row and lets the vocabulary judge their values.
fn facts(cells: &mut Cells<'_>, profile: &mut Profile, library: &Library, assurance: Assurance) {
    for (column, fact) in FACTS {
        let Some(text) = cells.get(column) else { continue };
        let definition = library.vocabulary.find(&format!("member.{fact}")).map(|(_, definition)| definition);
        let value = match definition.map(|definition| &definition.fact_type) {
            Some(FactType::Bool) => bool_word(text).map_or_else(|| Stated::Text(text.to_owned()), Stated::Bool),
            Some(FactType::Choice(choices)) => {
                let means = |word: &String| word.eq_ignore_ascii_case(text);
                let found = choices.iter().find(|choice| {
                    let labels = [&choice.value, &choice.label.zh, &choice.label.en];
                    labels.into_iter().chain(&choice.also).any(means)
                });
                Stated::Text(found.map_or(text, |choice| &choice.value).to_owned())
            }
            _ => Stated::Text(text.to_owned()),
        };
        profile.state(fact, value, assurance);
    }
    if cells.get("country").is_none() {
        cells.wrong("country", Localized::new("缺少国家/地区代码", "no country or region"));
    }
    if let Err(problems) = member(library, profile, assurance) {
        for problem in problems {
            let of_path = FACTS.iter().find(|(_, fact)| *fact == problem.path).map(|(column, _)| *column);
            // What contradicts another cell has no path of its own; of an institution that is its subdivision.
            let contradicting = (problem.code == ProblemCode::Inconsistent).then_some("subdivision");
            let column = of_path.or(contradicting).unwrap_or_default();
            cells.wrong(column, problem.message);
        }
    }
}

/// Yes or no as tables write it.
fn bool_word(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" | "是" => Some(true),
        "false" | "no" | "0" | "否" => Some(false),
        _ => None,
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let allowed = |character: char| character.is_alphanumeric() || character == '-';
        !label.is_empty() && label.chars().all(allowed) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

fn key(cells: &Cells<'_>, profile: &Profile) -> String {
    let own = cells.get("key").map(|key| format!("key:{key}"));
    let ror = || profile.identifier(Scheme::Ror).map(|identifier| format!("ror:{identifier}"));
    let code = || profile.identifier(Scheme::CreditCode).map(|identifier| format!("credit_code:{identifier}"));
    own.or_else(ror).or_else(code).unwrap_or_else(|| {
        let name = profile.names.first().map(|name| name.text.to_lowercase()).unwrap_or_default();
        format!("name:{name}|{}", profile.word(fact::COUNTRY).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{LIBRARY, TAXONOMY};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &LIBRARY, &TAXONOMY, Assurance::Imported)
    }

    /// The faults as `line:column name: message`.
    fn faults(table: &Table) -> Vec<String> {
        let show =
            |fault: &Fault| format!("{}:{} {}: {}", fault.line, fault.column, fault.column_name, fault.message.en);
        table.faults.iter().map(show).collect()
    }

    #[test]
    fn a_row_with_every_column_becomes_a_profile() {
        let table = table(
            "\u{feff}key,name_en,name_zh,acronym,aliases,country,subdivision,city,kind,legal_person,registered_on,hk_status,\
             riken_staff,ror,credit_code,isni,wikidata,parent_ror,parent_name,website,domains,fields,keywords,offers,seeks\r\n\
             1,Tsinghua  University,清华大学,THU,Qinghua; Tsinghua；THU,CN,CN-BJ,Beijing,higher_education,是,1911-04,NONE,\
             不在理化学研究所任职,https://ror.org/03cve4549,12100000400000624d,0000 0001 0662 3178,Q16955,\
             https://ror.org/01mv9t934,Ministry of Education,https://www.tsinghua.edu.cn,TSINGHUA.edu.cn; tsinghua.org.cn,\
             2;2.7,water; 水处理；water,\"A pilot plant, 5 t/d\",\"A \"\"twin\"\"\nsite\"\r\n",
        );
        assert_eq!(faults(&table), Vec::<String>::new());
        let [row] = table.rows.as_slice() else { panic!("{table:?}") };
        assert_eq!((row.line, row.key.as_str()), (2, "key:1"));
        let profile = &row.profile;
        let names: Vec<(&str, Option<&str>, NameKind, bool)> = profile
            .names
            .iter()
            .map(|name| (name.text.as_str(), name.lang.as_deref(), name.kind, name.display))
            .collect();
        assert_eq!(
            names,
            [
                ("Tsinghua University", Some("en"), NameKind::Label, true),
                ("清华大学", Some("zh"), NameKind::Label, false),
                ("THU", None, NameKind::Acronym, false),
                ("Qinghua", None, NameKind::Alias, false),
                ("Tsinghua", None, NameKind::Alias, false),
            ]
        );
        let facts: Vec<(&str, &Stated)> =
            profile.facts.iter().map(|(fact, stated)| (fact.as_str(), &stated.value)).collect();
        let text = |text: &str| Stated::Text(text.to_owned());
        assert_eq!(
            facts,
            [
                ("country", &text("CN")),
                ("hk_status", &text("NONE")),
                ("independent_legal_person", &Stated::Bool(true)),
                ("kind", &text("UNIVERSITY")),
                ("principal_investigator.riken_staff", &text("NONE")),
                ("registered_on", &text("1911-04")),
                ("subdivision", &text("CN-BJ")),
            ]
        );
        let identifiers: Vec<String> = profile.identifiers.iter().map(|known| known.value.to_string()).collect();
        assert_eq!(identifiers, ["03cve4549", "12100000400000624D", "0000000106623178", "Q16955"]);
        assert_eq!(profile.links[0].name, "Ministry of Education");
        assert_eq!(profile.domains, ["tsinghua.edu.cn", "tsinghua.org.cn"]);
        let values = |items: &[Attested<String>]| items.iter().map(|item| item.value.clone()).collect::<Vec<_>>();
        assert_eq!(values(&profile.fields), ["2", "2.7"]);
        assert_eq!(values(&profile.keywords), ["water", "水处理"]);
        assert_eq!(profile.offers.as_ref().map(|part| part.value.as_str()), Some("A pilot plant, 5 t/d"));
        assert_eq!(profile.seeks.as_ref().map(|part| part.value.as_str()), Some("A \"twin\"\nsite"));
    }

    #[test]
    fn columns_stand_in_any_order_and_unknown_ones_are_refused() {
        let wrong = table("Country,name_zn,kind,kind\nCN,清华大学,,\n");
        assert_eq!(
            faults(&wrong),
            [
                "1:2 name_zn: unknown column `name_zn`; did you mean `name_en`?",
                "1:4 kind: column `kind` is there twice",
            ]
        );
        assert_eq!(wrong.rows, []);
        assert_eq!(faults(&table("")), ["1:0 : the file is empty; its first line must be a header"]);
        assert_eq!(
            faults(&table("name_en;country\nA;CN\n")),
            ["1:1 name_en;country: columns must be separated by commas"]
        );
        assert_eq!(faults(&table("name_en\nA\n")), ["1:0 : there is no column `country`"]);
        assert_eq!(faults(&table("country\nCN\n")), ["1:0 : there is neither a column `name_en` nor `name_zh`"]);
        let good = table("\n\nCountry, NAME_ZH\n\nCN,清华大学\n,\n");
        assert_eq!((faults(&good), good.rows.len(), good.rows[0].line), (Vec::new(), 1, 5));
    }

    #[test]
    fn every_fault_has_its_line_and_column_and_good_rows_are_kept() {
        let table = table(
            "name_en,country,subdivision,kind,legal_person,registered_on,ror,credit_code,parent_name,website,domains,fields\n\
             Good,TH,,UNIVERSITY,,1917,,,,,,\n\
             A,UK,,UNIVERSTY,maybe,1917-13,03cve4548,1,P,ftp://a,a@b.org,2.99\n\
             ,CN,,,,,,,,,,\n\
             B,,,,,,,,,,,\n\
             C,BE,CN-BJ,,,,,,,,,\n\
             D,CN\n\
             Good 2,MT,,,,,,,,,,\n",
        );
        let names: Vec<&str> = table.rows.iter().map(|row| row.profile.names[0].text.as_str()).collect();
        assert_eq!(names, ["Good", "Good 2"]);
        assert_eq!(
            faults(&table),
            [
                "3:2 country: country or region `UK` is not an ISO 3166-1 alpha-2 code; did you mean `GB`?",
                "3:4 kind: unknown kind of institution `UNIVERSTY`; did you mean `UNIVERSITY`? (allowed: `UNIVERSITY`, \
                 `RESEARCH_INSTITUTE`, `ENTERPRISE`, `HOSPITAL`, `GOVERNMENT_AGENCY`, `FOUNDATION`, `NON_PROFIT`, `OTHER`)",
                "3:5 legal_person: expected true or false, found `maybe`",
                "3:6 registered_on: expected a day, month or year of the calendar (2015-03-01, 2015-03, 2015), found \
                 `1917-13`",
                "3:7 ror: the check digits of a ROR id `03cve4548` do not fit; look for a typing error",
                "3:8 credit_code: `1` is not a unified social credit code; one looks like `12100000400000624D`",
                "3:9 parent_name: the name of a parent needs its `parent_ror`",
                "3:10 website: `ftp://a` is not the address of a web page; one looks like `https://www.example.org`",
                "3:11 domains: `a@b.org` is not a domain; one looks like `example.org`",
                "3:12 fields: unknown code of a research field `2.99` (allowed: `2`, `2.7`)",
                "4:1 name_en: no name: neither `name_en` nor `name_zh`",
                "5:2 country: no country or region",
                "6:3 subdivision: subdivision CN-BJ does not belong to BE",
                "7:0 : the row has 2 cells, the header 12",
            ]
        );
    }

    #[test]
    fn quotes_and_encoding_are_checked_row_by_row() {
        let table = table("name_en,country\n\"A,CN\nB,CN\n");
        assert_eq!(
            faults(&table),
            [
                "2:0 : a quote is not closed: within a quoted cell a quote is written twice (\"\"), and the cell ends with one"
            ]
        );
        let bytes = b"name_en,name_zh,country\nA,\xe6\xb8\x85\xc7\xe5,CN\nB,,CN\n";
        let table = read(bytes, &LIBRARY, &TAXONOMY, Assurance::SelfDeclared);
        assert_eq!(faults(&table), ["2:2 name_zh: not UTF-8 from character 2 on; save the file as “CSV UTF-8”"]);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].profile.names[0].assurance, Assurance::SelfDeclared);
    }

    #[test]
    fn a_row_is_known_by_its_key_or_what_it_names() {
        let table = table(
            "key,name_en,country,ror,credit_code\n\
             7,A,CN,03cve4549,12100000400000624D\n\
             ,A,CN,03cve4549,12100000400000624D\n\
             ,A,CN,,12100000400000624D\n\
             ,A  University,CN,,\n\
             ,a university,CN,,\n\
             7,B,CN,,\n",
        );
        let keys: Vec<&str> = table.rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys, ["key:7", "ror:03cve4549", "credit_code:12100000400000624D", "name:a university|CN"]);
        let same = |line, key| {
            format!("the same institution as in line {line} (`{key}`); a column `key` tells different ones apart")
        };
        assert_eq!(
            faults(&table),
            [format!("6:0 : {}", same(5, "name:a university|CN")), format!("7:0 : {}", same(2, "key:7"))]
        );
    }
}
