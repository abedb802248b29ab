//! The report on a consortium as a person reads it in a terminal.

use anstyle::Style;
use eligibility::guide::Modality;
use eligibility::{CommonReport, FactRef, Lang, Localized, Outcome, Repair, Requirement, Verdict};

use crate::render::findings::{Gap, Group, Item, View, gaps};
use crate::render::page::{self, BAD, ENTRY, FAINT, GOOD, OPEN, PLAIN, Page, STRONG};
use crate::render::words::{self, counted, said};

/// What the reader asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The file the consortium is from.
    pub(crate) file: &'a str,
    pub(crate) lang: Lang,
    /// Whether to list every requirement.
    pub(crate) all: bool,
    /// The findings under the rules around the call, if asked for; the inner option is `None` if none are in force.
    pub(crate) common: Option<&'a Option<CommonReport>>,
}

/// More facts than this are counted, not listed.
const FACTS_AT_MOST: usize = 6;
/// More repairs than this are not shown.
const REPAIRS_AT_MOST: usize = 3;

const fn mandatory(modality: Modality) -> bool {
    matches!(modality, Modality::Mandatory)
}

const fn advisory(modality: Modality) -> bool {
    matches!(modality, Modality::InPrinciple | Modality::Encouraged)
}

const fn to_know(modality: Modality) -> bool {
    matches!(modality, Modality::Informational)
}

