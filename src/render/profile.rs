//! What one institution could do, for people and for programs.

use eligibility::date::Date;
use eligibility::guide::Modality;
use eligibility::{
    Consortium, FactRef, Finding, Lang, Library, Localized, Member, Outcome, Requirement, Role, RoleReport, Verdict,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::render::json::{Fact, Head, Texts, pretty};
use crate::render::page::{self, BAD, Cell, ENTRY, FAINT, GOOD, OPEN, PLAIN, Page, STRONG};
use crate::render::words::{self, said};

/// An institution and how it stands in every role of every direction.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) library: &'a Library,
    pub(crate) institution: &'a Member,
    /// The day asked for; each call's own, if none was.
    pub(crate) as_of: Option<Date>,
    pub(crate) reports: &'a [RoleReport],
}

/// What the same facts bring about in several directions and roles.
#[derive(Debug)]
struct Cause<'a> {
    facts: Vec<FactRef>,
    alone: Consortium,
    effects: Vec<Effect<'a>>,
}

/// A statement that stands in several directions, and the roles it bears on.
#[derive(Debug)]
struct Effect<'a> {
    statement: &'a Localized,
    roles: Vec<Role>,
    clauses: Vec<&'a str>,
}

impl<'a> Cause<'a> {
    fn add(&mut self, role: Role, requirement: &'a Requirement) {
        let statement = &requirement.statement;
        let known = self.effects.iter_mut().find(|effect| effect.statement == statement && effect.roles == [role]);
        match known {
            Some(effect) => effect.clauses.push(&requirement.clause),
            None => self.effects.push(Effect { statement, roles: vec![role], clauses: vec![&requirement.clause] }),
        }
    }

    /// Makes one effect of those that differ in the role only.
    fn join_roles(&mut self) {
        let mut joined: Vec<Effect<'a>> = Vec::new();
        for effect in self.effects.drain(..) {
            let same = |known: &&mut Effect<'_>| known.statement == effect.statement && known.clauses == effect.clauses;
            match joined.iter_mut().find(same) {
                Some(known) => known.roles.extend(effect.roles),
                None => joined.push(effect),
            }
        }
        self.effects = joined;
    }
}

impl<'a> View<'a> {
    /// The mandatory findings that stand so, by the facts they rest on.
    fn causes(&self, outcome: Outcome) -> Vec<Cause<'a>> {
        let mut causes: Vec<Cause<'a>> = Vec::new();
        for report in self.reports {
            let Some(direction) = self.library.direction(report.direction) else { continue };
            // Where the institution is ruled out already, no fact would decide.
            if outcome == Outcome::Undetermined && report.verdict != Verdict::Undetermined {
                continue;
            }
            for finding in report.findings.iter().filter(|finding| finding.outcome == outcome) {
                let Some(requirement) = direction.requirements.get(finding.requirement) else { continue };
                if requirement.modality != Modality::Mandatory {
                    continue;
                }
                let alone = self.library.alone(self.institution, report);
                let facts = self.facts(&alone, report, finding);
                let at = causes.iter().position(|cause| cause.facts == facts).unwrap_or_else(|| {
                    causes.push(Cause { facts, alone, effects: Vec::new() });
                    causes.len() - 1
                });
                if let Some(cause) = causes.get_mut(at) {
                    cause.add(report.role, requirement);
                }
            }
        }
        for cause in &mut causes {
            cause.join_roles();
        }
        causes
    }

    /// The facts a finding rests on; of an undetermined one, those that are missing.
    fn facts(&self, alone: &Consortium, report: &RoleReport, finding: &Finding) -> Vec<FactRef> {
        let mut facts = match finding.outcome {
            Outcome::Undetermined => self.library.missing_facts(alone, report.evidence(finding)),
            _ => report.evidence(finding).to_vec(),
        };
        facts.sort_unstable();
        facts.dedup();
        facts
    }
}

/// What the institution could do, for a person.
pub(crate) fn text(view: &View<'_>, file: &str, lang: Lang) -> String {
    let mut writer = Writer { view, lang, page: Page::new(page::width()) };
    writer.head(file);
    writer.table();
    writer.causes(Outcome::Violated);
    writer.causes(Outcome::Undetermined);
    let note = writer.say(
        "只对照单位自身即可判定的要求；项目内容、合作单位和材料另用 lianhe check 判断。",
        "Only requirements that an institution meets or misses by itself; `lianhe check` judges the whole plan.",
    );
    writer.page.gap();
    writer.page.paragraph(0, FAINT, note);
    writer.page.finish()
}

struct Writer<'v, 'a> {
    view: &'v View<'a>,
    lang: Lang,
    page: Page,
}

