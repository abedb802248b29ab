//! Random profiles, for tests of what holds for all.

use std::collections::BTreeMap;

use eligibility::date::Date;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::content::{
    Assurance, Attested, Contact, Link, Name, NameKind, Person, Profile, RegistryType, Relation, Stamp, Stated,
};
use crate::identifier::{Identifier, Scheme};

pub(crate) fn assurance() -> impl Strategy<Value = Assurance> + Clone {
    prop::sample::select(Assurance::ALL.to_vec())
}

pub(crate) fn imported_only() -> impl Strategy<Value = Assurance> + Clone {
    Just(Assurance::Imported)
}

/// Few words, so that both sides often speak of the same thing.
fn word() -> impl Strategy<Value = String> {
    "[a-d]"
}

fn attested<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
    assurance: impl Strategy<Value = Assurance>,
) -> impl Strategy<Value = Attested<T>> {
    (value, assurance).prop_map(|(value, assurance)| Attested { value, assurance })
}

fn identifier() -> impl Strategy<Value = Identifier> {
    "Q[1-4]".prop_map(|text| Identifier::parse(Scheme::Wikidata, &text).expect("an identifier"))
}

fn name(assurance: impl Strategy<Value = Assurance>) -> impl Strategy<Value = Name> {
    let kind = prop::sample::select(vec![NameKind::Label, NameKind::Alias, NameKind::Acronym]);
    let lang = option::of(prop::sample::select(vec!["zh".to_owned(), "en".to_owned()]));
    (word(), lang, kind, any::<bool>(), assurance).prop_map(|(text, lang, kind, display, assurance)| Name {
        text,
        lang,
        kind,
        display,
        assurance,
    })
}

fn link(assurance: impl Strategy<Value = Assurance>) -> impl Strategy<Value = Link> {
    let relation = prop::sample::select(vec![Relation::Parent, Relation::Child]);
    (relation, identifier(), word(), assurance).prop_map(|(relation, target, name, assurance)| Link {
        relation,
        target,
        name,
        assurance,
    })
}

/// Stamps of the facts that are verified.
pub(crate) fn stamps(facts: &BTreeMap<String, Attested<Stated>>) -> BTreeMap<String, Stamp> {
    let stamp = Stamp { on: Date::constant(2026, 1, 31), until: None };
    let verified = facts.iter().filter(|(_, stated)| stated.assurance == Assurance::Verified);
    verified.map(|(fact, _)| (fact.clone(), stamp)).collect()
}

/// A profile of statements with such an assurance.
pub(crate) fn profile<A: Strategy<Value = Assurance> + Clone>(by: A) -> impl Strategy<Value = Profile> {
    let by = move || by.clone();
    let lists = (
        vec(name(by()), 0..4),
        vec(attested(identifier(), by()), 0..3),
        vec(link(by()), 0..3),
        vec(attested(word(), by()), 0..3),
        vec(attested(word(), by()), 0..3),
    );
    let parts = (
        btree_map(word(), attested(word().prop_map(Stated::Text), by()), 0..4),
        option::of(attested(word(), by())),
        option::of(attested(word(), by())),
        option::of(attested(word(), by())),
        option::of(attested(word(), by())),
        vec(word(), 0..2),
    );
    (lists, parts).prop_map(|(lists, parts)| {
        let (names, identifiers, links, fields, keywords) = lists;
        let (facts, city, offers, seeks, website, domains) = parts;
        Profile {
            names,
            identifiers,
            links,
            fields,
            keywords,
            verifications: stamps(&facts),
            facts,
            city,
            offers,
            seeks,
            website,
            domains,
            registry_types: vec![RegistryType::Education],
            people: Vec::new(),
            contact: None,
        }
    })
}

/// A profile of all parts, with whatever assurance.
pub(crate) fn whole_profile() -> impl Strategy<Value = Profile> {
    let orcid = Identifier::parse(Scheme::Orcid, "0000-0002-1825-0097").expect("an iD");
    let person = (word(), option::of(Just(orcid)), option::of(attested(word(), assurance())))
        .prop_map(|(name, orcid, riken_staff)| Person { name, orcid, riken_staff });
    let contact = (option::of(word()), option::of(word()), option::of(word()))
        .prop_map(|(name, email, phone)| Contact { name, email, phone });
    let types = vec(prop::sample::select(RegistryType::ALL.to_vec()), 0..3);
    (profile(assurance()), vec(person, 0..3), option::of(contact), types)
        .prop_map(|(profile, people, contact, registry_types)| Profile { people, contact, registry_types, ..profile })
}
