//! A profile before the calls: its facts as the rules read them, and which roles it could take.

use eligibility::yaml::{Key, Node, Value};
use eligibility::{DirectionId, Library, Member, Problem, Role, Verdict};

use crate::content::{Assurance, Profile, Stated};

/// Whether an institution could take a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RolePossibility {
    /// It is known that it could not.
    No,
    /// It could unless a fact that is missing says otherwise.
    Possible,
    /// It could, as far as that depends on itself.
    Eligible,
}

/// Whether an institution could take one role in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ability {
    /// The direction.
    pub direction: DirectionId,
    /// The role.
    pub role: Role,
    /// Whether it could.
    pub possibility: RolePossibility,
}

/// The facts of a profile as the rules read them; only those vouched for by at least `assurance`.
///
/// # Errors
/// Facts that the vocabulary does not have, or whose values it does not know.
pub fn member(library: &Library, profile: &Profile, assurance: Assurance) -> Result<Member, Vec<Problem>> {
    let mut entries = Vec::new();
    for (fact, stated) in profile.facts.iter().filter(|(_, stated)| stated.assurance >= assurance) {
        insert(&mut entries, fact, value(&stated.value));
    }
    let mut member = library.read_institution("", &Node::synthetic(Value::Map(entries)))?;
    member.name = Some(profile.display_names().zh).filter(|name| !name.is_empty());
    Ok(member)
}

/// Which roles an institution could take, on each call's own day: an entry for each direction and role, in their order.
pub fn abilities(library: &Library, member: &Member) -> Vec<Ability> {
    let reports = library.check_institution(member, None).into_iter();
    reports
        .map(|report| Ability {
            direction: report.direction,
            role: report.role,
            possibility: match report.verdict {
                Verdict::Eligible => RolePossibility::Eligible,
                Verdict::Undetermined => RolePossibility::Possible,
                Verdict::Ineligible => RolePossibility::No,
            },
        })
        .collect()
}

fn value(stated: &Stated) -> Node {
    let text = |text: &String| Node::synthetic(Value::Text(text.clone()));
    match stated {
        Stated::Bool(value) => Node::synthetic(Value::Plain(value.to_string())),
        Stated::Text(value) => Node::synthetic(Value::Plain(value.clone())),
        Stated::List(items) => Node::synthetic(Value::List(items.iter().map(text).collect())),
    }
}

/// Puts a fact where a file would have it: `a.b` below `a`, as `b`.
fn insert(entries: &mut Vec<(Key, Node)>, path: &str, node: Node) {
    let key = |text: &str| Key { text: text.to_owned(), line: 0, column: 0 };
    let Some((first, rest)) = path.split_once('.') else {
        entries.push((key(path), node));
        return;
    };
    if let Some((_, below)) = entries.iter_mut().find(|(entry, _)| entry.text == first) {
        if let Value::Map(below) = &mut below.value {
            insert(below, rest, node);
        }
        return;
    }
    let mut below = Vec::new();
    insert(&mut below, rest, node);
    entries.push((key(first), Node::synthetic(Value::Map(below))));
}
