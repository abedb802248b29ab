//! What differs between two revisions of a profile, part by part, as people read it.

use std::collections::BTreeSet;

use crate::content::{Assurance, Attested, Contact, Link, Name, Person, Profile, RegistryType, Stamp, Stated};
use crate::identifier::Identifier;

/// A part of a profile that can differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A name.
    Name,
    /// An identifier.
    Identifier,
    /// The fact of this name.
    Fact(String),
    /// The town.
    City,
    /// A research field.
    Field,
    /// A keyword.
    Keyword,
    /// The web site.
    Website,
    /// What it offers.
    Offers,
    /// What it seeks.
    Seeks,
    /// A person who would lead projects there.
    Person,
    /// How to reach it.
    Contact,
    /// A link to another organisation.
    Link,
    /// A type of the Research Organization Registry.
    RegistryType,
    /// A domain of its e-mail addresses.
    Domain,
    /// When the fact of this name was verified.
    Verification(String),
}

impl Part {
    /// The part as programs write it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Identifier => "IDENTIFIER",
            Self::Fact(_) => "FACT",
            Self::City => "CITY",
            Self::Field => "FIELD",
            Self::Keyword => "KEYWORD",
            Self::Website => "WEBSITE",
            Self::Offers => "OFFERS",
            Self::Seeks => "SEEKS",
            Self::Person => "PERSON",
            Self::Contact => "CONTACT",
            Self::Link => "LINK",
            Self::RegistryType => "REGISTRY_TYPE",
            Self::Domain => "DOMAIN",
            Self::Verification(_) => "VERIFICATION",
        }
    }

    /// The name of the fact it is about.
    pub fn fact(&self) -> Option<&str> {
        match self {
            Self::Fact(fact) | Self::Verification(fact) => Some(fact),
            _ => None,
        }
    }

    /// Whether it tells of people: who they are and how to reach them is not public, and belongs into no record of changes.
    pub fn is_personal(&self) -> bool {
        matches!(self, Self::Person | Self::Contact)
    }
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The part.
    pub part: Part,
    /// What it said before; nothing, if it is new.
    pub before: Option<String>,
    /// What it says after; nothing, if it is gone.
    pub after: Option<String>,
    /// Who vouched for it before.
    pub assurance_before: Option<Assurance>,
    /// Who vouches for it after.
    pub assurance_after: Option<Assurance>,
}

/// What differs, in the order of [`Part`]; within a part what is gone or changed, then what is new. Of lists whose order alone
/// differs, both as a whole. Nothing, exactly if the profiles are equal.
pub fn difference(before: Option<&Profile>, after: &Profile) -> Vec<Difference> {
    let nothing = Profile::default();
    let before = before.unwrap_or(&nothing);
    // Every part is named, so that a new one is not passed over.
    let Profile {
        names,
        identifiers,
        facts,
        verifications,
        city,
        registry_types,
        links,
        fields,
        keywords,
        people,
        domains,
        website,
        offers,
        seeks,
        contact,
    } = after;
    let mut found = Differences::default();
    found.list(&Part::Name, &before.names, names);
    found.list(&Part::Identifier, &before.identifiers, identifiers);
    let all: BTreeSet<&String> = before.facts.keys().chain(facts.keys()).collect();
    for fact in all {
        found.one(Part::Fact(fact.clone()), before.facts.get(fact), facts.get(fact));
    }
    found.one(Part::City, before.city.as_ref(), city.as_ref());
    found.list(&Part::Field, &before.fields, fields);
    found.list(&Part::Keyword, &before.keywords, keywords);
    found.one(Part::Website, before.website.as_ref(), website.as_ref());
    found.one(Part::Offers, before.offers.as_ref(), offers.as_ref());
    found.one(Part::Seeks, before.seeks.as_ref(), seeks.as_ref());
    found.list(&Part::Person, &before.people, people);
    found.one(Part::Contact, before.contact.as_ref(), contact.as_ref());
    found.list(&Part::Link, &before.links, links);
    found.list(&Part::RegistryType, &before.registry_types, registry_types);
    found.list(&Part::Domain, &before.domains, domains);
    let all: BTreeSet<&String> = before.verifications.keys().chain(verifications.keys()).collect();
    for fact in all {
        found.one(Part::Verification(fact.clone()), before.verifications.get(fact), verifications.get(fact));
    }
    found.0
}

