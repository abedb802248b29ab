//! What an owner changes of a profile: checked as a whole, applied as a whole.

use std::collections::HashSet;

use eligibility::problem::{ProblemCode, not_allowed};
use eligibility::vocabulary::{FactDefinition, Scope};
use eligibility::{FactValue, Library, Localized, Problem};
use email_address::{EmailAddress, Options};
use url::{Host, Url};

use crate::content::{Assurance, Attested, Contact, Name, NameKind, Person, Profile, Stated, fact};
use crate::identifier::{Identifier, Scheme};
use crate::judge::member;
use crate::ror::{NAME_AT_MOST, is_web_address, tidy};
use crate::taxonomy::Taxonomy;

/// So many names may an owner declare; those of a registry do not count.
pub const NAMES_AT_MOST: usize = 20;
/// So many identifiers may an owner declare; those of a registry do not count.
pub const IDENTIFIERS_AT_MOST: usize = 20;
/// So many facts may one edit change.
pub const FACTS_AT_MOST: usize = 100;
/// So many items may a fact have that is a list.
pub const ITEMS_AT_MOST: usize = 50;
/// So many research fields.
pub const FIELDS_AT_MOST: usize = 20;
/// So many keywords.
pub const KEYWORDS_AT_MOST: usize = 30;
/// So many characters of a keyword.
pub const KEYWORD_LENGTH_AT_MOST: usize = 100;
/// So many characters of the name of a town or a person.
pub const SHORT_NAME_LENGTH_AT_MOST: usize = 200;
/// So many characters of the address of a web site.
pub const WEBSITE_LENGTH_AT_MOST: usize = 500;
/// So many characters of what is offered, and of what is sought.
pub const TEXT_LENGTH_AT_MOST: usize = 2000;
/// So many people.
pub const PEOPLE_AT_MOST: usize = 50;
/// So many characters of an e-mail address.
pub const EMAIL_LENGTH_AT_MOST: usize = 320;
/// So many characters of a telephone number.
pub const PHONE_LENGTH_AT_MOST: usize = 50;

/// What an edit does with a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leaves it as it is.
    #[default]
    Unchanged,
    /// Removes it; of a list, every item.
    Removed,
    /// Puts this in its place; of a list, the whole list.
    Set(T),
}

/// What an owner changes. Links, registry types and domains are not the owner's to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The names, the one to show first.
    pub names: Patch<Vec<NameEdit>>,
    /// The identifiers.
    pub identifiers: Patch<Vec<IdentifierEdit>>,
    /// Facts to state or to take back; others stay as they are.
    pub facts: Vec<FactEdit>,
    /// The town.
    pub city: Patch<String>,
    /// Codes of research fields.
    pub fields: Patch<Vec<String>>,
    /// Free keywords.
    pub keywords: Patch<Vec<String>>,
    /// The web site.
    pub website: Patch<String>,
    /// What it offers; may have several lines.
    pub offers: Patch<String>,
    /// What it seeks; may have several lines.
    pub seeks: Patch<String>,
    /// People who would lead projects there.
    pub people: Patch<Vec<PersonEdit>>,
    /// How to reach it, as a whole.
    pub contact: Patch<Contact>,
}

/// A name as an owner gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameEdit {
    /// The name.
    pub text: String,
    /// Its language, ISO 639-1.
    pub lang: Option<String>,
    /// What kind of name it is.
    pub kind: NameKind,
}

/// An identifier as an owner gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierEdit {
    /// Who gives it.
    pub scheme: Scheme,
    /// The identifier in any of its spellings.
    pub text: String,
}

/// A fact as an owner gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactEdit {
    /// Its name, with or without `member.`.
    pub name: String,
    /// What is stated; `None` takes the fact back.
    pub value: Option<Stated>,
}

/// A person as an owner gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonEdit {
    /// The person's name.
    pub name: String,
    /// The person's ORCID iD.
    pub orcid: Option<String>,
    /// The person's status at RIKEN, a word of the fact `member.principal_investigator.riken_staff`.
    pub riken_staff: Option<String>,
}

/// Something that is wrong with an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditFault {
    /// Where, as a path in the edit: `facts[2].value`, `contact.email`.
    pub field: String,
    /// Its kind.
    pub code: ProblemCode,
    /// What is wrong and what is allowed.
    pub message: Localized,
}

/// The profile after an edit.
///
/// What stays the same keeps who vouches for it; what is new or other is the institution's own declaration. A verified fact
/// that is changed or taken back is verified no longer.
///
/// # Errors
/// Everything that is wrong with the edit.
pub fn apply(current: &Profile, edit: Edit, library: &Library, taxonomy: &Taxonomy) -> Result<Profile, Vec<EditFault>> {
    let Edit { names, identifiers, facts, city, fields, keywords, website, offers, seeks, people, contact } = edit;
    let mut editor = Editor { library, faults: Vec::new() };
    let mut edited = current.clone();
    if let Some(names) = list(names) {
        edited.names = editor.names(&current.names, &names);
    }
    if let Some(identifiers) = list(identifiers) {
        edited.identifiers = editor.identifiers(&current.identifiers, &identifiers);
    }
    editor.facts(&mut edited, &facts);
    editor.part(&mut edited.city, city, |editor, text| editor.line("city", text, SHORT_NAME_LENGTH_AT_MOST));
    if let Some(codes) = list(fields) {
        edited.fields = editor.texts("fields", &current.fields, &codes, FIELDS_AT_MOST, |editor, field, text| {
            editor.research_field(taxonomy, field, text)
        });
    }
    if let Some(words) = list(keywords) {
        edited.keywords =
            editor.texts("keywords", &current.keywords, &words, KEYWORDS_AT_MOST, |editor, field, text| {
                editor.line(field, text, KEYWORD_LENGTH_AT_MOST)
            });
    }
    editor.part(&mut edited.website, website, |editor, text| editor.website(text));
    editor.part(&mut edited.offers, offers, |editor, text| editor.lines("offers", text));
    editor.part(&mut edited.seeks, seeks, |editor, text| editor.lines("seeks", text));
    if let Some(people) = list(people) {
        edited.people = editor.people(&current.people, &people);
    }
    match contact {
        Patch::Unchanged => {}
        Patch::Removed => edited.contact = None,
        Patch::Set(contact) => edited.contact = Some(editor.contact(&contact)),
    }
    if editor.faults.is_empty() { Ok(edited) } else { Err(editor.faults) }
}

/// The new items of a list; none if it stays as it is.
fn list<T>(patch: Patch<Vec<T>>) -> Option<Vec<T>> {
    match patch {
        Patch::Unchanged => None,
        Patch::Removed => Some(Vec::new()),
        Patch::Set(items) => Some(items),
    }
}

