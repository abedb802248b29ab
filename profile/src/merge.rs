//! A later release of a registry brings a profile up to date without touching what others have said since.

use crate::content::{Assurance, Attested, Name, NameKind, Profile};

/// The profile after a later import.
///
/// What a registry said before is replaced by what it says now: added, changed, removed. What was declared or verified stays
/// and outranks the registry: fact by fact, and item by item of names, identifiers, links, fields and keywords. People and
/// contact are the owner's alone. Registry types and domains are the registry's alone.
pub fn merge(current: &Profile, imported: &Profile) -> Profile {
    let mut facts = imported.facts.clone();
    let declared = current.facts.iter().filter(|(_, stated)| !is_imported(stated.assurance));
    facts.extend(declared.map(|(fact, stated)| (fact.clone(), stated.clone())));
    let mut merged = Profile {
        names: names(&current.names, &imported.names),
        identifiers: items(
            &current.identifiers,
            &imported.identifiers,
            |item| item.assurance,
            |one, other| one.value == other.value,
        ),
        facts,
        verifications: current.verifications.clone(),
        city: part(current.city.as_ref(), imported.city.as_ref()),
        registry_types: imported.registry_types.clone(),
        links: items(
            &current.links,
            &imported.links,
            |link| link.assurance,
            |one, other| one.relation == other.relation && one.target == other.target,
        ),
        fields: items(&current.fields, &imported.fields, |item| item.assurance, |one, other| one.value == other.value),
        keywords: items(
            &current.keywords,
            &imported.keywords,
            |item| item.assurance,
            |one, other| one.value == other.value,
        ),
        people: current.people.clone(),
        domains: imported.domains.clone(),
        website: part(current.website.as_ref(), imported.website.as_ref()),
        offers: part(current.offers.as_ref(), imported.offers.as_ref()),
        seeks: part(current.seeks.as_ref(), imported.seeks.as_ref()),
        contact: current.contact.clone(),
    };
    merged.drop_stale_stamps();
    merged
}

