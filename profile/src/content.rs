//! The content of a revision: what is said of an institution, and who vouches for each part of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use eligibility::date::PartialDate;
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
            facts: facts.clone(),
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

    /// States a fact.
    pub fn state(&mut self, fact: &str, value: Stated, assurance: Assurance) {
        self.facts.insert(fact.to_owned(), Attested { value, assurance });
    }
}
