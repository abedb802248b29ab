//! A profile before the calls: its facts as the rules read them, and which roles it could take.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::vocabulary::Scope;
use eligibility::yaml::{Key, Node, Value};
use eligibility::{DirectionId, Library, Member, Problem, Role, RoleReport, Verdict};

use crate::completeness::missing_facts;
use crate::content::{Assurance, Profile, Stated, is_of_a_person, is_public};
use crate::edit::ROLE_FACTS;

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
    let facts = profile.facts.iter().filter(|(_, stated)| stated.assurance >= assurance);
    let mut member = read(library, facts.map(|(fact, stated)| (fact.as_str(), &stated.value)))?;
    member.name = Some(profile.display_names().zh).filter(|name| !name.is_empty());
    Ok(member)
}

/// The public facts of a profile as one text, whoever vouches for them. Profiles with the same text are the same to every
/// requirement that does not ask for names.
pub fn fact_key(profile: &Profile) -> String {
    let facts = profile.facts.iter().filter(|(fact, _)| is_public(fact));
    let facts: BTreeMap<&str, &Stated> = facts.map(|(fact, stated)| (fact.as_str(), &stated.value)).collect();
    // Names and texts can always be written.
    serde_json::to_string(&facts).unwrap_or_default()
}

/// The institution with the facts of a [`fact_key`], without a name; `None` if it is none, or holds facts that the vocabulary
/// does not have or whose values it does not know.
pub fn member_of_key(library: &Library, key: &str) -> Option<Member> {
    let facts: BTreeMap<String, Stated> = serde_json::from_str(key).ok()?;
    read(library, facts.iter().map(|(fact, value)| (fact.as_str(), value))).ok()
}

fn read<'a>(library: &Library, facts: impl Iterator<Item = (&'a str, &'a Stated)>) -> Result<Member, Vec<Problem>> {
    let mut entries = Vec::new();
    for (fact, stated) in facts {
        insert(&mut entries, fact, value(stated));
    }
    library.read_institution("", &Node::synthetic(Value::Map(entries)))
}

/// How an institution stands before all calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// An entry for each direction and role, in their order.
    pub abilities: Vec<Ability>,
    /// How many hundredths of the facts that it needs are known: those that are, of those and the ones that would decide a role
    /// that is undetermined. Facts of a person do not count.
    pub completeness: u8,
}

/// Which roles an institution could take, and how much of what decides them is known, on each call's own day.
pub fn standing(library: &Library, member: &Member) -> Standing {
    let reports = library.check_institution(member, None);
    let missing = reports.iter().flat_map(|report| missing_facts(library, member, report));
    let missing: BTreeSet<&str> =
        missing.map(|definition| definition.short_name()).filter(|name| !is_of_a_person(name)).collect();
    let definitions = library.vocabulary.facts(Scope::Member).iter().enumerate();
    // A date may be known and yet too vague to decide.
    let known = definitions.filter(|(slot, definition)| {
        let name = definition.short_name();
        let counts = !ROLE_FACTS.contains(&name) && !is_of_a_person(name) && !missing.contains(name);
        counts && member.facts.get(*slot).is_some()
    });
    let known = known.count();
    let share = (100 * known).checked_div(known + missing.len()).unwrap_or_default();
    Standing { abilities: reports.iter().map(ability).collect(), completeness: u8::try_from(share).unwrap_or(100) }
}

/// Which roles an institution could take, on each call's own day: an entry for each direction and role, in their order.
pub fn abilities(library: &Library, member: &Member) -> Vec<Ability> {
    library.check_institution(member, None).iter().map(ability).collect()
}

fn ability(report: &RoleReport) -> Ability {
    Ability {
        direction: report.direction,
        role: report.role,
        possibility: match report.verdict {
            Verdict::Eligible => RolePossibility::Eligible,
            Verdict::Undetermined => RolePossibility::Possible,
            Verdict::Ineligible => RolePossibility::No,
        },
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::LIBRARY;

    fn of(facts: &[(&str, Stated, Assurance)]) -> Profile {
        let mut profile = Profile::default();
        for (fact, value, assurance) in facts {
            profile.state(fact, value.clone(), *assurance);
        }
        profile
    }

    fn text(text: &str) -> Stated {
        Stated::Text(text.to_owned())
    }

    fn of_facts(facts: &[(&str, Stated)]) -> Standing {
        let facts: Vec<_> = facts.iter().map(|(fact, value)| (*fact, value.clone(), Assurance::SelfDeclared)).collect();
        let member = member(&LIBRARY, &of(&facts), Assurance::Imported).expect("facts of the vocabulary");
        let standing = standing(&LIBRARY, &member);
        assert_eq!(standing.abilities, abilities(&LIBRARY, &member));
        standing
    }

    #[test]
    fn the_key_holds_public_facts_and_nobodys_assurance() {
        let mut profile = of(&[
            ("principal_investigator.riken_staff", text("VISITING"), Assurance::SelfDeclared),
            ("principal_investigator.born_on", text("1970-01-01"), Assurance::SelfDeclared),
            ("independent_legal_person", Stated::Bool(true), Assurance::Verified),
            ("founded_by", Stated::List(vec!["\"某\"大学".to_owned()]), Assurance::SelfDeclared),
            ("country", text("JP"), Assurance::Imported),
        ]);
        let key = concat!(
            r#"{"country":{"text":"JP"},"founded_by":{"list":["\"某\"大学"]},"independent_legal_person":{"bool":true},"#,
            r#""principal_investigator.riken_staff":{"text":"VISITING"}}"#
        );
        assert_eq!(fact_key(&profile), key);
        profile.state("country", text("JP"), Assurance::Verified);
        assert_eq!(fact_key(&profile), key);
        assert_eq!(fact_key(&profile.public()), key);
        assert_eq!(fact_key(&Profile::default()), "{}");

        profile.facts.remove("principal_investigator.born_on");
        let read = member_of_key(&LIBRARY, key).expect("a member");
        let whole = member(&LIBRARY, &profile, Assurance::Imported).expect("a member");
        assert_eq!((read.facts, read.name), (whole.facts, None));
    }

    #[test]
    fn a_key_that_says_nothing_is_no_member() {
        assert_eq!(member_of_key(&LIBRARY, "{}").map(|member| member.facts.known().count()), Some(0));
        for key in
            ["", "[]", "{", r#"{"colour":{"text":"red"}}"#, r#"{"kind":{"text":"SCHOOL"}}"#, r#"{"kind":"OTHER"}"#]
        {
            assert_eq!(member_of_key(&LIBRARY, key), None, "{key}");
        }
    }

    #[test]
    fn completeness_is_the_known_part_of_what_decides() {
        let mut facts = vec![
            ("country", text("SA")),
            ("kind", text("UNIVERSITY")),
            ("registered_on", text("1957")),
            ("independent_legal_person", Stated::Bool(true)),
        ];
        assert_eq!(of_facts(&facts).completeness, 100);
        // Too vague: three years before the day of the call are over for a part of the year.
        facts[2].1 = text("2020");
        assert_eq!(of_facts(&facts).completeness, 75);
        facts.truncate(2);
        assert_eq!(of_facts(&facts).completeness, 50);
        facts.truncate(1);
        assert_eq!(of_facts(&facts).completeness, 25);
        assert_eq!(of_facts(&[]).completeness, 0);
        // Of no role, and so nothing is missing.
        assert_eq!(of_facts(&[("country", text("BR"))]).completeness, 100);
    }
}