/// A part or an item of one.
trait Shown: PartialEq {
    /// As people read it.
    fn text(&self) -> String;

    /// As people read it beside another version of it: with all that can differ.
    fn full_text(&self) -> String {
        self.text()
    }

    /// Who vouches for it.
    fn assurance(&self) -> Option<Assurance> {
        None
    }

    /// Whether another item of a list is another version of it.
    fn is_version_of(&self, other: &Self) -> bool;
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn push<T: Shown>(&mut self, part: Part, before: Option<&T>, after: Option<&T>) {
        let text = |item: &T| match (before, after) {
            (Some(before), Some(after)) if before.text() == after.text() => item.full_text(),
            _ => item.text(),
        };
        self.0.push(Difference {
            part,
            before: before.map(text),
            after: after.map(text),
            assurance_before: before.and_then(Shown::assurance),
            assurance_after: after.and_then(Shown::assurance),
        });
    }

    fn one<T: Shown>(&mut self, part: Part, before: Option<&T>, after: Option<&T>) {
        if before != after {
            self.push(part, before, after);
        }
    }

    fn list<T: Shown>(&mut self, part: &Part, before: &[T], after: &[T]) {
        if before == after {
            return;
        }
        let so_far = self.0.len();
        let mut rest: Vec<&T> = after.iter().collect();
        for item in before {
            let same = rest.iter().position(|other| *other == item);
            let version = same.or_else(|| {
                // An item that also stands unchanged later in the list is no version of this one.
                rest.iter().position(|other| item.is_version_of(other) && !before.contains(other))
            });
            let other = version.map(|place| rest.remove(place));
            if same.is_none() {
                self.push(part.clone(), Some(item), other);
            }
        }
        for item in rest {
            self.push(part.clone(), None, Some(item));
        }
        if self.0.len() == so_far {
            let whole = |items: &[T]| Some(items.iter().map(Shown::text).collect::<Vec<_>>().join("; "));
            let (before, after) = (whole(before), whole(after));
            let part = part.clone();
            self.0.push(Difference { part, before, after, assurance_before: None, assurance_after: None });
        }
    }
}

impl Shown for Name {
    fn text(&self) -> String {
        self.text.clone()
    }

    fn full_text(&self) -> String {
        let mut more: Vec<&str> = self.lang.as_deref().into_iter().collect();
        more.push(self.kind.as_str());
        more.extend(self.display.then_some("DISPLAY"));
        format!("{} ({})", self.text, more.join(", "))
    }

    fn assurance(&self) -> Option<Assurance> {
        Some(self.assurance)
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Of facts, cities and the like the values differ, or who vouches for them.
impl<T: Value> Shown for Attested<T> {
    fn text(&self) -> String {
        self.value.shown()
    }

    fn assurance(&self) -> Option<Assurance> {
        Some(self.assurance)
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

trait Value: PartialEq {
    fn shown(&self) -> String;
}

impl Value for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Value for Identifier {
    fn shown(&self) -> String {
        format!("{} {self}", self.scheme().as_str())
    }
}

impl Value for Stated {
    fn shown(&self) -> String {
        self.text()
    }
}

impl Shown for RegistryType {
    fn text(&self) -> String {
        self.as_str().to_owned()
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self == other
    }
}

impl Shown for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self == other
    }
}

impl Shown for Person {
    fn text(&self) -> String {
        let orcid = self.orcid.as_ref().map(|orcid| format!("ORCID {orcid}"));
        let status = self.riken_staff.as_ref().map(|status| format!("RIKEN {}", status.value));
        let more: Vec<String> = orcid.into_iter().chain(status).collect();
        if more.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, more.join(", ")) }
    }