/// Several lines, each as [`tidy`] has it, with at most one blank line between.
fn tidy_lines(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines().map(tidy) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        tidied.push_str(&line);
    }
    tidied
}

fn declared<T>(value: T) -> Attested<T> {
    Attested { value, assurance: Assurance::SelfDeclared }
}

struct Editor<'l> {
    library: &'l Library,
    faults: Vec<EditFault>,
}

impl Editor<'_> {
    fn wrong(&mut self, field: impl Into<String>, code: ProblemCode, message: Localized) {
        self.faults.push(EditFault { field: field.into(), code, message });
    }

    /// Whether a list has no more items than it may.
    fn fits(&mut self, field: &str, count: usize, most: usize) -> bool {
        if count > most {
            let message =
                Localized::new(format!("{count} 项；最多 {most} 项"), format!("{count} items; at most {most}"));
            self.wrong(field, ProblemCode::Limit, message);
        }
        count <= most
    }

    fn twice(&mut self, field: impl Into<String>, shown: &str) {
        let message = Localized::new(format!("`{shown}` 重复"), format!("`{shown}` is there twice"));
        self.wrong(field, ProblemCode::Duplicate, message);
    }

    /// A text of one line.
    fn line(&mut self, field: &str, text: &str, most: usize) -> Option<String> {
        self.readable(field, tidy(text), most)
    }

    /// A text of several lines.
    fn lines(&mut self, field: &str, text: &str) -> Option<String> {
        self.readable(field, tidy_lines(text), TEXT_LENGTH_AT_MOST)
    }

    /// A text that says something: of letters or digits, and not too long.
    fn readable(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if !text.chars().any(char::is_alphanumeric) {
            let message = if text.is_empty() {
                Localized::new("不能为空", "must not be empty")
            } else {
                Localized::new("须含有文字或数字", "must have a letter or a digit")
            };
            self.wrong(field, ProblemCode::InvalidValue, message);
            return None;
        }
        self.length(field, &text, most).map(|()| text)
    }

    fn length(&mut self, field: &str, text: &str, most: usize) -> Option<()> {
        let count = text.chars().count();
        if count <= most {
            return Some(());
        }
        let message =
            Localized::new(format!("{count} 个字符；最多 {most} 个"), format!("{count} characters; at most {most}"));
        self.wrong(field, ProblemCode::Limit, message);
        None
    }

    /// A part that is one text. What it says already is not checked again.
    fn part(
        &mut self,
        part: &mut Option<Attested<String>>,
        patch: Patch<String>,
        read: impl FnOnce(&mut Self, &str) -> Option<String>,
    ) {
        let text = match patch {
            Patch::Unchanged => return,
            Patch::Removed => {
                *part = None;
                return;
            }
            Patch::Set(text) => text,
        };
        let says = |value: &str| part.as_ref().is_some_and(|known| known.value == value);
        if says(&text) {
            return;
        }
        let value = read(self, &text);
        if let Some(value) = value.filter(|value| !says(value)) {
            *part = Some(declared(value));
        }
    }

    /// A part that is a list of texts. What is there already is not checked again.
    fn texts(
        &mut self,
        part: &str,
        current: &[Attested<String>],
        texts: &[String],
        most: usize,
        read: impl Fn(&mut Self, &str, &str) -> Option<String>,
    ) -> Vec<Attested<String>> {
        let mut items: Vec<Attested<String>> = Vec::new();
        // More cannot be right, and is not looked at one by one.
        if !self.fits(part, texts.len(), most + current.len()) {
            return items;
        }
        for (index, text) in texts.iter().enumerate() {
            let field = format!("{part}[{index}]");
            let known = |value: &str| current.iter().find(|item| item.value == value).cloned();
            let item = known(text).or_else(|| {
                let value = read(self, &field, text)?;
                Some(known(&value).unwrap_or_else(|| declared(value)))
            });
            let Some(item) = item else { continue };
            if items.iter().any(|other| other.value == item.value) {
                self.twice(field, &item.value);
            } else {
                items.push(item);
            }
        }
        self.fits(part, own(items.iter().map(|item| item.assurance)), most);
        items
    }

    fn names(&mut self, current: &[Name], edits: &[NameEdit]) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        if !self.fits("names", edits.len(), NAMES_AT_MOST + current.len()) {
            return names;
        }
        for (index, edit) in edits.iter().enumerate() {
            let display = index == 0;
            let tidied = tidy(&edit.text);
            let lang = edit.lang.as_deref().map(|lang| lang.trim().to_lowercase());
            let same = |name: &&Name| {
                (name.text == edit.text || name.text == tidied) && name.lang == lang && name.kind == edit.kind
            };
            let name = match current.iter().find(same) {
                // To show it under another of its names is the institution's own word: a later import keeps to it.
                Some(known) if display && !known.display => {
                    Name { display, assurance: known.assurance.max(Assurance::SelfDeclared), ..known.clone() }
                }
                Some(known) => Name { display, ..known.clone() },
                None => {
                    let text = self.line(&format!("names[{index}].text"), &edit.text, NAME_AT_MOST);
                    let is_code = |lang: &str| lang.len() == 2 && lang.bytes().all(|byte| byte.is_ascii_lowercase());
                    if let Some(lang) = lang.as_deref().filter(|lang| !is_code(lang)) {
                        let shown: String = lang.chars().take(60).collect();
                        let message = Localized::new(
                            format!("`{shown}` 不是 ISO 639-1 两位语言代码；应如 `zh`、`en`"),
                            format!("`{shown}` is not a language code of ISO 639-1; one looks like `zh` or `en`"),
                        );
                        self.wrong(format!("names[{index}].lang"), ProblemCode::InvalidValue, message);
                    }
                    let Some(text) = text else { continue };
                    Name { text, lang, kind: edit.kind, display, assurance: Assurance::SelfDeclared }
                }
            };
            if names.iter().any(|known| known.text == name.text) {
                self.twice(format!("names[{index}].text"), &name.text);
            } else {
                names.push(name);
            }
        }
        if edits.is_empty() {
            let message = Localized::new("至少须有一个名称", "at least one name must remain");
            self.wrong("names", ProblemCode::Missing, message);
        }
        self.fits("names", own(names.iter().map(|name| name.assurance)), NAMES_AT_MOST);
        names
    }

    fn identifiers(&mut self, current: &[Attested<Identifier>], edits: &[IdentifierEdit]) -> Vec<Attested<Identifier>> {
        let mut identifiers: Vec<Attested<Identifier>> = Vec::new();
        if !self.fits("identifiers", edits.len(), IDENTIFIERS_AT_MOST + current.len()) {
            return identifiers;
        }
        for (index, IdentifierEdit { scheme, text }) in edits.iter().enumerate() {
            let field = format!("identifiers[{index}].text");
            if *scheme == Scheme::Orcid {
                let message = Localized::new(
                    "ORCID iD 属于个人，请填在人员中",
                    "an ORCID iD is a person's; give it with the person",
                );
                self.wrong(format!("identifiers[{index}].scheme"), ProblemCode::InvalidValue, message);
                continue;
            }
            let as_it_is = current.iter().find(|known| known.value.scheme() == *scheme && known.value.value() == text);
            let identifier = match as_it_is {
                Some(known) => known.value.clone(),
                None => match Identifier::parse(*scheme, text) {
                    Ok(identifier) => identifier,
                    Err(message) => {
                        self.wrong(field, ProblemCode::InvalidValue, message);
                        continue;
                    }
                },
            };
            if identifiers.iter().any(|other| other.value == identifier) {
                self.twice(field, identifier.value());
                continue;
            }
            let known = current.iter().find(|known| known.value == identifier);
            let is_new = |value: &Identifier| !current.iter().any(|known| known.value == *value);
            let rival = identifiers.iter().find(|other| scheme.is_exclusive() && other.value.scheme() == *scheme);
            if rival.is_some_and(|rival| is_new(&rival.value) || is_new(&identifier)) {
                let message = Localized::new(
                    "每个单位只有一个该类标识符",
                    "an institution has only one identifier of this scheme",
                );
                self.wrong(field, ProblemCode::Duplicate, message);
                continue;
            }
            identifiers.push(known.cloned().unwrap_or_else(|| declared(identifier)));
        }
        self.fits("identifiers", own(identifiers.iter().map(|known| known.assurance)), IDENTIFIERS_AT_MOST);
        identifiers
    }

    fn facts(&mut self, edited: &mut Profile, edits: &[FactEdit]) {
        if !self.fits("facts", edits.len(), FACTS_AT_MOST) {
            return;
        }
        let mut seen = HashSet::new();
        let place_of = |fact: &str| edits.iter().position(|edit| short(&edit.name) == fact);
        for (index, FactEdit { name, value }) in edits.iter().enumerate() {
            let name = short(name);
            // One that the vocabulary has no longer can still be taken back.
            let to_take_back = value.is_none() && edited.facts.contains_key(name);
            if !to_take_back && !self.is_fact_of_an_institution(name) {
                let allowed: Vec<&str> = self.facts_of_an_institution().map(FactDefinition::short_name).collect();
                let message = not_allowed(&Localized::new("事实", "fact"), name, &allowed);
                self.wrong(format!("facts[{index}].name"), ProblemCode::UnknownKey, message);
                continue;
            }
            if !seen.insert(name) {
                self.twice(format!("facts[{index}].name"), name);
                continue;
            }
            let Some(value) = value else {
                edited.facts.remove(name);
                edited.verifications.remove(name);
                continue;
            };
            let Some(value) = self.fact(&format!("facts[{index}].value"), name, value) else { continue };
            let known = edited.facts.get(name).map(|known| &known.value);
            let is_same = known.is_some_and(|known| {
                *known == value || read_fact(self.library, name, known).is_ok_and(|known| known == value)
            });
            if !is_same {
                edited.state(name, value, Assurance::SelfDeclared);
            }
        }
        // Two facts that cannot both be true: told where this edit states the one or the other.
        let mut place = Profile::default();
        for fact in [fact::COUNTRY, fact::SUBDIVISION] {
            if let Some(stated) = edited.facts.get(fact) {
                place.facts.insert(fact.to_owned(), stated.clone());
            }
        }
        let problems = member(self.library, &place, Assurance::Imported).err().unwrap_or_default();
        let edited_at = place_of(fact::SUBDIVISION).or_else(|| place_of(fact::COUNTRY));
        for problem in problems.into_iter().filter(|problem| problem.code == ProblemCode::Inconsistent) {
            if let Some(index) = edited_at {
                self.wrong(format!("facts[{index}].value"), problem.code, problem.message);
            }
        }
    }

    /// What is stated, in the one spelling of the vocabulary.
    fn fact(&mut self, field: &str, name: &str, value: &Stated) -> Option<Stated> {
        let value = match value {
            Stated::Bool(value) => Stated::Bool(*value),
            Stated::Text(text) => {
                let text = tidy(text);
                self.length(field, &text, TEXT_LENGTH_AT_MOST)?;
                Stated::Text(text)
            }
            Stated::List(items) => {
                let before = self.faults.len();
                if !self.fits(field, items.len(), ITEMS_AT_MOST) {
                    return None;
                }
                let mut texts: Vec<String> = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let field = format!("{field}[{index}]");
                    let Some(item) = self.line(&field, item, NAME_AT_MOST) else { continue };
                    if texts.contains(&item) {
                        self.twice(field, &item);
                    } else {
                        texts.push(item);
                    }
                }
                if self.faults.len() > before {
                    return None;
                }
                Stated::List(texts)
            }
        };
        match read_fact(self.library, name, &value) {
            Ok(value) => Some(value),
            Err(problems) => {
                for problem in problems {
                    let below = problem.path.strip_prefix(name).unwrap_or_default();
                    self.wrong(format!("{field}{below}"), problem.code, problem.message);
                }
                None
            }
        }
    }

    fn facts_of_an_institution(&self) -> impl Iterator<Item = &FactDefinition> {
        let facts = self.library.vocabulary.facts(Scope::Member).iter();
        facts.filter(|definition| !ROLE_FACTS.contains(&definition.short_name()))
    }

    fn is_fact_of_an_institution(&self, name: &str) -> bool {
        self.facts_of_an_institution().any(|definition| definition.short_name() == name)
    }

    fn research_field(&mut self, taxonomy: &Taxonomy, field: &str, text: &str) -> Option<String> {
        let code = text.trim();
        if taxonomy.field(code).is_some() {
            return Some(code.to_owned());
        }
        let known: Vec<&str> = taxonomy.fields().iter().map(|field| field.code.as_str()).collect();
        let message = not_allowed(&Localized::new("研究领域代码", "code of a research field"), code, &known);
        self.wrong(field, ProblemCode::UnknownValue, message);
        None
    }

    fn website(&mut self, text: &str) -> Option<String> {
        let text = text.trim();
        let text = self.length("website", text, WEBSITE_LENGTH_AT_MOST).map(|()| text)?;
        let is_named = |url: &Url| matches!(url.host(), Some(Host::Domain(domain)) if domain.contains('.'));
        let is_open = |url: &Url| url.username().is_empty() && url.password().is_none();
        let is_address = is_web_address(text)
            && tidy(text) == text
            && Url::parse(text).is_ok_and(|url| is_named(&url) && is_open(&url));
        if is_address {
            return Some(text.to_owned());
        }
        let message = Localized::new(
            format!("`{text}` 不是网址；应如 `https://www.example.org`"),
            format!("`{text}` is not the address of a web page; one looks like `https://www.example.org`"),
        );
        self.wrong("website", ProblemCode::InvalidValue, message);
        None
    }

    fn people(&mut self, current: &[Person], edits: &[PersonEdit]) -> Vec<Person> {
        let mut people: Vec<Person> = Vec::new();
        if !self.fits("people", edits.len(), PEOPLE_AT_MOST) {
            return people;
        }
        for (index, edit) in edits.iter().enumerate() {
            let name = self.line(&format!("people[{index}].name"), &edit.name, SHORT_NAME_LENGTH_AT_MOST);
            let orcid = edit.orcid.as_deref().and_then(|text| {
                let read = Identifier::parse(Scheme::Orcid, text);
                read.map_err(|message| {
                    self.wrong(format!("people[{index}].orcid"), ProblemCode::InvalidValue, message);
                })
                .ok()
            });
            let status = edit.riken_staff.as_deref().and_then(|word| {
                let field = format!("people[{index}].rikenStaff");
                match self.fact(&field, fact::RIKEN_STAFF, &Stated::Text(word.to_owned()))? {
                    Stated::Text(word) => Some(word),
                    Stated::Bool(_) | Stated::List(_) => None,
                }
            });
            let Some(name) = name else { continue };
            let is_known = people.iter().any(|known| match (&known.orcid, &orcid) {
                (Some(known), Some(orcid)) => known == orcid,
                (None, None) => known.name == name,
                _ => false,
            });
            if is_known {
                self.twice(format!("people[{index}]"), &name);
                continue;
            }
            // Whoever has another name or iD is somebody else: what was verified of the one says nothing of the other.
            let known = current.iter().find(|known| known.name == name && known.orcid == orcid);
            let riken_staff = status.map(|status| {
                let known = known.and_then(|known| known.riken_staff.clone()).filter(|known| known.value == status);
                known.unwrap_or_else(|| declared(status))
            });
            people.push(Person { name, orcid, riken_staff });
        }
        people
    }

    fn contact(&mut self, edit: &Contact) -> Contact {
        let Contact { name, email, phone } = edit;
        if name.is_none() && email.is_none() && phone.is_none() {
            let message = Localized::new(
                "联系方式须有姓名、电子邮箱或电话；要删除请填 null",
                "a contact needs a name, an e-mail address or a telephone number; null removes it",
            );
            self.wrong("contact", ProblemCode::Missing, message);
        }
        Contact {
            name: name.as_deref().and_then(|name| self.line("contact.name", name, SHORT_NAME_LENGTH_AT_MOST)),
            email: email.as_deref().and_then(|email| self.email(email)),
            phone: phone.as_deref().and_then(|phone| self.phone(phone)),
        }
    }

    fn email(&mut self, text: &str) -> Option<String> {
        let text = self.line("contact.email", text, EMAIL_LENGTH_AT_MOST)?;
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        if EmailAddress::parse_with_options(&text, options).is_ok() {
            return Some(text);
        }
        let message = Localized::new(
            format!("`{text}` 不是电子邮箱地址；应如 `office@example.org`"),
            format!("`{text}` is not an e-mail address; one looks like `office@example.org`"),
        );
        self.wrong("contact.email", ProblemCode::InvalidValue, message);
        None
    }

    fn phone(&mut self, text: &str) -> Option<String> {
        const BESIDE_DIGITS: &str = " +-()（）./,;:#extEXT转";
        let text = self.line("contact.phone", text, PHONE_LENGTH_AT_MOST)?;
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if digits >= 5 && text.chars().all(|letter| letter.is_ascii_digit() || BESIDE_DIGITS.contains(letter)) {
            return Some(text);
        }
        let message = Localized::new(
            format!("`{text}` 不是电话号码；应如 `+86 10 1234 5678`"),
            format!("`{text}` is not a telephone number; one looks like `+86 10 1234 5678`"),
        );
        self.wrong("contact.phone", ProblemCode::InvalidValue, message);
        None
    }
}