/// The report.
pub(crate) fn text(view: &View<'_>, asked: &Asked<'_>) -> String {
    let mut writer = Writer { view, lang: asked.lang, page: Page::new(page::width()) };
    writer.head(asked.file);
    writer.violations();
    writer.unknowns();
    writer.warnings();
    writer.rest(asked.all);
    if let Some(common) = asked.common {
        writer.common(common.as_ref(), asked.all);
    }
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
        let Self { view, lang, .. } = *self;
        let style = match view.report.verdict {
            Verdict::Eligible => GOOD,
            Verdict::Ineligible => BAD,
            Verdict::Undetermined => OPEN,
        };
        let verdict = format!("{}  ", words::verdict(lang, view.report.verdict));
        let title = format!("{} {}", view.direction.prefix, view.direction.title.text(lang));
        self.page.item(0, style, &verdict, STRONG, &title);
        let day = view.report.as_of;
        let own = day == view.guide.as_of;
        let place = match (lang, own) {
            (Lang::Zh, true) => format!("{file}，按 {day}（指南截止日）判断"),
            (Lang::Zh, false) => format!("{file}，按 {day} 判断"),
            (Lang::En, true) => format!("{file}, as of {day} (the call's own day)"),
            (Lang::En, false) => format!("{file}, as of {day}"),
        };
        self.page.paragraph(0, FAINT, &place);
        self.page.paragraph(0, PLAIN, &self.summary());
    }

    /// One sentence with counts.
    fn summary(&self) -> String {
        let Self { view, lang, .. } = *self;
        let violated = view.clauses.violated.len();
        let undetermined = view.clauses.undetermined.len();
        let (gaps, _) = gaps(&view.select(Outcome::Undetermined, mandatory));
        let missing: usize = gaps.iter().map(|gap| gap.facts.len()).sum();
        let open_clauses = match (lang, violated) {
            (Lang::Zh, 0) => format!("{undetermined} 个条款"),
            (Lang::Zh, _) => format!("另有 {undetermined} 个条款"),
            (Lang::En, 0) => counted(lang, undetermined, "", "clause", "clauses"),
            (Lang::En, _) => counted(lang, undetermined, "", "more clause", "more clauses"),
        };
        let open = match (lang, undetermined, missing) {
            (_, 0, _) => None,
            (Lang::Zh, _, 0) => Some(format!("{open_clauses}尚不能判定")),
            (Lang::Zh, ..) => Some(format!("{open_clauses}因缺少 {missing} 项信息尚不能判定")),
            (Lang::En, _, 0) => Some(format!("{open_clauses} cannot be decided")),
            (Lang::En, ..) => {
                let facts = counted(lang, missing, "", "fact is", "facts are");
                Some(format!("{open_clauses} cannot be decided while {facts} missing"))
            }
        };
        let mut parts = match (violated, open) {
            (0, None) => vec![
                self.say("凡可由事实判定的强制性要求均已满足", "every mandatory requirement that facts decide is met")
                    .to_owned(),
            ],
            (0, Some(open)) => vec![self.say("没有不满足的条款", "no clause is violated").to_owned(), open],
            (_, open) => {
                let violated = match lang {
                    Lang::Zh => format!("{violated} 个条款不满足"),
                    Lang::En => format!("{} violated", counted(lang, violated, "", "clause is", "clauses are")),
                };
                std::iter::once(violated).chain(open).collect()
            }
        };
        let warned = view.clauses.warned.len();
        if warned > 0 {
            parts.push(counted(lang, warned, "条提示", "warning", "warnings"));
        }
        let mut sentence = parts.join(self.say("，", "; "));
        if let (Lang::En, Some(first)) = (lang, sentence.get(..1).map(str::to_uppercase)) {
            sentence.replace_range(..1, &first);
        }
        sentence.push_str(self.say("。", "."));
        sentence
    }

    fn violations(&mut self) {
        let items = self.view.select(Outcome::Violated, mandatory);
        if items.is_empty() {
            return;
        }
        self.page.heading(self.say("不满足的条款", "What blocks it"));
        for group in self.view.grouped(&items) {
            self.page.gap();
            self.statements("✗", BAD, &group);
            self.quotes(&group);
            self.facts(&group.items);
            self.repairs(&group.repairs, REPAIRS_AT_MOST);
            self.notes(&group);
        }
    }

    fn unknowns(&mut self) {
        let items = self.view.select(Outcome::Undetermined, mandatory);
        if items.is_empty() {
            return;
        }
        self.page.heading(self.say("尚不能判定的内容", "What is not known"));
        let (gaps, undecidable) = gaps(&items);
        let mut told: Vec<&str> = Vec::new();
        for gap in &gaps {
            self.page.gap();
            self.gap(gap, &mut told);
        }
        for group in self.view.grouped(&undecidable) {
            self.page.gap();
            self.statements("?", OPEN, &group);
            self.quotes(&group);
            self.facts(&group.items);
            let open = self.say("已填的信息不能决定此项。", "The facts given do not decide this.");
            self.label("结果", "Result", &[open.to_owned()]);
            self.repairs(&group.repairs, REPAIRS_AT_MOST);
            self.notes(&group);
        }
    }

    /// What is missing, whom it keeps waiting, and what it has to be.
    fn gap<'t>(&mut self, gap: &Gap<'_, 't>, told: &mut Vec<&'t str>) {
        let names = gap.facts.iter().map(|fact| self.fact(*fact)).collect();
        for name in self.shortened(names) {
            self.page.entry(OPEN, "? ", STRONG, &name);
        }
        let supply = gap.facts.iter().map(|fact| self.supply(*fact, &gap.items)).collect();
        let supply = self.shortened(supply);
        self.label("填写", "Supply", &supply);
        let mut needed = Vec::new();
        for item in &gap.items {
            let Requirement { id, clause, statement, .. } = item.requirement;
            if told.contains(&id.as_str()) {
                let above = self.say("（见上）", "(see above)");
                needed.push(format!("{clause}{}{above}", self.say("", " ")));
            } else {
                told.push(id);
                needed.push(format!("{clause} {}", statement.text(self.lang)));
            }
        }
        needed.dedup();
        self.label("涉及", "For", &needed);
        if let [item] = gap.items.as_slice()
            && let Some(other) = item.repairs.iter().find(|repair| gap.is_avoided_by(repair))
        {
            let other = format!("{}{}", self.say("或：", "or: "), self.repair(other));
            self.label("建议", "Remedy", &[other]);
        }
    }

    fn warnings(&mut self) {
        let items = self.view.select(Outcome::Violated, advisory);
        if items.is_empty() {
            return;
        }
        self.page.heading(self.say("提示（不影响结论）", "Warnings (they do not change the verdict)"));
        for group in self.view.grouped(&items) {
            self.page.gap();
            self.statements("!", OPEN, &group);
            self.facts(&group.items);
            self.repairs(&group.repairs, 1);
        }
    }

    /// What is left: counted, or listed if asked for.
    fn rest(&mut self, all: bool) {
        let view = self.view;
        let lists = [
            (
                "□",
                ["须由人工判断的内容", "For a person to judge"],
                [
                    "项要求须由人工判断",
                    "requirement is left for a person to judge",
                    "requirements are left for a person to judge",
                ],
                view.select(Outcome::ForReview, |modality| !to_know(modality)),
            ),
            (
                "?",
                ["因缺少信息未能核对的建议性要求", "Recommendations that cannot be checked, as facts are missing"],
                [
                    "项建议性要求因缺少信息未能核对",
                    "recommendation cannot be checked, as facts are missing",
                    "recommendations cannot be checked, as facts are missing",
                ],
                view.select(Outcome::Undetermined, advisory),
            ),
            (
                "✓",
                ["已满足的要求", "Met"],
                ["项要求已满足", "requirement is met", "requirements are met"],
                view.select(Outcome::Satisfied, |modality| !to_know(modality)),
            ),
            (
                "–",
                ["不适用的要求", "Not applicable here"],
                ["项要求不适用", "requirement does not apply", "requirements do not apply"],
                view.select(Outcome::NotApplicable, |modality| !to_know(modality)),
            ),
        ];
        if !all {
            let counts = lists.iter().filter(|(.., items)| !items.is_empty());
            let counts = counts.map(|(_, _, [zh, one, many], items)| counted(self.lang, items.len(), zh, one, many));
            let counts = counts.collect::<Vec<_>>().join(self.say("，", "; "));
            let hint = self.say("（加 --all 列出）", " (--all lists them)");
            self.page.gap();
            self.page.paragraph(0, FAINT, &format!("{counts}{hint}{}", self.say("。", ".")));
            return;
        }
        let information: Vec<&Item<'_>> = view.items.iter().filter(|item| to_know(item.requirement.modality)).collect();
        let information = ("·", ["供了解", "For information"], information);
        let lists = lists.into_iter().map(|(mark, heading, _, items)| (mark, heading, items)).chain([information]);
        for (mark, [zh, en], items) in lists.filter(|(.., items)| !items.is_empty()) {
            self.page.heading(self.say(zh, en));
            for item in items {
                let Requirement { clause, statement, modality, .. } = item.requirement;
                let degree = match advisory(*modality) {
                    true => format!("{}{}", words::modality(self.lang, *modality), self.say("：", ": ")),
                    false => String::new(),
                };
                let text = format!("{degree}{}", statement.text(self.lang));
                self.page.entry(FAINT, &format!("{mark} {clause} "), PLAIN, &text);
            }
        }
    }

    /// The rules around the call, apart from its text.
    fn common(&mut self, common: Option<&CommonReport>, all: bool) {
        let layer = self.view.guide.common_rules.as_ref();
        let (Some(common), Some(layer)) = (common, layer) else {
            self.page.gap();
            let none =
                self.say("该日没有已收录的通用申报要求。", "No rules around the call are recorded for that day.");
            self.page.paragraph(0, FAINT, none);
            return;
        };
        self.page.heading(layer.title.text(self.lang));
        self.page.paragraph(0, FAINT, layer.note.text(self.lang));
        let items = self.view.common_items(common);
        let mut sources: Vec<Source<'_>> = Vec::new();
        for item in items.iter().filter(|item| item.outcome == Outcome::Violated) {
            self.page.gap();
            self.rule("✗", item, &mut sources);
            self.facts(&[item]);
            self.repairs(&item.repairs.iter().collect::<Vec<_>>(), 1);
            if let Some(note) = &item.requirement.note {
                self.label("说明", "Reading", &[note.text(self.lang).to_owned()]);
            }
        }
        let listed = |item: &&Item<'_>| item.outcome == Outcome::Undetermined;
        for item in items.iter().filter(listed) {
            self.page.gap();
            self.rule("?", item, &mut sources);
            let supply = self.shortened(item.missing.iter().map(|fact| self.supply(*fact, &[item])).collect());
            self.label("填写", "Supply", &supply);
        }
        let rest = [(Outcome::Satisfied, "✓"), (Outcome::NotApplicable, "–"), (Outcome::ForReview, "□")];
        if all {
            self.page.gap();
            for (outcome, mark) in rest {
                for item in items.iter().filter(|item| item.outcome == outcome) {
                    self.rule(mark, item, &mut sources);
                }
            }
        } else {
            let count = |outcome| items.iter().filter(|item| item.outcome == outcome).count();
            let (met, person) = (count(Outcome::Satisfied), count(Outcome::ForReview));
            let line = match self.lang {
                Lang::Zh => format!("{met} 条已满足，{person} 条供了解或须由人工判断（加 --all 列出）。"),
                Lang::En => format!(
                    "{}; {} for information or for a person to judge (--all lists them).",
                    counted(self.lang, met, "", "rule is met", "rules are met"),
                    counted(self.lang, person, "", "is", "are"),
                ),
            };
            self.page.gap();
            self.page.paragraph(0, FAINT, &line);
        }
        if !sources.is_empty() {
            self.page.gap();
        }
        for (index, source) in sources.iter().enumerate() {
            let text = format!(
                "{}{}",
                source.title.text(self.lang),
                source.url.map_or_else(String::new, |url| format!(" {url}"))
            );
            self.page.item(0, FAINT, &format!("[{}] ", index + 1), FAINT, &text);
        }
    }

    fn rule<'t>(&mut self, mark: &str, item: &Item<'t>, sources: &mut Vec<Source<'t>>) {
        let style = match item.outcome {
            Outcome::Violated => BAD,
            Outcome::Undetermined => OPEN,
            _ => FAINT,
        };
        let mut text = item.requirement.statement.text(self.lang).to_owned();
        if let Some(origin) = &item.requirement.origin {
            let source = Source { title: &origin.title, url: origin.url.as_deref() };
            let at = sources.iter().position(|known| *known == source).unwrap_or_else(|| {
                sources.push(source);
                sources.len() - 1
            });
            let separator = self.say("，", ", ");
            text.push_str(&format!(" [{}{separator}{}]", at + 1, words::confidence(self.lang, origin.confidence)));
        }
        self.page.entry(style, &format!("{mark} "), PLAIN, &text);
    }

    fn statements(&mut self, mark: &str, style: Style, group: &Group<'_, '_>) {
        for (index, item) in group.items.iter().enumerate() {
            let statement = item.requirement.statement.text(self.lang);
            if index == 0 {
                self.page.entry(style, &format!("{mark} {} ", group.clause()), STRONG, statement);
            } else {
                self.page.paragraph(ENTRY, STRONG, statement);
            }
        }
    }

    fn quotes(&mut self, group: &Group<'_, '_>) {
        let quotes: Vec<String> = group.quotes().into_iter().map(str::to_owned).collect();
        self.label("原文", "Source", &quotes);
    }

    fn facts(&mut self, items: &[&Item<'_>]) {
        let facts = items.first().map(|item| item.evidence.as_slice()).unwrap_or_default();
        let texts = self.shortened(facts.iter().map(|fact| self.fact(*fact)).collect());
        self.label("事实", "Facts", &texts);
    }

    /// Long lists are told how much longer they are.
    fn shortened(&self, mut texts: Vec<String>) -> Vec<String> {
        if texts.len() > FACTS_AT_MOST + 1 {
            let more = texts.len() - FACTS_AT_MOST;
            texts.truncate(FACTS_AT_MOST);
            texts.push(match self.lang {
                Lang::Zh => format!("另有 {more} 项"),
                Lang::En => format!("and {more} more"),
            });
        }
        texts
    }

    fn repairs(&mut self, repairs: &[&Repair], at_most: usize) {
        let texts = repairs.iter().take(at_most).enumerate().map(|(index, repair)| {
            let or = if index == 0 { "" } else { self.say("或：", "or: ") };
            format!("{or}{}", self.repair(repair))
        });
        let texts: Vec<String> = texts.collect();
        self.label("建议", "Remedy", &texts);
    }

    fn repair(&self, repair: &Repair) -> String {
        self.view.library.repair_text(self.view.consortium, repair).text(self.lang).to_owned()
    }

    fn notes(&mut self, group: &Group<'_, '_>) {
        let notes: Vec<String> = group.notes().into_iter().map(|note| note.text(self.lang).to_owned()).collect();
        self.label("说明", "Reading", &notes);
    }

    /// Texts behind a label, below an entry.
    fn label(&mut self, zh: &str, en: &str, texts: &[String]) {
        let label = match self.lang {
            Lang::Zh => format!("{zh}  "),
            Lang::En => format!("{en:<9}"),
        };
        self.page.list(ENTRY, &label, PLAIN, texts);
    }

    fn fact(&self, fact: FactRef) -> String {
        self.view.library.fact_text(self.view.consortium, fact).text(self.lang).to_owned()
    }

    /// Where to write a missing fact, and what it has to be.
    fn supply(&self, fact: FactRef, items: &[&Item<'_>]) -> String {
        let name = self.view.library.fact_name(self.view.consortium, fact);
        let wanted = self.view.wanted(fact, items);
        if wanted.is_empty() {
            return name;
        }
        let wanted = Localized::join(&wanted, "；", "; ");
        match self.lang {
            Lang::Zh => format!("{name}（应为：{}）", wanted.zh),
            Lang::En => format!("{name} (must be {})", wanted.en),
        }
    }
}

/// Where a rule is taken from.
#[derive(Debug, PartialEq)]
struct Source<'a> {
    title: &'a Localized,
    url: Option<&'a str>,
}