impl Writer<'_, '_> {
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        said(self.lang, zh, en)
    }

    fn head(&mut self, file: &str) {
        let name = self.view.institution.display_name();
        self.page.paragraph(0, STRONG, if name.is_empty() { file } else { name });
        let day = match (self.lang, self.view.as_of) {
            (Lang::Zh, Some(day)) => format!("{file}，按 {day} 判断"),
            (Lang::En, Some(day)) => format!("{file}, as of {day}"),
            (Lang::Zh, None) => format!("{file}，按各批指南的截止日判断"),
            (Lang::En, None) => format!("{file}, as of each call's own day"),
        };
        self.page.paragraph(0, FAINT, &day);
        let directions = self.view.library.directions().count();
        let mut counts = Vec::new();
        for role in Role::ALL {
            let count = |verdict| {
                let so = |report: &&RoleReport| report.role == role && report.verdict == verdict;
                self.view.reports.iter().filter(so).count()
            };
            let open = match (self.lang, count(Verdict::Undetermined)) {
                (_, 0) => String::new(),
                (Lang::Zh, open) => format!("（另有 {open} 个待定）"),
                (Lang::En, open) => format!(" ({open} more open)"),
            };
            counts.push(format!("{} {}{open}", words::role(self.lang, role), count(Verdict::Eligible)));
        }
        let counts = counts.join(self.say("，", ", "));
        let summary = match self.lang {
            Lang::Zh => format!("共 {directions} 个方向，可承担的角色：{counts}。"),
            Lang::En => format!("Roles it could take in the {directions} directions: {counts}."),
        };
        self.page.paragraph(0, PLAIN, &summary);
    }

    fn table(&mut self) {
        let mut heading = vec![Cell::new(FAINT, self.say("编号", "No."))];
        heading.extend(Role::ALL.map(|role| Cell::new(FAINT, words::role(self.lang, role))));
        heading.push(Cell::new(FAINT, self.say("指南方向", "Direction")));
        let mut rows = vec![heading];
        for (id, _, direction) in self.view.library.directions() {
            let mut row = vec![Cell::new(STRONG, &direction.prefix)];
            for role in Role::ALL {
                let report = self.view.reports.iter().find(|report| report.direction == id && report.role == role);
                row.push(match report.map(|report| report.verdict) {
                    Some(Verdict::Eligible) => Cell::new(GOOD, self.say("✓ 可以", "✓ yes")),
                    Some(Verdict::Ineligible) => Cell::new(BAD, self.say("✗ 不可", "✗ no")),
                    Some(Verdict::Undetermined) => Cell::new(OPEN, self.say("? 待定", "? open")),
                    None => Cell::plain(""),
                });
            }
            row.push(Cell::plain(direction.title.text(self.lang)));
            rows.push(row);
        }
        self.page.gap();
        self.page.table(0, &rows);
    }

    /// Why not, or what would decide.
    fn causes(&mut self, outcome: Outcome) {
        let causes = self.view.causes(outcome);
        if causes.is_empty() {
            return;
        }
        let (mark, style) = if outcome == Outcome::Violated { ("✗ ", BAD) } else { ("? ", OPEN) };
        self.page.heading(match outcome {
            Outcome::Violated => self.say("不能承担的原因", "Why not"),
            _ => self.say("补充后即可判定的信息", "Facts that would decide"),
        });
        for cause in &causes {
            self.page.gap();
            for fact in &cause.facts {
                let text = self.fact(&cause.alone, *fact);
                self.page.entry(style, mark, STRONG, &text);
            }
            for effect in &cause.effects {
                let roles: Vec<&str> = effect.roles.iter().map(|role| words::role(self.lang, *role)).collect();
                let separator = self.say("、", ", ");
                let (roles, clauses) = (roles.join(separator), effect.clauses.join(separator));
                let statement = effect.statement.text(self.lang).trim_end_matches(['。', '.']);
                let text = match self.lang {
                    Lang::Zh => format!("{statement}（{roles}：{clauses}）"),
                    Lang::En => format!("{statement} ({roles}: {clauses})"),
                };
                self.page.item(ENTRY, FAINT, "· ", PLAIN, &text);
            }
        }
    }

    fn fact(&self, alone: &Consortium, fact: FactRef) -> String {
        let vocabulary = &self.view.library.vocabulary;
        let Some(definition) = vocabulary.definition(fact.fact) else { return String::new() };
        let value = match alone.fact(fact.member, fact.fact) {
            Some(value) => self.view.library.value_text(alone, fact.fact, value),
            None => Localized::new(
                format!("未知（{}）", definition.short_name()),
                format!("not known ({})", definition.short_name()),
            ),
        };
        format!("{}{}{}", definition.label.text(self.lang), self.say("：", ": "), value.text(self.lang))
    }
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    name: Option<&'a str>,
    roles: Vec<Standing<'a>>,
}

#[derive(Debug, Serialize)]
struct Standing<'a> {
    guide: &'a str,
    direction: &'a str,
    number: &'a str,
    prefix: &'a str,
    title: Texts,
    as_of: String,
    role: &'static str,
    verdict: &'static str,
    findings: Vec<Found<'a>>,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    requirement: Head<'a>,
    outcome: &'static str,
    decided_by: Vec<Fact>,
    missing: Vec<Fact>,
}

/// What the institution could do, for programs.
pub(crate) fn json(view: &View<'_>) -> Result<String, Failure> {
    let roles = view.reports.iter().filter_map(|report| {
        let guide = view.library.guide_of(report.direction)?;
        let direction = view.library.direction(report.direction)?;
        let alone = view.library.alone(view.institution, report);
        let findings = report.findings.iter().filter_map(|finding| {
            let facts = view.facts(&alone, report, finding);
            let facts = facts.iter().map(|fact| Fact::new(view.library, &alone, *fact)).collect();
            let (decided_by, missing) =
                if finding.outcome == Outcome::Undetermined { (Vec::new(), facts) } else { (facts, Vec::new()) };
            let requirement = Head::from(direction.requirements.get(finding.requirement)?.as_ref());
            Some(Found { requirement, outcome: finding.outcome.as_str(), decided_by, missing })
        });
        Some(Standing {
            guide: &guide.id,
            direction: &direction.id,
            number: &direction.number,
            prefix: &direction.prefix,
            title: Texts::from(&direction.title),
            as_of: view.as_of.unwrap_or(guide.as_of).to_string(),
            role: report.role.as_str(),
            verdict: report.verdict.as_str(),
            findings: findings.collect(),
        })
    });
    pretty(&Answer { name: view.institution.name.as_deref(), roles: roles.collect() })
}