/// The profile with what another source adds: nothing that is known is replaced or removed.
pub fn complete(current: &Profile, other: &Profile) -> Profile {
    fn joined<T: Clone>(current: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<T> {
        let new = other.iter().filter(|item| !current.iter().any(|known| same(known, item)));
        current.iter().chain(new).cloned().collect()
    }
    let either =
        |one: &Option<Attested<String>>, other: &Option<Attested<String>>| one.clone().or_else(|| other.clone());
    let mut facts = other.facts.clone();
    facts.extend(current.facts.clone());
    let mut verifications = other.verifications.clone();
    verifications.retain(|fact, _| !current.facts.contains_key(fact));
    verifications.extend(current.verifications.clone());
    let mut names = joined(&current.names, &other.names, |one, other| one.text == other.text);
    // It is shown under the name it was shown under.
    for name in names.iter_mut().skip(current.names.len()) {
        name.display = false;
    }
    Profile {
        names,
        identifiers: joined(&current.identifiers, &other.identifiers, |one, other| one.value == other.value),
        facts,
        verifications,
        city: either(&current.city, &other.city),
        registry_types: joined(&current.registry_types, &other.registry_types, |one, other| one == other),
        links: joined(&current.links, &other.links, |one, other| {
            one.relation == other.relation && one.target == other.target
        }),
        fields: joined(&current.fields, &other.fields, |one, other| one.value == other.value),
        keywords: joined(&current.keywords, &other.keywords, |one, other| one.value == other.value),
        people: current.people.clone(),
        domains: joined(&current.domains, &other.domains, |one, other| one == other),
        website: either(&current.website, &other.website),
        offers: either(&current.offers, &other.offers),
        seeks: either(&current.seeks, &other.seeks),
        contact: current.contact.clone(),
    }
}

fn is_imported(assurance: Assurance) -> bool {
    assurance == Assurance::Imported
}

fn part(current: Option<&Attested<String>>, imported: Option<&Attested<String>>) -> Option<Attested<String>> {
    current.filter(|part| !is_imported(part.assurance)).or(imported).cloned()
}

/// What was declared of a list, then what the registry says beside it.
fn items<T: Clone>(
    current: &[T],
    imported: &[T],
    assurance: impl Fn(&T) -> Assurance,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let mut merged: Vec<T> = current.iter().filter(|item| !is_imported(assurance(item))).cloned().collect();
    let declared = merged.len();
    let beside = |item: &&T| !merged.iter().take(declared).any(|known| same(known, item));
    let added: Vec<T> = imported.iter().filter(beside).cloned().collect();
    merged.extend(added);
    merged
}

/// The registry's name is shown unless a declared one is, or one was declared as the label of its language.
fn names(current: &[Name], imported: &[Name]) -> Vec<Name> {
    let mut merged = items(current, imported, |name| name.assurance, |one, other| one.text == other.text);
    let declared: Vec<Name> = merged.iter().filter(|name| !is_imported(name.assurance)).cloned().collect();
    if declared.is_empty() {
        return merged;
    }
    for name in merged.iter_mut().filter(|name| is_imported(name.assurance) && name.display) {
        name.display =
            !declared.iter().any(|known| known.display || (known.kind == NameKind::Label && known.lang == name.lang));
    }
    // A declared name that is also the registry's own keeps its place in front.
    let registrys = |text: &str| imported.iter().any(|name| name.display && name.text == text);
    let in_front = |name: &Name| name.display || (!is_imported(name.assurance) && registrys(&name.text));
    merged.sort_by_key(|name| (!name.display, !in_front(name)));
    merged
}

#[cfg(test)]
mod tests {
    use eligibility::Lang;
    use proptest::prelude::*;

    use super::*;
    use crate::content::{Contact, Person};
    use crate::random::{assurance, imported_only, profile, stamps};

    proptest! {
        #[test]
        fn merging_twice_is_merging_once(current in profile(assurance()), imported in profile(imported_only())) {
            let once = merge(&current, &imported);
            prop_assert_eq!(merge(&once, &imported), once);
        }

        #[test]
        fn completing_keeps_all_that_is_known(current in profile(assurance()), other in profile(imported_only())) {
            let completed = complete(&current, &other);
            prop_assert_eq!(&complete(&completed, &other), &completed);
            prop_assert!(completed.names.starts_with(&current.names));
            prop_assert!(completed.identifiers.starts_with(&current.identifiers));
            prop_assert!(current.facts.iter().all(|(fact, stated)| completed.facts.get(fact) == Some(stated)));
            prop_assert!(other.facts.keys().all(|fact| completed.facts.contains_key(fact)));
            prop_assert!(current.website.is_none() || completed.website == current.website);
            prop_assert_eq!(&completed.verifications, &stamps(&completed.facts));
        }

        #[test]
        fn what_was_all_imported_becomes_the_new_import(
            current in profile(imported_only()),
            imported in profile(imported_only()),
        ) {
            prop_assert_eq!(merge(&current, &imported), imported);
        }

        #[test]
        fn nothing_declared_is_lost_and_nothing_old_is_kept(
            current in profile(assurance()),
            imported in profile(imported_only()),
        ) {
            let merged = merge(&current, &imported);
            prop_assert_eq!(&merged.verifications, &stamps(&merged.facts));
            let kept = |assurance| assurance != Assurance::Imported;
            for name in &current.names {
                prop_assert!(!kept(name.assurance) || merged.names.contains(name));
            }
            for name in merged.names.iter().filter(|name| !kept(name.assurance)) {
                prop_assert!(imported.names.iter().any(|known| known.text == name.text));
            }
            for item in &current.identifiers {
                prop_assert!(!kept(item.assurance) || merged.identifiers.contains(item));
            }
            for item in &current.links {
                prop_assert!(!kept(item.assurance) || merged.links.contains(item));
            }
            for (now, then, new) in [
                (&merged.fields, &current.fields, &imported.fields),
                (&merged.keywords, &current.keywords, &imported.keywords),
            ] {
                prop_assert!(then.iter().all(|item| !kept(item.assurance) || now.contains(item)));
                prop_assert!(now.iter().all(|item| kept(item.assurance) || new.contains(item)));
            }
            for (fact, stated) in &current.facts {
                let expected = if kept(stated.assurance) { Some(stated) } else { imported.facts.get(fact) };
                prop_assert_eq!(merged.facts.get(fact), expected);
            }
            for (now, then, new) in [
                (&merged.city, &current.city, &imported.city),
                (&merged.offers, &current.offers, &imported.offers),
                (&merged.seeks, &current.seeks, &imported.seeks),
            ] {
                let declared = then.as_ref().is_some_and(|then| kept(then.assurance));
                prop_assert_eq!(now, if declared { then } else { new });
            }
        }
    }

    fn label(text: &str, lang: &str, display: bool, assurance: Assurance) -> Name {
        Name { text: text.into(), lang: Some(lang.into()), kind: NameKind::Label, display, assurance }
    }

    fn named(names: Vec<Name>) -> Profile {
        Profile { names, ..Profile::default() }
    }

    #[test]
    fn the_owner_keeps_people_and_contact() {
        let current = Profile {
            people: vec![Person { name: "A".into(), orcid: None, riken_staff: None }],
            contact: Some(Contact { email: Some("a@example.org".into()), ..Contact::default() }),
            ..Profile::default()
        };
        assert_eq!(merge(&current, &Profile::default()), current);
    }

    #[test]
    fn a_declared_name_is_shown_before_the_registrys() {
        let old = label("Old", "en", true, Assurance::Imported);
        let new = label("New", "en", true, Assurance::Imported);
        let import = named(vec![new.clone()]);

        // A name in another language leaves the registry's in front.
        let chinese = label("新", "zh", false, Assurance::SelfDeclared);
        let merged = merge(&named(vec![old.clone(), chinese.clone()]), &import);
        assert_eq!(merged.names, [new.clone(), chinese]);
        assert_eq!(merged.display_names(), eligibility::Localized::new("新", "New"));

        // One in the same language, or one that is shown, takes its place.
        for (display, lang) in [(false, "en"), (true, "zh")] {
            let declared = label("Declared", lang, display, Assurance::SelfDeclared);
            let merged = merge(&named(vec![old.clone(), declared.clone()]), &import);
            assert_eq!(merged.names, [declared, Name { display: false, ..new.clone() }]);
        }
        let declared = label("Declared", "en", false, Assurance::SelfDeclared);
        let merged = merge(&named(vec![old, declared]), &import);
        assert_eq!(merged.display_name(Lang::En), "Declared");
        assert_eq!(merged.display_name(Lang::Zh), "Declared");
    }
}