/// Facts of a member that depend on the consortium, and so are no institution's own.
pub(crate) const ROLE_FACTS: [&str; 2] = ["side", "lead"];

fn short(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("member.").unwrap_or(name)
}

/// How many are not a registry's.
fn own(assurances: impl Iterator<Item = Assurance>) -> usize {
    assurances.filter(|assurance| *assurance != Assurance::Imported).count()
}

/// What is stated of a fact, in the one spelling of the vocabulary.
fn read_fact(library: &Library, name: &str, value: &Stated) -> Result<Stated, Vec<Problem>> {
    let mut only = Profile::default();
    only.state(name, value.clone(), Assurance::SelfDeclared);
    let read = member(library, &only, Assurance::Imported)?;
    let found = library.vocabulary.find(&format!("member.{name}"));
    let known = found.and_then(|(id, definition)| Some((read.facts.get(id.slot)?, definition)));
    Ok(match known {
        Some((FactValue::Bool(value), _)) => Stated::Bool(*value),
        Some((FactValue::Parties(items) | FactValue::Exclusions(items), _)) => Stated::List(items.clone()),
        Some((value, definition)) => Stated::Text(definition.code(value)),
        None => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use eligibility::date::{Date, parse_day};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::content::{Link, RegistryType, Relation, Stamp};
    use crate::merge::merge;
    use crate::support::{LIBRARY, TAXONOMY};

    fn day(text: &str) -> Date {
        parse_day(text).expect("a day")
    }

    fn text(text: &str) -> Stated {
        Stated::Text(text.to_owned())
    }

    fn by(assurance: Assurance, value: &str) -> Attested<String> {
        Attested { value: value.to_owned(), assurance }
    }

    fn identifier(scheme: Scheme, text: &str) -> Identifier {
        Identifier::parse(scheme, text).expect("an identifier")
    }

    fn name(text: &str, lang: Option<&str>, kind: NameKind) -> NameEdit {
        NameEdit { text: text.into(), lang: lang.map(str::to_owned), kind }
    }

    fn fact(name: &str, value: Option<Stated>) -> FactEdit {
        FactEdit { name: name.into(), value }
    }

    /// An institution as a registry has it, with two facts that were verified.
    fn university() -> Profile {
        let label = |text: &str, lang: &str, display| Name {
            text: text.into(),
            lang: Some(lang.into()),
            kind: NameKind::Label,
            display,
            assurance: Assurance::Imported,
        };
        let mut profile = Profile {
            names: vec![label("Tsinghua University", "en", true), label("清华大学", "zh", false)],
            identifiers: vec![Attested::imported(identifier(Scheme::Ror, "03cve4549"))],
            city: Some(by(Assurance::Imported, "Beijing")),
            registry_types: vec![RegistryType::Education],
            links: vec![Link {
                relation: Relation::Parent,
                target: identifier(Scheme::Ror, "01mv9t934"),
                name: "Ministry of Education".into(),
                assurance: Assurance::Imported,
            }],
            keywords: vec![by(Assurance::Imported, "water"), by(Assurance::Imported, "energy")],
            domains: vec!["tsinghua.edu.cn".into()],
            website: Some(by(Assurance::Imported, "https://www.tsinghua.edu.cn")),
            people: vec![Person {
                name: "张三".into(),
                orcid: Some(identifier(Scheme::Orcid, "0000-0002-1825-0097")),
                riken_staff: Some(by(Assurance::Verified, "VISITING")),
            }],
            contact: Some(Contact { phone: Some("010-62781234".into()), ..Contact::default() }),
            ..Profile::default()
        };
        profile.state("country", text("CN"), Assurance::Imported);
        profile.state("independent_legal_person", Stated::Bool(true), Assurance::SelfDeclared);
        profile.state("kind", text("UNIVERSITY"), Assurance::Imported);
        profile.state("registered_on", text("1911"), Assurance::Imported);
        profile.verify("kind", Stamp { on: day("2026-01-31"), until: None });
        profile.verify("registered_on", Stamp { on: day("2026-01-31"), until: Some(day("2027-01-31")) });
        profile
    }

    fn applied(edit: Edit) -> Profile {
        apply(&university(), edit, &LIBRARY, &TAXONOMY).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    /// The faults as `field CODE: message`.
    fn faults(edit: Edit) -> Vec<String> {
        let faults = apply(&university(), edit, &LIBRARY, &TAXONOMY).expect_err("a fault");
        let shown = |fault: &EditFault| format!("{} {}: {}", fault.field, fault.code.as_str(), fault.message.en);
        assert!(faults.iter().all(|fault| !fault.message.zh.is_empty()));
        faults.iter().map(shown).collect()
    }

    /// What restates a profile.
    fn whole(profile: &Profile) -> Edit {
        let values = |items: &[Attested<String>]| Patch::Set(items.iter().map(|item| item.value.clone()).collect());
        let part = |part: &Option<Attested<String>>| match part {
            Some(part) => Patch::Set(part.value.clone()),
            None => Patch::Removed,
        };
        let names = profile.names.iter().map(|name| NameEdit {
            text: name.text.clone(),
            lang: name.lang.clone(),
            kind: name.kind,
        });
        let identifiers = profile
            .identifiers
            .iter()
            .map(|known| IdentifierEdit { scheme: known.value.scheme(), text: known.value.value().to_owned() });
        let people = profile.people.iter().map(|person| PersonEdit {
            name: person.name.clone(),
            orcid: person.orcid.as_ref().map(|orcid| orcid.value().to_owned()),
            riken_staff: person.riken_staff.as_ref().map(|status| status.value.clone()),
        });
        Edit {
            names: Patch::Set(names.collect()),
            identifiers: Patch::Set(identifiers.collect()),
            facts: profile.facts.iter().map(|(name, stated)| fact(name, Some(stated.value.clone()))).collect(),
            city: part(&profile.city),
            fields: values(&profile.fields),
            keywords: values(&profile.keywords),
            website: part(&profile.website),
            offers: part(&profile.offers),
            seeks: part(&profile.seeks),
            people: Patch::Set(people.collect()),
            contact: profile.contact.clone().map_or(Patch::Removed, Patch::Set),
        }
    }

    #[test]
    fn what_stays_the_same_keeps_who_vouches_for_it() {
        assert_eq!(applied(Edit::default()), university());
        assert_eq!(applied(whole(&university())), university());
        // Another spelling of the same is the same.
        let edit = Edit {
            names: Patch::Set(vec![
                name("  Tsinghua   University ", Some("EN "), NameKind::Label),
                name("清华大学", Some("zh"), NameKind::Label),
            ]),
            identifiers: Patch::Set(vec![IdentifierEdit {
                scheme: Scheme::Ror,
                text: "https://ror.org/03CVE4549".into(),
            }]),
            facts: vec![
                fact("member.kind", Some(text("HIGHER_EDUCATION"))),
                fact("registered_on", Some(text(" 1911"))),
                fact("independent_legal_person", Some(text("true"))),
            ],
            city: Patch::Set("Beijing\u{202e} ".into()),
            keywords: Patch::Set(vec!["water ".into(), " energy".into()]),
            website: Patch::Set(" https://www.tsinghua.edu.cn".into()),
            people: Patch::Set(vec![PersonEdit {
                name: "张三".into(),
                orcid: Some("https://orcid.org/0000000218250097".into()),
                riken_staff: Some("VISITOR".into()),
            }]),
            ..Edit::default()
        };
        assert_eq!(applied(edit), university());
    }

    #[test]
    fn what_is_new_or_other_is_the_owners_own_word() {
        let edited = applied(Edit {
            names: Patch::Set(vec![
                name("清华大学", Some("zh"), NameKind::Label),
                name("Tsinghua University", Some("en"), NameKind::Alias),
                name("THU\u{7}", None, NameKind::Acronym),
            ]),
            identifiers: Patch::Set(vec![
                IdentifierEdit { scheme: Scheme::Ror, text: "03cve4549".into() },
                IdentifierEdit { scheme: Scheme::CreditCode, text: "12100000400000624d".into() },
            ]),
            facts: vec![
                fact("registered_on", Some(text("1911-04-26"))),
                fact("kind", None),
                fact("founded_by", Some(Stated::List(vec![" A  B ".into()]))),
                fact("independent_legal_person", Some(Stated::Bool(false))),
                fact("subdivision", Some(text("CN-BJ"))),
            ],
            city: Patch::Set("北京".into()),
            fields: Patch::Set(vec!["2.7".into()]),
            keywords: Patch::Set(vec!["energy".into(), "水处理".into()]),
            website: Patch::Removed,
            offers: Patch::Set(" A pilot\tplant \r\n\r\n\r\n 5 t/d\u{202e}\n".into()),
            seeks: Patch::Set("A twin".into()),
            people: Patch::Set(vec![
                PersonEdit { name: "张三".into(), orcid: None, riken_staff: Some("VISITING".into()) },
                PersonEdit { name: "Li Si".into(), ..PersonEdit::default() },
            ]),
            contact: Patch::Set(Contact {
                name: Some("科研院".into()),
                email: Some("kyy@tsinghua.edu.cn".into()),
                phone: Some("+86 (10) 6278-1234 ext 5".into()),
            }),
        });
        use Assurance::{Imported, SelfDeclared};
        let named = |text: &str, lang: Option<&str>, kind, display, assurance| Name {
            text: text.into(),
            lang: lang.map(str::to_owned),
            kind,
            display,
            assurance,
        };
        let mut expected = Profile {
            names: vec![
                named("清华大学", Some("zh"), NameKind::Label, true, SelfDeclared),
                named("Tsinghua University", Some("en"), NameKind::Alias, false, SelfDeclared),
                named("THU", None, NameKind::Acronym, false, SelfDeclared),
            ],
            identifiers: vec![
                Attested::imported(identifier(Scheme::Ror, "03cve4549")),
                declared(identifier(Scheme::CreditCode, "12100000400000624D")),
            ],
            city: Some(by(SelfDeclared, "北京")),
            fields: vec![by(SelfDeclared, "2.7")],
            keywords: vec![by(Imported, "energy"), by(SelfDeclared, "水处理")],
            website: None,
            offers: Some(by(SelfDeclared, "A pilot plant\n\n5 t/d")),
            seeks: Some(by(SelfDeclared, "A twin")),
            people: vec![
                Person { name: "张三".into(), orcid: None, riken_staff: Some(by(SelfDeclared, "VISITING")) },
                Person { name: "Li Si".into(), orcid: None, riken_staff: None },
            ],
            contact: Some(Contact {
                name: Some("科研院".into()),
                email: Some("kyy@tsinghua.edu.cn".into()),
                phone: Some("+86 (10) 6278-1234 ext 5".into()),
            }),
            ..university()
        };
        expected.facts.remove("kind");
        expected.verifications.clear();
        for (name, value) in [
            ("registered_on", text("1911-04-26")),
            ("founded_by", Stated::List(vec!["A B".into()])),
            ("independent_legal_person", Stated::Bool(false)),
            ("subdivision", text("CN-BJ")),
        ] {
            expected.state(name, value, SelfDeclared);
        }
        assert_eq!(edited, expected);
    }

    #[test]
    fn a_list_that_is_removed_is_empty_and_a_part_gone() {
        let edited = applied(Edit {
            identifiers: Patch::Removed,
            city: Patch::Removed,
            keywords: Patch::Removed,
            people: Patch::Removed,
            contact: Patch::Removed,
            ..Edit::default()
        });
        let expected = Profile {
            identifiers: Vec::new(),
            city: None,
            keywords: Vec::new(),
            people: Vec::new(),
            contact: None,
            ..university()
        };
        assert_eq!(edited, expected);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let found = faults(Edit {
            names: Patch::Set(vec![
                name(" \u{7} ", None, NameKind::Label),
                name("—", None, NameKind::Label),
                name("A", Some("eng"), NameKind::Label),
                name("清华大学", Some("zh"), NameKind::Label),
                name("清华大学", None, NameKind::Alias),
                name(&"x".repeat(501), None, NameKind::Alias),
            ]),
            identifiers: Patch::Set(vec![
                IdentifierEdit { scheme: Scheme::Ror, text: "03cve4548".into() },
                IdentifierEdit { scheme: Scheme::Ror, text: "03cve4549".into() },
                IdentifierEdit { scheme: Scheme::Ror, text: "03cve4549".into() },
                IdentifierEdit { scheme: Scheme::Ror, text: "01mv9t934".into() },
                IdentifierEdit { scheme: Scheme::Orcid, text: "0000-0002-1825-0097".into() },
            ]),
            facts: vec![
                fact("member.knd", Some(text("UNIVERSITY"))),
                fact("side", Some(text("CHINESE"))),
                fact("kind", Some(text("UNIVERSTY"))),
                fact("member.kind", None),
                fact("registered_on", Some(text("1911-13"))),
                fact("founded_by", Some(Stated::List(vec!["A".into(), " ".into(), "A ".into()]))),
                fact("hk_status", Some(Stated::Bool(true))),
                fact("subdivision", Some(text("BE-WAL"))),
                fact("independent_legal_person", Some(Stated::List(Vec::new()))),
                fact("principal_investigator.riken_staff", Some(text(""))),
            ],
            city: Patch::Set(String::new()),
            fields: Patch::Set(vec!["2".into(), "2.99".into(), "2".into()]),
            keywords: Patch::Set(vec!["a".repeat(101), "b".into(), "b".into(), "\u{202e}".into()]),
            website: Patch::Set("javascript:alert(1)".into()),
            offers: Patch::Set("水".repeat(2001)),
            seeks: Patch::Set("\n".into()),
            people: Patch::Set(vec![
                PersonEdit { name: " ".into(), orcid: Some("0000-0002-1825-0098".into()), riken_staff: None },
                PersonEdit { name: "A".into(), orcid: None, riken_staff: Some("BOSS".into()) },
                PersonEdit { name: "A".into(), ..PersonEdit::default() },
            ]),
            contact: Patch::Set(Contact {
                name: None,
                email: Some("office@localhost".into()),
                phone: Some("call me".into()),
            }),
        });
        let allowed = "(allowed: `country`, `subdivision`, `kind`, `independent_legal_person`, `registered_on`, `founded_by`, \
                       `hk_status`, `principal_investigator.riken_staff`, `principal_investigator.born_on`, \
                       `principal_investigator.senior_title_or_doctorate`, `principal_investigator.months_per_year`, \
                       `principal_investigator.civil_servant`, `serious_research_misconduct`)";
        assert_eq!(
            found,
            [
                "names[0].text INVALID_VALUE: must not be empty",
                "names[1].text INVALID_VALUE: must have a letter or a digit",
                "names[2].lang INVALID_VALUE: `eng` is not a language code of ISO 639-1; one looks like `zh` or `en`",
                "names[4].text DUPLICATE: `清华大学` is there twice",
                "names[5].text LIMIT: 501 characters; at most 500",
                "identifiers[0].text INVALID_VALUE: the check digits of a ROR id `03cve4548` do not fit; look for a \
                 typing error",
                "identifiers[2].text DUPLICATE: `03cve4549` is there twice",
                "identifiers[3].text DUPLICATE: an institution has only one identifier of this scheme",
                "identifiers[4].scheme INVALID_VALUE: an ORCID iD is a person's; give it with the person",
                &format!("facts[0].name UNKNOWN_KEY: unknown fact `knd`; did you mean `kind`? {allowed}"),
                &format!("facts[1].name UNKNOWN_KEY: unknown fact `side` {allowed}"),
                "facts[2].value UNKNOWN_VALUE: unknown kind of institution `UNIVERSTY`; did you mean `UNIVERSITY`? \
                 (allowed: `UNIVERSITY`, `RESEARCH_INSTITUTE`, `ENTERPRISE`, `HOSPITAL`, `GOVERNMENT_AGENCY`, \
                 `FOUNDATION`, `NON_PROFIT`, `OTHER`)",
                "facts[3].name DUPLICATE: `kind` is there twice",
                "facts[4].value INVALID_VALUE: expected a day, month or year of the calendar (2015-03-01, 2015-03, \
                 2015), found `1911-13`",
                "facts[5].value[1] INVALID_VALUE: must not be empty",
                "facts[5].value[2] DUPLICATE: `A` is there twice",
                "facts[6].value UNKNOWN_VALUE: unknown Hong Kong status `true` (allowed: `RD_CENTRE`, \
                 `DESIGNATED_PUBLIC_RESEARCH_INSTITUTE`, `NONE`)",
                "facts[8].value INVALID_VALUE: expected true or false, found a list",
                "facts[9].value INVALID_VALUE: must not be empty",
                "facts[7].value INCONSISTENT: subdivision BE-WAL does not belong to CN",
                "city INVALID_VALUE: must not be empty",
                "fields[1] UNKNOWN_VALUE: unknown code of a research field `2.99` (allowed: `2`, `2.7`)",
                "fields[2] DUPLICATE: `2` is there twice",
                "keywords[0] LIMIT: 101 characters; at most 100",
                "keywords[2] DUPLICATE: `b` is there twice",
                "keywords[3] INVALID_VALUE: must not be empty",
                "website INVALID_VALUE: `javascript:alert(1)` is not the address of a web page; one looks like \
                 `https://www.example.org`",
                "offers LIMIT: 2001 characters; at most 2000",
                "seeks INVALID_VALUE: must not be empty",
                "people[0].name INVALID_VALUE: must not be empty",
                "people[0].orcid INVALID_VALUE: the check digits of an ORCID iD `0000-0002-1825-0098` do not fit; look \
                 for a typing error",
                "people[1].rikenStaff UNKNOWN_VALUE: unknown RIKEN staff status of its principal investigator `BOSS` \
                 (allowed: `FULL_RESEARCHER`, `VISITING`, `STUDENT`, `OTHER_STAFF`, `NONE`)",
                "people[2] DUPLICATE: `A` is there twice",
                "contact.email INVALID_VALUE: `office@localhost` is not an e-mail address; one looks like \
                 `office@example.org`",
                "contact.phone INVALID_VALUE: `call me` is not a telephone number; one looks like `+86 10 1234 5678`",
            ]
        );
    }

    #[test]
    fn numbers_have_limits_and_a_registrys_items_do_not_count() {
        let names =
            |count: usize| Patch::Set((0..count).map(|n| name(&format!("N{n}"), None, NameKind::Alias)).collect());
        let texts = |count: usize| Patch::Set((0..count).map(|n| format!("k{n}")).collect());
        let people = |count: usize| {
            let person = |n| PersonEdit { name: format!("P{n}"), ..PersonEdit::default() };
            Patch::Set((0..count).map(person).collect())
        };
        let edit = |more: usize| Edit {
            names: names(NAMES_AT_MOST + more),
            keywords: texts(KEYWORDS_AT_MOST + more),
            people: people(PEOPLE_AT_MOST + more),
            ..Edit::default()
        };
        assert_eq!(applied(edit(0)).names.len(), 20);
        assert_eq!(
            faults(edit(1)),
            [
                "names LIMIT: 21 items; at most 20",
                "keywords LIMIT: 31 items; at most 30",
                "people LIMIT: 51 items; at most 50"
            ]
        );
        let far_too_many = Edit { keywords: texts(1000), facts: vec![fact("kind", None); 101], ..Edit::default() };
        assert_eq!(
            faults(far_too_many),
            ["facts LIMIT: 101 items; at most 100", "keywords LIMIT: 1000 items; at most 32"]
        );
        let mut current = university();
        current.keywords = (0..40).map(|n| by(Assurance::Imported, &format!("i{n}"))).collect();
        let edited = apply(&current, whole(&current), &LIBRARY, &TAXONOMY).expect("no fault");
        assert_eq!(edited, current);
    }

    #[test]
    fn at_least_one_name_and_one_way_to_reach_remain() {
        let missing = ["names MISSING: at least one name must remain"];
        assert_eq!(faults(Edit { names: Patch::Removed, ..Edit::default() }), missing);
        assert_eq!(faults(Edit { names: Patch::Set(Vec::new()), ..Edit::default() }), missing);
        assert_eq!(
            faults(Edit { contact: Patch::Set(Contact::default()), ..Edit::default() }),
            ["contact MISSING: a contact needs a name, an e-mail address or a telephone number; null removes it"]
        );
    }

    #[test]
    fn a_later_import_keeps_to_the_name_that_the_owner_shows() {
        let names = vec![
            name("清华大学", Some("zh"), NameKind::Label),
            name("Tsinghua University", Some("en"), NameKind::Label),
        ];
        let edited = applied(Edit { names: Patch::Set(names), ..Edit::default() });
        let merged = merge(&edited, &university());
        assert_eq!(merged.names, edited.names);
        assert_eq!(merged.verifications, university().verifications);
    }

    #[test]
    fn a_web_site_is_a_page_with_a_name() {
        for text in ["https://www.example.org", "http://例え.jp/a?b#c", "https://lab.example.org:8443/"] {
            let edited = applied(Edit { website: Patch::Set(text.into()), ..Edit::default() });
            assert_eq!(edited.website, Some(by(Assurance::SelfDeclared, text)));
        }
        for text in [
            "www.example.org",
            "ftp://example.org",
            "https://",
            "https://localhost",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://user:secret@example.org",
            "https://example.org@evil.org",
            "https://example.org/a b",
            "https://example.org/\u{202e}gro",
        ] {
            let found = faults(Edit { website: Patch::Set(text.into()), ..Edit::default() });
            assert_eq!(found.len(), 1, "{text}");
        }
        let long = format!("https://example.org/{}", "a".repeat(481));
        assert_eq!(
            faults(Edit { website: Patch::Set(long), ..Edit::default() }),
            ["website LIMIT: 501 characters; at most 500"]
        );
    }

    #[test]
    fn a_country_that_leaves_its_subdivision_behind_is_told() {
        let stated = |country: &str, subdivision: Option<&str>| {
            let edit = vec![fact("country", Some(text(country))), fact("subdivision", subdivision.map(text))];
            Edit { facts: edit, ..Edit::default() }
        };
        let belgian = applied(stated("BE", Some("BE-WAL")));
        let moved = Edit { facts: vec![fact("country", Some(text("FR")))], ..Edit::default() };
        let faults = apply(&belgian, moved, &LIBRARY, &TAXONOMY).expect_err("a fault");
        assert_eq!(
            faults,
            [EditFault {
                field: "facts[0].value".into(),
                code: ProblemCode::Inconsistent,
                message: Localized::new("行政区 BE-WAL 不属于 FR", "subdivision BE-WAL does not belong to FR"),
            }]
        );
        assert!(apply(&belgian, stated("FR", None), &LIBRARY, &TAXONOMY).is_ok());
        // What is inconsistent already does not stand in the way of other changes.
        let mut broken = belgian;
        broken.state("country", text("FR"), Assurance::Imported);
        let edit = Edit { city: Patch::Set("Paris".into()), ..Edit::default() };
        assert!(apply(&broken, edit, &LIBRARY, &TAXONOMY).is_ok());
    }

    #[test]
    fn a_fact_of_another_vocabulary_can_be_taken_back_only() {
        let mut current = university();
        current.state("colour", text("RED"), Assurance::SelfDeclared);
        let edit = |value| Edit { facts: vec![fact("colour", value)], ..Edit::default() };
        let faults = apply(&current, edit(Some(text("RED"))), &LIBRARY, &TAXONOMY).expect_err("a fault");
        assert_eq!(faults[0].code, ProblemCode::UnknownKey);
        assert_eq!(apply(&current, edit(None), &LIBRARY, &TAXONOMY), Ok(university()));
    }

    fn some_edit() -> impl Strategy<Value = Edit> {
        fn patch<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Patch<T>> {
            (0..3, value).prop_map(|(which, value)| match which {
                0 => Patch::Unchanged,
                1 => Patch::Removed,
                _ => Patch::Set(value),
            })
        }
        fn texts(items: &[&str]) -> impl Strategy<Value = Vec<String>> {
            let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
            prop::sample::subsequence(items.clone(), 0..=items.len()).prop_shuffle()
        }
        fn one(items: &[&str]) -> impl Strategy<Value = String> {
            prop::sample::select(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>())
        }
        let kinds = prop::sample::select(vec![NameKind::Label, NameKind::Alias]);
        let names =
            (texts(&["Tsinghua University", "清华大学", "THU", "A B"]), vec(kinds, 4), option::of(one(&["en", "zh"])));
        let names = names.prop_filter("a name must remain", |(texts, ..)| !texts.is_empty());
        let names = names.prop_map(|(texts, kinds, lang)| {
            let edits = texts.into_iter().zip(kinds);
            edits.map(|(text, kind)| NameEdit { text, lang: lang.clone(), kind }).collect::<Vec<_>>()
        });
        let names = option::of(names).prop_map(|names| names.map_or(Patch::Unchanged, Patch::Set));
        let facts = (
            option::of(option::of(one(&["UNIVERSITY", "HOSPITAL"]))),
            option::of(option::of(one(&["1911", "1911-04"]))),
            option::of(option::of(any::<bool>())),
        );
        let facts = facts.prop_map(|(kind, date, person)| {
            let kind = kind.map(|kind| fact("kind", kind.map(Stated::Text)));
            let date = date.map(|date| fact("member.registered_on", date.map(Stated::Text)));
            let person = person.map(|person| fact("independent_legal_person", person.map(Stated::Bool)));
            kind.into_iter().chain(date).chain(person).collect::<Vec<_>>()
        });
        let person = option::of(one(&["VISITING", "NONE"])).prop_map(|riken_staff| PersonEdit {
            name: "张三".into(),
            orcid: Some("0000-0002-1825-0097".into()),
            riken_staff,
        });
        let parts =
            (patch(one(&["Beijing", "北京"])), patch(texts(&["2", "2.7"])), patch(texts(&["water", "energy", "水"])));
        let more = (
            patch(one(&["https://www.tsinghua.edu.cn", "https://example.org"])),
            patch(one(&["a pilot plant", "two\nlines"])),
            patch(person.prop_map(|person| vec![person])),
        );
        (names, facts, parts, more).prop_map(|(names, facts, (city, fields, keywords), (website, offers, people))| {
            Edit { names, facts, city, fields, keywords, website, offers, people, ..Edit::default() }
        })
    }

    proptest! {
        #[test]
        fn nobody_but_the_owner_vouches_for_what_an_edit_changes(edit in some_edit()) {
            let before = university();
            let after = applied(edit);
            // What is not the owner's own word was there before, said by the same.
            let foreign = |assurance| assurance != Assurance::SelfDeclared;
            for name in after.names.iter().filter(|name| foreign(name.assurance)) {
                let same = |known: &&Name| Name { display: name.display, ..(*known).clone() } == *name;
                prop_assert!(before.names.iter().any(|known| same(&known)));
            }
            prop_assert!(after.names.iter().skip(1).all(|name| !name.display) && after.names[0].display);
            for (now, then) in [(&after.keywords, &before.keywords), (&after.fields, &before.fields)] {
                prop_assert!(now.iter().all(|item| !foreign(item.assurance) || then.contains(item)));
            }
            for (now, then) in [
                (&after.city, &before.city),
                (&after.website, &before.website),
                (&after.offers, &before.offers),
                (&after.people.first().and_then(|person| person.riken_staff.clone()), &before.people[0].riken_staff),
            ] {
                prop_assert!(now.as_ref().is_none_or(|part| !foreign(part.assurance)) || now == then);
            }
            for (fact, stated) in &after.facts {
                prop_assert!(!foreign(stated.assurance) || before.facts.get(fact) == Some(stated));
                let stamp = (stated.assurance == Assurance::Verified).then(|| before.verifications[fact]);
                prop_assert_eq!(after.verifications.get(fact).copied(), stamp);
            }
            prop_assert!(after.verifications.keys().all(|fact| after.facts.contains_key(fact)));
            // What is the registry's alone stays as it is.
            prop_assert_eq!(&after.links, &before.links);
            prop_assert_eq!(&after.registry_types, &before.registry_types);
            prop_assert_eq!(&after.domains, &before.domains);
            // To say it again changes nothing.
            prop_assert_eq!(apply(&after, whole(&after), &LIBRARY, &TAXONOMY), Ok(after.clone()));
            prop_assert_eq!(apply(&after, Edit::default(), &LIBRARY, &TAXONOMY), Ok(after));
        }
    }
}
