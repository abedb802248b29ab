//! The content of a revision: what is said of an institution, and who vouches for each part of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use eligibility::date::{Date, PartialDate};
use eligibility::place::{Country, Subdivision};
use eligibility::{Lang, Localized};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identifier::{Identifier, Scheme};

/// Names one profile for ever (UUID version 7: in the order of their making).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(pub Uuid);

impl std::str::FromStr for ProfileId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who vouches for a statement, the weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Assurance {
    /// Taken from a public registry.
    #[default]
    Imported,
    /// Declared by the institution itself.
    SelfDeclared,
    /// Verified by a moderator on evidence.
    Verified,
}

impl Assurance {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Imported, Self::SelfDeclared, Self::Verified];
}

/// A statement and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attested<T> {
    /// What is stated.
    pub value: T,
    /// Who vouches for it.
    pub assurance: Assurance,
}

impl<T> Attested<T> {
    /// A statement of a registry.
    pub fn imported(value: T) -> Self {
        Self { value, assurance: Assurance::Imported }
    }
}

/// When a fact was verified, and until when that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The day on which it was verified.
    pub on: Date,
    /// The last day on which the verification holds; without end, if not given.
    #[serde(default)]
    pub until: Option<Date>,
}

/// The value of a fact as texts write it; the vocabulary says what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stated {
    /// Yes or no.
    Bool(bool),
    /// A word of a choice, a code, a date, a text.
    Text(String),
    /// Several texts; an empty list is known absence.
    List(Vec<String>),
}

impl Stated {
    /// The value as texts write it; a list in brackets.
    pub fn text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.join(", ")),
        }
    }
}

/// What kind of name a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NameKind {
    /// The name it goes by, in some language.
    Label,
    /// Another or former name.
    Alias,
    /// An acronym or short form.
    Acronym,
}

impl NameKind {
    /// The kind as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "LABEL",
            Self::Alias => "ALIAS",
            Self::Acronym => "ACRONYM",
        }
    }
}

/// A name of an institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its language, ISO 639-1, if known.
    #[serde(default)]
    pub lang: Option<String>,
    /// What kind of name it is.
    pub kind: NameKind,
    /// Whether the registry shows the institution under it.
    #[serde(default)]
    pub display: bool,
    /// Who vouches for it.
    pub assurance: Assurance,
}

/// How another organisation stands to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Relation {
    /// The other one is above it.
    Parent,
    /// The other one is below it.
    Child,
    /// The other one founded it, alone or with others.
    Founder,
    /// The other one works closely with it.
    Related,
    /// The other one took its place.
    Successor,
    /// It took the place of the other one.
    Predecessor,
}

impl Relation {
    /// The relation as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "PARENT",
            Self::Child => "CHILD",
            Self::Founder => "FOUNDER",
            Self::Related => "RELATED",
            Self::Successor => "SUCCESSOR",
            Self::Predecessor => "PREDECESSOR",
        }
    }
}

/// A link to another organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How the other one stands to this one.
    pub relation: Relation,
    /// The other one; it need not have a profile.
    pub target: Identifier,
    /// What the other one is called.
    pub name: String,
    /// Who vouches for it.
    pub assurance: Assurance,
}

/// A person who would lead a project at the institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's name.
    pub name: String,
    /// The person's ORCID iD.
    #[serde(default)]
    pub orcid: Option<Identifier>,
    /// The person's status at RIKEN, a word of the fact `member.principal_investigator.riken_staff`.
    #[serde(default)]
    pub riken_staff: Option<Attested<String>>,
}

/// How to reach the institution. Only its owner may see it, and whom the owner accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Whom to ask for.
    #[serde(default)]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
}

impl Contact {
    /// Whether it says how to reach the institution, and not only whom to ask for.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() || self.phone.is_some()
    }
}

