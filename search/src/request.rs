//! What is asked of the index, and what it answers.

use eligibility::date::Date;
use eligibility::place::{Country, Place, Subdivision};
use eligibility::{DirectionId, Lang, Role};
use profile::{Assurance, ConceptId, Identifier, ProfileId, RegistryType, RolePossibility};

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Words to be found; without any, or only white space, every profile is met.
    pub text: Option<String>,
    /// What else a profile must be.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// At most so many hits.
    pub first: usize,
    /// Only what follows the hit with this cursor.
    pub after: Option<String>,
    /// Whether to count what the matches are.
    pub facets: bool,
    /// Ranks who is eligible for this role before who possibly is, and both before the others.
    pub prefer: Option<(DirectionId, Role)>,
    /// Concepts that give points and are not required.
    pub boost: Vec<ConceptId>,
}

/// What a profile must be. Of several values one is enough; of several conditions all must hold; an empty list of values
/// is met by nobody.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of the places of each of these lists.
    pub places: Vec<Vec<Place>>,
    /// In one of these subdivisions.
    pub subdivisions: Option<Vec<Subdivision>>,
    /// Of one of these kinds, words of the fact `member.kind`.
    pub kinds: Option<Vec<String>>,
    /// Of one of these types of the Research Organization Registry.
    pub registry_types: Option<Vec<RegistryType>>,
    /// An independent legal person, not one, or (`None`) not known to be either.
    pub legal_person: Option<Vec<Option<bool>>>,
    /// Certainly registered before this day.
    pub registered_before: Option<Date>,
    /// Certainly registered on this day or later.
    pub registered_since: Option<Date>,
    /// Active in one of these fields or in one below, by declaration or by the concepts of its names and keywords.
    pub fields: Option<Vec<String>>,
    /// With one of these concepts in its names or keywords.
    pub concepts: Option<Vec<ConceptId>>,
    /// With one of these identifiers.
    pub identifiers: Option<Vec<Identifier>>,
    /// One of these profiles.
    pub ids: Option<Vec<ProfileId>>,
    /// Its country, kind and registration are vouched for so; the weakest of the three counts.
    pub assurance: Option<Vec<Assurance>>,
    /// It could take all of these roles.
    pub roles: Vec<RoleFilter>,
}

/// A role that a profile could take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleFilter {
    /// The direction.
    pub direction: DirectionId,
    /// The role.
    pub role: Role,
    /// How sure it must be.
    pub at_least: RolePossibility,
}

/// In which order hits come. What is equal comes by profile id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: By,
    /// Backwards. Relevance has one direction only, the best first.
    pub descending: bool,
}

/// What hits are put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The score.
    #[default]
    Relevance,
    /// The name shown in a language; Chinese by pinyin.
    Name(Lang),
    /// The country's code, then the English name; unknown countries last.
    Country,
    /// The first day on which it can have been registered; unknown days last.
    RegisteredOn,
    /// When it was published last.
    ChangedAt,
}

/// How the text was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Matching {
    /// All words, as they were typed.
    #[default]
    Exact,
    /// All words, some of them corrected or completed.
    Corrected,
    /// Most of the words.
    Partial,
}

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// How many profiles match, on all pages.
    pub total: usize,
    /// What the matches are, if asked for.
    pub facets: Option<Facets>,
    /// How the text was met.
    pub matching: Matching,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether some come before.
    pub has_previous: bool,
    /// What was typed, and the words of the index that were taken for it.
    pub corrections: Vec<(String, Vec<String>)>,
}

/// A profile that matches.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its id.
    pub id: ProfileId,
    /// Why it stands where it does.
    pub score: Score,
    /// Where the next page begins if this is the last hit of its page.
    pub cursor: String,
    /// The bytes that it was indexed with.
    pub card: Vec<u8>,
}

/// A score and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// The sum of the parts.
    pub total: u32,
    /// The parts, as they were added.
    pub parts: Vec<ScorePart>,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScorePart {
    /// What it is given for.
    pub reason: Reason,
    /// The word it is given for, if it is one.
    pub term: Option<String>,
    /// The points.
    pub points: u32,
}

/// What points are given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A word in a label.
    Label,
    /// A word in an alias or acronym.
    Alias,
    /// A word among the keywords, or a concept.
    Keyword,
    /// A word for the place.
    Place,
    /// The pinyin of a word.
    Pinyin,
    /// The text is the label.
    WholeLabel,
    /// The text is the acronym or usual short name.
    WholeAcronym,
    /// The text is another name.
    WholeAlias,
    /// The text is the pinyin of the name.
    WholePinyin,
    /// The text is the initials of the name's pinyin.
    WholeInitials,
    /// How much of the shortest label the text is.
    Coverage,
    /// Many names, links and identifiers.
    Prominence,
    /// Eligible for the preferred role.
    Eligible,
    /// Possibly eligible for the preferred role.
    Possible,
    /// A concept of the boost.
    Boost,
}

/// How many of the matches are what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By country or region; `None` where it is not known. The most frequent first, as in all lists but the last.
    pub countries: Vec<Count<Option<Country>>>,
    /// By subdivision, where it is known.
    pub subdivisions: Vec<Count<Subdivision>>,
    /// By kind; `None` where it is not known.
    pub kinds: Vec<Count<Option<String>>>,
    /// By type of the Research Organization Registry; a profile may have several.
    pub registry_types: Vec<Count<RegistryType>>,
    /// By field code; a profile may have several, and has with each the one above.
    pub fields: Vec<Count<String>>,
    /// By legal personality; `None` where it is not known.
    pub legal_person: Vec<Count<Option<bool>>>,
    /// By assurance.
    pub assurance: Vec<Count<Assurance>>,
    /// By role, for each direction and role in their order.
    pub roles: Vec<RoleCount>,
}

/// How many matches have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count<T> {
    /// The value.
    pub value: T,
    /// How many matches have it.
    pub count: usize,
}

/// How many matches could take a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleCount {
    /// The direction.
    pub direction: DirectionId,
    /// The role.
    pub role: Role,
    /// How many are eligible.
    pub eligible: usize,
    /// How many possibly are.
    pub possible: usize,
}
