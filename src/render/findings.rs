//! The findings of a report put in the order a reader wants: by clause, and by the fact that is missing.

use std::collections::BTreeSet;

use eligibility::guide::{Guide, Modality};
use eligibility::report::Clauses;
use eligibility::{
    Change, CommonReport, Consortium, Direction, FactRef, FactValue, Finding, Library, Localized, Outcome, Repair,
    Report, Requirement, Wanted,
};

/// A report with everything it speaks of looked up.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) library: &'a Library,
    pub(crate) consortium: &'a Consortium,
    pub(crate) report: &'a Report,
    pub(crate) guide: &'a Guide,
    pub(crate) direction: &'a Direction,
    pub(crate) clauses: Clauses<'a>,
    /// How each requirement of the direction stands.
    pub(crate) items: Vec<Item<'a>>,
}

/// One requirement and how it stands.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// Its place among the findings of its report.
    index: usize,
    pub(crate) requirement: &'a Requirement,
    pub(crate) outcome: Outcome,
    /// The facts that decided, each once.
    pub(crate) evidence: Vec<FactRef>,
    /// Of an undetermined requirement, the facts to supply.
    pub(crate) missing: Vec<FactRef>,
    /// The smallest changes that would satisfy it.
    pub(crate) repairs: Vec<Repair>,
}

/// Requirements of one clause that the same facts decide.
#[derive(Debug)]
pub(crate) struct Group<'v, 'a> {
    pub(crate) items: Vec<&'v Item<'a>>,
    /// The smallest changes that would satisfy all of them.
    pub(crate) repairs: Vec<&'v Repair>,
}

/// Facts that are missing for the same requirements.
#[derive(Debug)]
pub(crate) struct Gap<'v, 'a> {
    pub(crate) facts: Vec<FactRef>,
    pub(crate) items: Vec<&'v Item<'a>>,
}

impl Item<'_> {
    /// The facts that decided, those that are missing left out.
    pub(crate) fn known(&self) -> Vec<FactRef> {
        self.evidence.iter().filter(|fact| !self.missing.contains(fact)).copied().collect()
    }
}

impl<'a> View<'a> {
    /// Looks up what a report speaks of; `None` only if it is of another library.
    pub(crate) fn new(library: &'a Library, consortium: &'a Consortium, report: &'a Report) -> Option<Self> {
        let direction = library.direction(report.direction)?;
        let items = report.findings.iter().filter_map(|finding| {
            let requirement = direction.requirements.get(finding.requirement)?;
            let repairs = library.repairs(consortium, report, finding);
            Some(item(library, consortium, requirement, finding, report.evidence(finding), repairs))
        });
        Some(Self {
            library,
            consortium,
            report,
            guide: library.guide_of(report.direction)?,
            direction,
            clauses: library.clauses(report),
            items: items.collect(),
        })
    }

    /// How the rules around the call stand.
    pub(crate) fn common_items(&self, common: &CommonReport) -> Vec<Item<'a>> {
        let rules = self.guide.common_rules.as_ref().map(|layer| layer.rules.as_slice()).unwrap_or_default();
        let items = common.findings.iter().filter_map(|finding| {
            let rule = rules.get(finding.requirement)?;
            let repairs = self.library.common_repairs(self.consortium, finding);
            Some(item(self.library, self.consortium, rule, finding, common.evidence(finding), repairs))
        });
        items.collect()
    }

    /// Items that stand so and bind so.
    pub(crate) fn select(&self, outcome: Outcome, binds: impl Fn(Modality) -> bool) -> Vec<&Item<'a>> {
        let wanted = |item: &&Item<'_>| item.outcome == outcome && binds(item.requirement.modality);
        self.items.iter().filter(wanted).collect()
    }

    /// The items by clause; those that the same facts decide are one group.
    pub(crate) fn grouped<'v>(&self, items: &[&'v Item<'a>]) -> Vec<Group<'v, 'a>> {
        let mut groups: Vec<Group<'v, 'a>> = Vec::new();
        for item in items {
            let clause = |group: &Group<'_, '_>| group.clause() == item.requirement.clause;
            let facts =
                |group: &Group<'_, '_>| group.items.first().is_some_and(|first| first.evidence == item.evidence);
            if let Some(group) = groups.iter_mut().find(|group| clause(group) && facts(group)) {
                group.items.push(item);
                continue;
            }
            let at = groups.iter().rposition(clause).map_or(groups.len(), |last| last + 1);
            groups.insert(at, Group { items: vec![item], repairs: Vec::new() });
        }
        for group in &mut groups {
            group.repairs = self.joint_repairs(&group.items);
        }
        groups
    }

    /// Of the repairs of several items, those that satisfy them all; of those that change the same facts, the one that says
    /// what they must be rather than what they must not.
    fn joint_repairs<'v>(&self, items: &[&'v Item<'a>]) -> Vec<&'v Repair> {
        let all = items.iter().flat_map(|item| &item.repairs);
        if items.len() == 1 {
            return all.collect();
        }
        let mut repairs: Vec<&Repair> = all.filter(|repair| self.would_satisfy(repair, items)).collect();
        repairs.sort_by_key(|repair| repair.changes.iter().any(is_ban));
        let mut told: Vec<Vec<FactRef>> = Vec::new();
        repairs.retain(|repair| {
            let facts: Vec<FactRef> = repair.changes.iter().filter_map(changed_fact).collect();
            let is_new = facts.len() < repair.changes.len() || !told.contains(&facts);
            told.push(facts);
            is_new
        });
        repairs
    }

    fn would_satisfy(&self, repair: &Repair, items: &[&Item<'_>]) -> bool {
        let report = self.library.check(&self.library.apply(self.consortium, repair));
        report.is_some_and(|report| {
            items.iter().all(|item| {
                report.findings.get(item.index).is_some_and(|finding| finding.outcome == Outcome::Satisfied)
            })
        })
    }

    /// What a missing fact must be, as far as the repairs of those who need it say.
    pub(crate) fn wanted(&self, fact: FactRef, items: &[&Item<'_>]) -> Vec<Localized> {
        let mut wanted: Vec<&Wanted> = Vec::new();
        for change in items.iter().flat_map(|item| &item.repairs).flat_map(|repair| &repair.changes) {
            if let Change::Set { at, wanted: this, .. } = change
                && *at == fact
                && !wanted.contains(&this)
            {
                wanted.push(this);
            }
        }
        let narrower = |banned: &[FactValue]| {
            wanted.iter().any(|other| match other {
                Wanted::OneOf(allowed) => !allowed.iter().any(|value| banned.contains(value)),
                _ => false,
            })
        };
        let told = wanted.iter().filter(|wanted| !matches!(wanted, Wanted::NoneOf(banned) if narrower(banned)));
        let mut texts: Vec<Localized> =
            told.map(|wanted| self.library.wanted_text(self.consortium, fact.fact, wanted)).collect();
        texts.dedup();
        texts
    }
}

fn item<'a>(
    library: &Library,
    consortium: &Consortium,
    requirement: &'a Requirement,
    finding: &Finding,
    facts: &[FactRef],
    repairs: Vec<Repair>,
) -> Item<'a> {
    let mut seen = BTreeSet::new();
    let evidence: Vec<FactRef> = facts.iter().filter(|fact| seen.insert(**fact)).copied().collect();
    let missing = match finding.outcome {
        Outcome::Undetermined => library.missing_facts(consortium, &evidence),
        _ => Vec::new(),
    };
    Item { index: finding.requirement, requirement, outcome: finding.outcome, evidence, missing, repairs }
}