/// A type of organisation as the Research Organization Registry has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistryType {
    /// Universities and similar bodies that teach and do research.
    Education,
    /// Funders of research.
    Funder,
    /// Hospitals and other places of medical care.
    Healthcare,
    /// Companies.
    Company,
    /// Libraries, museums, archives.
    Archive,
    /// Non-profit and non-governmental organisations.
    Nonprofit,
    /// Governmental bodies.
    Government,
    /// Specialised research institutes, laboratories and large facilities.
    Facility,
    /// None of these.
    Other,
}

impl RegistryType {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Education,
        Self::Funder,
        Self::Healthcare,
        Self::Company,
        Self::Archive,
        Self::Nonprofit,
        Self::Government,
        Self::Facility,
        Self::Other,
    ];

    /// The type as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Education => "EDUCATION",
            Self::Funder => "FUNDER",
            Self::Healthcare => "HEALTHCARE",
            Self::Company => "COMPANY",
            Self::Archive => "ARCHIVE",
            Self::Nonprofit => "NONPROFIT",
            Self::Government => "GOVERNMENT",
            Self::Facility => "FACILITY",
            Self::Other => "OTHER",
        }
    }
}

/// What is known of an institution: the content of one revision of its profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Its names, the one it is shown under first.
    pub names: Vec<Name>,
    /// Its identifiers.
    pub identifiers: Vec<Attested<Identifier>>,
    /// Facts of the vocabulary by their name below `member.`: `country`, `kind`, `registered_on`, … What is not there is
    /// unknown.
    pub facts: BTreeMap<String, Attested<Stated>>,
    /// When facts were verified, by the same names; only of facts that are verified now.
    pub verifications: BTreeMap<String, Stamp>,
    /// The town.
    pub city: Option<Attested<String>>,
    /// Its types in the Research Organization Registry.
    pub registry_types: Vec<RegistryType>,
    /// Other organisations it is linked to.
    pub links: Vec<Link>,
    /// Research fields, codes of the OECD's Fields of Research and Development: `2`, `2.7`.
    pub fields: Vec<Attested<String>>,
    /// Free keywords, in any language.
    pub keywords: Vec<Attested<String>>,
    /// People who would lead projects there.
    pub people: Vec<Person>,
    /// Domains of its e-mail addresses.
    pub domains: Vec<String>,
    /// Its web site.
    pub website: Option<Attested<String>>,
    /// What it offers to a joint project.
    pub offers: Option<Attested<String>>,
    /// What it seeks in a partner.
    pub seeks: Option<Attested<String>>,
    /// How to reach it; not public.
    pub contact: Option<Contact>,
}

/// The names of the facts that the directory itself reads.
pub(crate) mod fact {
    pub(crate) const COUNTRY: &str = "country";
    pub(crate) const SUBDIVISION: &str = "subdivision";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const LEGAL_PERSON: &str = "independent_legal_person";
    pub(crate) const REGISTERED_ON: &str = "registered_on";
    pub(crate) const FOUNDED_BY: &str = "founded_by";
    pub(crate) const HK_STATUS: &str = "hk_status";
    pub(crate) const RIKEN_STAFF: &str = "principal_investigator.riken_staff";
}

/// Whether everybody may know a fact. Of the person who would lead projects there, only whether the institution has somebody of
/// RIKEN's staff: the rest is personal.
pub(crate) fn is_public(fact: &str) -> bool {
    fact == fact::RIKEN_STAFF || !is_of_a_person(fact)
}

/// Whether a fact is one of the person who would lead projects there, and not of the institution.
pub(crate) fn is_of_a_person(fact: &str) -> bool {
    fact.starts_with("principal_investigator.")
}

impl Profile {
    /// The name to show it under, in a language: a label of that language, of several the one that is shown, then the one
    /// that is vouched for best; else the name that is shown; else the first.
    pub fn display_name(&self, lang: Lang) -> &str {
        let code = match lang {
            Lang::Zh => "zh",
            Lang::En => "en",
        };
        let label = |name: &&Name| name.kind == NameKind::Label && name.lang.as_deref() == Some(code);
        let shown = self.names.iter().filter(label).min_by_key(|name| (!name.display, Reverse(name.assurance)));
        let shown = shown.or_else(|| self.names.iter().find(|name| name.display)).or_else(|| self.names.first());
        shown.map(|name| name.text.as_str()).unwrap_or_default()
    }

