//! What a consortium plans: one document a version, as revisions of profiles are.

use std::collections::BTreeMap;

use eligibility::date::Date;
use eligibility::vocabulary::FactId;
use eligibility::yaml::{Key, Node, Value};
use eligibility::{Consortium, DirectionId, FactValue, Facts, Library, Localized, Problem};
pub use entity::consortium_member::Side;
use profile::{Identifier, ProfileId, Stated};
use serde::{Deserialize, Serialize};

use crate::actor::{AccountId, EvidenceId};

/// A side as documents and records of the history write it.
pub(crate) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Chinese => "CHINESE",
        Side::Partner => "PARTNER",
    }
}

/// Sides in documents.
mod side {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Side, side_word};

    pub(super) fn serialize<S: Serializer>(side: &Side, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(side_word(*side))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Side, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "CHINESE" => Ok(Side::Chinese),
            "PARTNER" => Ok(Side::Partner),
            other => Err(D::Error::custom(format!("no side is called {other}"))),
        }
    }
}

/// What is planned, and who the members were when that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The day it is judged for; the call's own day, if not given.
    pub as_of: Option<Date>,
    /// Facts of the project by their name below `project.`.
    pub facts: BTreeMap<String, Entry>,
    /// What the application of the Chinese side says.
    pub chinese_file: Option<SideFile>,
    /// What the application of the partner side says.
    pub partner_file: Option<SideFile>,
    /// Who the members were. Who they are now, the rows of the members say.
    pub members: Vec<Seat>,
}

/// A fact of the project, and who entered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What is stated.
    pub value: Stated,
    /// Whether only the institution it was entered for, and the lead of that one's side, see it.
    pub confidential: bool,
    /// The institution it was entered for.
    pub profile: ProfileId,
    /// The side that institution was on.
    #[serde(with = "side")]
    pub side: Side,
    /// Who entered it.
    pub account: AccountId,
    /// When, milliseconds since 1970 (UTC).
    pub at: i64,
    /// The file that proves it.
    #[serde(default)]
    pub evidence: Option<EvidenceId>,
}

/// What the application of one side says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFile {
    /// The title, in Chinese.
    #[serde(default)]
    pub title: Option<String>,
    /// The title, in English.
    #[serde(default)]
    pub title_en: Option<String>,
    /// The institutions that it names, as it names them; `None` if that is not entered.
    #[serde(default)]
    pub participants: Option<Vec<String>>,
    /// The person whom it names as leader on the Chinese side.
    #[serde(default)]
    pub chinese_leader: Option<Leader>,
    /// The person whom it names as leader on the partner side.
    #[serde(default)]
    pub partner_leader: Option<Leader>,
    /// The day on which the project begins.
    #[serde(default)]
    pub begins_on: Option<Date>,
    /// How many months it takes.
    #[serde(default)]
    pub months: Option<u32>,
    /// The institution that entered it last.
    pub profile: ProfileId,
    /// Who entered it last.
    pub account: AccountId,
    /// When, milliseconds since 1970 (UTC).
    pub at: i64,
}

/// The person who leads a project on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    /// The person's name.
    pub name: String,
    /// The person's ORCID iD.
    #[serde(default)]
    pub orcid: Option<Identifier>,
}

/// A member, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The institution.
    pub profile: ProfileId,
    /// The side it was on.
    #[serde(with = "side")]
    pub side: Side,
    /// Whether it led that side.
    pub lead: bool,
}

/// What a version changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Change {
    /// The consortium was opened.
    Opened,
    /// It has another name.
    Name {
        /// The name before.
        before: String,
        /// The name after.
        after: String,
    },
    /// It is judged for another day.
    AsOf {
        /// The day before.
        before: Option<Date>,
        /// The day after.
        after: Option<Date>,
    },
    /// A fact was entered, entered anew or taken back.
    Fact {
        /// Its name below `project.`.
        fact: String,
        /// What it was.
        before: Option<Entry>,
        /// What it is.
        after: Option<Entry>,
    },
    /// The application of a side says something else.
    File {
        /// The side.
        #[serde(with = "side")]
        side: Side,
        /// What it said; `None` where it said nothing.
        #[serde(default)]
        before: Option<Box<SideFile>>,
        /// What it says.
        #[serde(default)]
        after: Option<Box<SideFile>>,
    },
    /// An institution came, went, or has another place.
    Member {
        /// The institution.
        profile: ProfileId,
        /// What became of it.
        what: MemberChange,
        /// The side it is on, or was.
        #[serde(with = "side")]
        side: Side,
        /// Whether it leads that, or did.
        lead: bool,
    },
}