impl<'v, 'a> Group<'v, 'a> {
    /// The clause its requirements stand in.
    pub(crate) fn clause(&self) -> &'a str {
        self.items.first().map_or("", |item| item.requirement.clause.as_str())
    }

    /// The words of the source, each once; words that longer ones contain are left out.
    pub(crate) fn quotes(&self) -> Vec<&'a str> {
        let all: Vec<&str> = self.items.iter().map(|item| item.requirement.quote.as_str()).collect();
        let mut quotes: Vec<&str> = Vec::new();
        for quote in &all {
            let within = all.iter().any(|other| other.len() > quote.len() && other.contains(quote));
            if !quote.is_empty() && !within && !quotes.contains(quote) {
                quotes.push(quote);
            }
        }
        quotes
    }

    /// The readings its requirements rest on, each once.
    pub(crate) fn notes(&self) -> Vec<&'a Localized> {
        let mut notes = Vec::new();
        for note in self.items.iter().filter_map(|item| item.requirement.note.as_ref()) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }
}

fn is_ban(change: &Change) -> bool {
    matches!(change, Change::Set { wanted: Wanted::NoneOf(_), .. })
}

fn changed_fact(change: &Change) -> Option<FactRef> {
    match change {
        Change::Set { at, .. } => Some(*at),
        Change::Add(_) | Change::Drop { .. } | Change::Replace { .. } => None,
    }
}

impl Gap<'_, '_> {
    /// Whether a repair changes facts, but none of those that are missing.
    pub(crate) fn is_avoided_by(&self, repair: &Repair) -> bool {
        repair.changes.iter().all(|change| changed_fact(change).is_some_and(|fact| !self.facts.contains(&fact)))
    }
}

/// The facts that are missing, those that the same requirements need together; and the items that miss none, which a
/// person has to decide.
pub(crate) fn gaps<'v, 'a>(items: &[&'v Item<'a>]) -> (Vec<Gap<'v, 'a>>, Vec<&'v Item<'a>>) {
    let mut facts: Vec<FactRef> = Vec::new();
    for fact in items.iter().flat_map(|item| &item.missing) {
        if !facts.contains(fact) {
            facts.push(*fact);
        }
    }
    let mut gaps: Vec<Gap<'v, 'a>> = Vec::new();
    for fact in facts {
        let needed: Vec<&Item<'a>> = items.iter().filter(|item| item.missing.contains(&fact)).copied().collect();
        let same = |gap: &&mut Gap<'_, '_>| {
            gap.items.len() == needed.len()
                && gap.items.iter().zip(&needed).all(|(a, b)| a.requirement.id == b.requirement.id)
        };
        match gaps.iter_mut().find(same) {
            Some(gap) => gap.facts.push(fact),
            None => gaps.push(Gap { facts: vec![fact], items: needed }),
        }
    }
    let undecidable = items.iter().filter(|item| item.missing.is_empty()).copied().collect();
    (gaps, undecidable)
}