    /// The name to show it under, in both languages.
    pub fn display_names(&self) -> Localized {
        Localized::new(self.display_name(Lang::Zh), self.display_name(Lang::En))
    }

    /// Its identifier of a scheme; the first, if it has several.
    pub fn identifier(&self, scheme: Scheme) -> Option<&Identifier> {
        self.identifiers.iter().map(|attested| &attested.value).find(|identifier| identifier.scheme() == scheme)
    }

    /// A fact whose value is a word.
    pub fn word(&self, fact: &str) -> Option<&str> {
        match &self.facts.get(fact)?.value {
            Stated::Text(word) => Some(word),
            Stated::Bool(_) | Stated::List(_) => None,
        }
    }

    /// Where it is registered.
    pub fn country(&self) -> Option<Country> {
        Country::parse(self.word(fact::COUNTRY)?)
    }

    /// The subdivision it is in.
    pub fn subdivision(&self) -> Option<Subdivision> {
        Subdivision::parse(self.word(fact::SUBDIVISION)?)
    }

    /// What kind of institution it is: a word of the fact `member.kind`.
    pub fn kind(&self) -> Option<&str> {
        self.word(fact::KIND)
    }

    /// Whether it is an independent legal person.
    pub fn legal_person(&self) -> Option<bool> {
        match self.facts.get(fact::LEGAL_PERSON)?.value {
            Stated::Bool(value) => Some(value),
            Stated::Text(_) | Stated::List(_) => None,
        }
    }

    /// When it was registered.
    pub fn registered_on(&self) -> Option<PartialDate> {
        PartialDate::parse(self.word(fact::REGISTERED_ON)?)
    }

    /// What everybody may see of it: neither contact nor people, and of the organisations linked to it those that say where
    /// it belongs and what became of it.
    pub fn public(&self) -> Self {
        // Every part is named, so that a new one is not public by accident.
        let Self {
            names,
            identifiers,
            facts,
            verifications,
            city,
            registry_types,
            links,
            fields,
            keywords,
            people: _,
            domains,
            website,
            offers,
            seeks,
            contact: _,
        } = self;
        let shown = |link: &&Link| !matches!(link.relation, Relation::Child | Relation::Related);
        Self {
            names: names.clone(),
            identifiers: identifiers.clone(),
            facts: facts
                .iter()
                .filter(|(fact, _)| is_public(fact))
                .map(|(fact, stated)| (fact.clone(), stated.clone()))
                .collect(),
            verifications: verifications
                .iter()
                .filter(|(fact, _)| is_public(fact))
                .map(|(fact, stamp)| (fact.clone(), *stamp))
                .collect(),
            city: city.clone(),
            registry_types: registry_types.clone(),
            links: links.iter().filter(shown).cloned().collect(),
            fields: fields.clone(),
            keywords: keywords.clone(),
            people: Vec::new(),
            domains: domains.clone(),
            website: website.clone(),
            offers: offers.clone(),
            seeks: seeks.clone(),
            contact: None,
        }
    }

    /// States a fact. A stamp of what was stated before is taken away.
    pub fn state(&mut self, fact: &str, value: Stated, assurance: Assurance) {
        self.verifications.remove(fact);
        self.facts.insert(fact.to_owned(), Attested { value, assurance });
    }

    /// Makes a fact verified, as of a stamp; says whether the fact is stated at all.
    pub fn verify(&mut self, fact: &str, stamp: Stamp) -> bool {
        let Some(stated) = self.facts.get_mut(fact) else { return false };
        stated.assurance = Assurance::Verified;
        self.verifications.insert(fact.to_owned(), stamp);
        true
    }