impl Change {
    /// Whether it leaves alone what an edit is made of.
    pub(crate) fn is_of_members(&self) -> bool {
        matches!(self, Self::Member { .. })
    }
}

/// What became of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MemberChange {
    /// It joined.
    Joined,
    /// It left.
    Left,
    /// It was removed.
    Removed,
    /// It is on the other side, or leads its side, or no longer does.
    Moved,
}

impl Content {
    /// What the application of a side says.
    pub fn file(&self, side: Side) -> Option<&SideFile> {
        match side {
            Side::Chinese => self.chinese_file.as_ref(),
            Side::Partner => self.partner_file.as_ref(),
        }
    }

    /// The facts of the project as the rules of a direction read them. What the direction cannot read, such as a topic of another,
    /// is unknown.
    pub fn project(&self, library: &Library, direction: DirectionId) -> Facts {
        let mut facts = Facts::default();
        for (fact, entry) in &self.facts {
            if let Ok((id, value)) = read(library, direction, fact, &entry.value) {
                facts.set(id.slot, Some(value));
            }
        }
        facts
    }
}

/// Reads one fact of the project, named below `project.`, as a file of a consortium would have it.
///
/// # Errors
/// What is wrong with it, in the words of the reader of facts.
pub(crate) fn read(
    library: &Library,
    direction: DirectionId,
    fact: &str,
    stated: &Stated,
) -> Result<(FactId, FactValue), Vec<Problem>> {
    let (Some(guide), Some(found)) = (library.guide_of(direction), library.direction(direction)) else {
        return Err(Vec::new());
    };
    let text = |text: &String| Node::synthetic(Value::Text(text.clone()));
    let mut node = match stated {
        Stated::Bool(value) => Node::synthetic(Value::Plain(value.to_string())),
        Stated::Text(value) => Node::synthetic(Value::Plain(value.clone())),
        Stated::List(items) => Node::synthetic(Value::List(items.iter().map(text).collect())),
    };
    let map = |entries: Vec<(&str, Node)>| {
        let key = |text: &str| Key { text: text.to_owned(), line: 0, column: 0 };
        Node::synthetic(Value::Map(entries.into_iter().map(|(text, node)| (key(text), node)).collect()))
    };
    let word = |word: &str| Node::synthetic(Value::Text(word.to_owned()));
    for part in fact.rsplit('.') {
        node = map(vec![(part, node)]);
    }
    // The reader wants a consortium; whose it is does not matter to a fact of the project.
    let member = map(vec![("key", word("1")), ("side", word("CHINESE"))]);
    let case = map(vec![
        ("guide", word(&guide.id)),
        ("direction", word(&found.id)),
        ("members", Node::synthetic(Value::List(vec![member]))),
        ("project", node),
    ]);
    let case = library.read_case("", &case)?;
    let name = format!("project.{fact}");
    let (id, _) = library.vocabulary.find(&name).ok_or_else(Vec::new)?;
    let value = case.consortium.project.get(id.slot).cloned().ok_or_else(Vec::new)?;
    Ok((id, value))
}

/// How a fact of the project, named below `project.`, reads; as it was entered, where the direction cannot read it.
pub fn shown_value(library: &Library, direction: Option<DirectionId>, fact: &str, stated: &Stated) -> Localized {
    let shown = direction.and_then(|direction| {
        let (id, value) = read(library, direction, fact, stated).ok()?;
        let of = Consortium { direction, as_of: None, members: Vec::new(), project: Facts::default() };
        Some(library.value_text(&of, id, &value))
    });
    shown.unwrap_or_else(|| Localized::new(stated.text(), stated.text()))
}