    fn assurance(&self) -> Option<Assurance> {
        self.riken_staff.as_ref().map(|status| status.assurance)
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self.name == other.name || (self.orcid.is_some() && self.orcid == other.orcid)
    }
}

impl Shown for Contact {
    fn text(&self) -> String {
        let parts = [&self.name, &self.email, &self.phone].into_iter().flatten();
        parts.map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    fn full_text(&self) -> String {
        let shown = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        [&self.name, &self.email, &self.phone].map(shown).join(", ")
    }

    fn is_version_of(&self, _: &Self) -> bool {
        true
    }
}

impl Shown for Link {
    fn text(&self) -> String {
        let relation = self.relation.as_str();
        format!("{relation} {} ({} {})", self.name, self.target.scheme().as_str(), self.target)
    }

    fn assurance(&self) -> Option<Assurance> {
        Some(self.assurance)
    }

    fn is_version_of(&self, other: &Self) -> bool {
        self.relation == other.relation && self.target == other.target
    }
}

impl Shown for Stamp {
    fn text(&self) -> String {
        match self.until {
            Some(until) => format!("{} – {until}", self.on),
            None => format!("{} –", self.on),
        }
    }

    fn is_version_of(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use eligibility::date::{Date, parse_day};
    use proptest::prelude::*;

    use super::*;
    use crate::content::{NameKind, Relation};
    use crate::identifier::Scheme;
    use crate::random::whole_profile;

    fn day(text: &str) -> Date {
        parse_day(text).expect("a day")
    }

    fn by<T>(assurance: Assurance, value: T) -> Attested<T> {
        Attested { value, assurance }
    }

    fn name(text: &str, lang: &str, kind: NameKind, display: bool) -> Name {
        Name { text: text.into(), lang: Some(lang.into()), kind, display, assurance: Assurance::Imported }
    }

    fn identifier(scheme: Scheme, text: &str) -> Identifier {
        Identifier::parse(scheme, text).expect("an identifier")
    }

    fn university() -> Profile {
        let mut profile = Profile {
            names: vec![
                name("Tsinghua University", "en", NameKind::Label, true),
                name("清华大学", "zh", NameKind::Label, false),
                name("THU", "en", NameKind::Acronym, false),
            ],
            identifiers: vec![Attested::imported(identifier(Scheme::Ror, "03cve4549"))],
            city: Some(Attested::imported("Beijing".into())),
            registry_types: vec![RegistryType::Education],
            links: vec![Link {
                relation: Relation::Parent,
                target: identifier(Scheme::Ror, "01mv9t934"),
                name: "Ministry of Education".into(),
                assurance: Assurance::Imported,
            }],
            keywords: vec![by(Assurance::SelfDeclared, "水处理".into()), by(Assurance::SelfDeclared, "water".into())],
            people: vec![Person { name: "张三".into(), orcid: None, riken_staff: None }],
            domains: vec!["tsinghua.edu.cn".into()],
            contact: Some(Contact { name: Some("a".into()), email: None, phone: None }),
            ..Profile::default()
        };
        profile.state("country", Stated::Text("CN".into()), Assurance::Imported);
        profile.state("founded_by", Stated::List(Vec::new()), Assurance::SelfDeclared);
        profile.state("kind", Stated::Text("UNIVERSITY".into()), Assurance::Imported);
        profile.verify("kind", Stamp { on: day("2026-01-31"), until: None });
        profile
    }

    /// The differences as `PART: before (by whom) → after (by whom)`.
    fn shown(before: Option<&Profile>, after: &Profile) -> Vec<String> {
        let side = |text: &Option<String>, assurance: Option<Assurance>| match (text, assurance) {
            (None, _) => "∅".to_owned(),
            (Some(text), None) => text.clone(),
            (Some(text), Some(assurance)) => format!("{text} by {assurance:?}"),
        };
        let line = |difference: Difference| {
            let fact = difference.part.fact().map(|fact| format!(" {fact}")).unwrap_or_default();
            let before = side(&difference.before, difference.assurance_before);
            let after = side(&difference.after, difference.assurance_after);
            format!("{}{fact}: {before} → {after}", difference.part.as_str())
        };
        difference(before, after).into_iter().map(line).collect()
    }

    #[test]
    fn a_first_revision_is_all_new() {
        assert_eq!(
            shown(None, &university()),
            [
                "NAME: ∅ → Tsinghua University by Imported",
                "NAME: ∅ → 清华大学 by Imported",
                "NAME: ∅ → THU by Imported",
                "IDENTIFIER: ∅ → ROR 03cve4549 by Imported",
                "FACT country: ∅ → CN by Imported",
                "FACT founded_by: ∅ → [] by SelfDeclared",
                "FACT kind: ∅ → UNIVERSITY by Verified",
                "CITY: ∅ → Beijing by Imported",
                "KEYWORD: ∅ → 水处理 by SelfDeclared",
                "KEYWORD: ∅ → water by SelfDeclared",
                "PERSON: ∅ → 张三",
                "CONTACT: ∅ → a",
                "LINK: ∅ → PARENT Ministry of Education (ROR 01mv9t934) by Imported",
                "REGISTRY_TYPE: ∅ → EDUCATION",
                "DOMAIN: ∅ → tsinghua.edu.cn",
                "VERIFICATION kind: ∅ → 2026-01-31 –",
            ]
        );
    }

    #[test]
    fn each_part_is_told_as_it_was_and_is() {
        let before = university();
        let mut after = before.clone();
        after.names = vec![
            name("清华大学", "zh", NameKind::Label, true),
            name("Tsinghua University", "en", NameKind::Label, false),
            Name { assurance: Assurance::SelfDeclared, ..name("Tsinghua", "en", NameKind::Alias, false) },
        ];
        after.identifiers.push(by(Assurance::SelfDeclared, identifier(Scheme::CreditCode, "12100000400000624D")));
        after.state("kind", Stated::Text("RESEARCH_INSTITUTE".into()), Assurance::SelfDeclared);
        after.state("founded_by", Stated::List(vec!["A".into(), "B".into()]), Assurance::SelfDeclared);
        after.facts.remove("country");
        after.city = Some(by(Assurance::SelfDeclared, "Beijing".into()));
        after.fields = vec![by(Assurance::SelfDeclared, "2.7".into())];
        after.keywords.reverse();
        after.website = Some(by(Assurance::SelfDeclared, "https://www.tsinghua.edu.cn".into()));
        after.offers = Some(by(Assurance::SelfDeclared, "A pilot plant".into()));
        after.seeks = Some(by(Assurance::SelfDeclared, "A twin".into()));
        after.people = vec![Person {
            name: "张三".into(),
            orcid: Some(identifier(Scheme::Orcid, "0000-0002-1825-0097")),
            riken_staff: Some(by(Assurance::SelfDeclared, "NONE".into())),
        }];
        after.contact = Some(Contact { name: None, email: Some("a".into()), phone: None });
        after.links[0].name = "教育部".into();
        after.registry_types = vec![RegistryType::Education, RegistryType::Funder];
        after.domains.clear();
        assert_eq!(
            shown(Some(&before), &after),
            [
                "NAME: Tsinghua University (en, LABEL, DISPLAY) by Imported → Tsinghua University (en, LABEL) by Imported",
                "NAME: 清华大学 (zh, LABEL) by Imported → 清华大学 (zh, LABEL, DISPLAY) by Imported",
                "NAME: THU by Imported → ∅",
                "NAME: ∅ → Tsinghua by SelfDeclared",
                "IDENTIFIER: ∅ → CREDIT_CODE 12100000400000624D by SelfDeclared",
                "FACT country: CN by Imported → ∅",
                "FACT founded_by: [] by SelfDeclared → [A, B] by SelfDeclared",
                "FACT kind: UNIVERSITY by Verified → RESEARCH_INSTITUTE by SelfDeclared",
                "CITY: Beijing by Imported → Beijing by SelfDeclared",
                "FIELD: ∅ → 2.7 by SelfDeclared",
                "KEYWORD: 水处理; water → water; 水处理",
                "WEBSITE: ∅ → https://www.tsinghua.edu.cn by SelfDeclared",
                "OFFERS: ∅ → A pilot plant by SelfDeclared",
                "SEEKS: ∅ → A twin by SelfDeclared",
                "PERSON: 张三 → 张三 (ORCID 0000-0002-1825-0097, RIKEN NONE) by SelfDeclared",
                "CONTACT: a, -, - → -, a, -",
                "LINK: PARENT Ministry of Education (ROR 01mv9t934) by Imported → PARENT 教育部 (ROR 01mv9t934) by Imported",
                "REGISTRY_TYPE: ∅ → FUNDER",
                "DOMAIN: tsinghua.edu.cn → ∅",
                "VERIFICATION kind: 2026-01-31 – → ∅",
            ]
        );
    }

    #[test]
    fn only_people_and_contact_are_personal() {
        let parts = difference(None, &university()).into_iter().map(|difference| difference.part);
        let personal: Vec<Part> = parts.filter(Part::is_personal).collect();
        assert_eq!(personal, [Part::Person, Part::Contact]);
    }

    /// The parts that two profiles do not have in common, each once, in order.
    fn changed_parts(one: &Profile, other: &Profile) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut add = |part: Part, changed: bool| {
            if changed {
                parts.push(part);
            }
        };
        add(Part::Name, one.names != other.names);
        add(Part::Identifier, one.identifiers != other.identifiers);
        for fact in one.facts.keys().chain(other.facts.keys()) {
            add(Part::Fact(fact.clone()), one.facts.get(fact) != other.facts.get(fact));
        }
        add(Part::City, one.city != other.city);
        add(Part::Field, one.fields != other.fields);
        add(Part::Keyword, one.keywords != other.keywords);
        add(Part::Website, one.website != other.website);
        add(Part::Offers, one.offers != other.offers);
        add(Part::Seeks, one.seeks != other.seeks);
        add(Part::Person, one.people != other.people);
        add(Part::Contact, one.contact != other.contact);
        add(Part::Link, one.links != other.links);
        add(Part::RegistryType, one.registry_types != other.registry_types);
        add(Part::Domain, one.domains != other.domains);
        for fact in one.verifications.keys().chain(other.verifications.keys()) {
            let changed = one.verifications.get(fact) != other.verifications.get(fact);
            add(Part::Verification(fact.clone()), changed);
        }
        parts.sort();
        parts.dedup();
        parts
    }

    proptest! {
        #[test]
        fn equal_profiles_do_not_differ(profile in whole_profile()) {
            prop_assert_eq!(difference(Some(&profile), &profile), []);
        }

        #[test]
        fn every_part_that_changed_is_told_and_no_other(one in whole_profile(), other in whole_profile()) {
            let found = difference(Some(&one), &other);
            let mut parts: Vec<Part> = found.iter().map(|difference| difference.part.clone()).collect();
            prop_assert!(parts.is_sorted());
            parts.dedup();
            prop_assert_eq!(parts, changed_parts(&one, &other));
            for difference in found {
                let before = (&difference.before, difference.assurance_before);
                prop_assert_ne!(before, (&difference.after, difference.assurance_after));
            }
        }
    }
}