    /// Makes a verified fact the institution's own declaration again; says whether it was verified.
    pub fn unverify(&mut self, fact: &str) -> bool {
        self.verifications.remove(fact);
        match self.facts.get_mut(fact) {
            Some(stated) if stated.assurance == Assurance::Verified => {
                stated.assurance = Assurance::SelfDeclared;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The verified facts whose verification has ended before a day, by name.
    pub fn expired_verifications(&self, today: Date) -> Vec<String> {
        let ended = |stamp: &Stamp| stamp.until.is_some_and(|until| until < today);
        self.verifications.iter().filter(|(_, stamp)| ended(stamp)).map(|(fact, _)| fact.clone()).collect()
    }

    /// Keeps the stamps of those facts only that are verified.
    pub(crate) fn drop_stale_stamps(&mut self) {
        let facts = &self.facts;
        self.verifications
            .retain(|fact, _| facts.get(fact).is_some_and(|stated| stated.assurance == Assurance::Verified));
    }
}

#[cfg(test)]
mod tests {
    use eligibility::date::parse_day;

    use super::*;

    fn day(text: &str) -> Date {
        parse_day(text).expect("a day")
    }

    fn university() -> Profile {
        let mut profile = Profile::default();
        profile.state("kind", Stated::Text("UNIVERSITY".into()), Assurance::Imported);
        profile.state("registered_on", Stated::Text("1911-04".into()), Assurance::SelfDeclared);
        profile
    }

    #[test]
    fn a_fact_is_verified_and_no_longer() {
        let mut profile = university();
        let stamp = Stamp { on: day("2026-01-31"), until: Some(day("2027-01-31")) };
        assert!(profile.verify("registered_on", stamp));
        assert!(!profile.verify("country", stamp));
        assert_eq!(profile.facts["registered_on"].assurance, Assurance::Verified);
        assert_eq!(profile.verifications, BTreeMap::from([("registered_on".to_owned(), stamp)]));
        assert_eq!(profile.public().verifications, profile.verifications);

        assert!(profile.unverify("registered_on"));
        assert!(!profile.unverify("registered_on"));
        assert!(!profile.unverify("kind"));
        assert!(!profile.unverify("country"));
        assert_eq!(profile, university());
    }

    #[test]
    fn what_is_stated_anew_has_no_stamp() {
        let mut profile = university();
        assert!(profile.verify("kind", Stamp { on: day("2026-01-31"), until: None }));
        profile.state("kind", Stated::Text("HOSPITAL".into()), Assurance::SelfDeclared);
        assert_eq!(profile.verifications, BTreeMap::new());
    }

    #[test]
    fn a_verification_holds_to_the_end_of_its_last_day() {
        let mut profile = university();
        profile.verify("kind", Stamp { on: day("2026-01-31"), until: None });
        profile.verify("registered_on", Stamp { on: day("2026-01-31"), until: Some(day("2027-01-31")) });
        assert_eq!(profile.expired_verifications(day("2027-01-31")), Vec::<String>::new());
        assert_eq!(profile.expired_verifications(day("2027-02-01")), ["registered_on"]);
    }

    #[test]
    fn stamps_are_kept_in_documents_and_old_documents_are_read() {
        let mut profile = university();
        profile.verify("kind", Stamp { on: day("2026-01-31"), until: Some(day("2027-01-31")) });
        let document = serde_json::to_value(&profile).expect("a document");
        assert_eq!(document["verifications"], serde_json::json!({"kind": {"on": "2026-01-31", "until": "2027-01-31"}}));
        assert_eq!(serde_json::from_value::<Profile>(document).expect("a profile"), profile);
        let card = postcard::to_stdvec(&profile).expect("a card");
        assert_eq!(postcard::from_bytes::<Profile>(&card).expect("a profile"), profile);

        let mut old = serde_json::to_value(university()).expect("a document");
        old.as_object_mut().expect("an object").remove("verifications");
        assert_eq!(serde_json::from_value::<Profile>(old).expect("a profile"), university());
    }
}
