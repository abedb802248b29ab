//! Calls and directions as sheets to read.

pub(crate) mod json;

use eligibility::audit::Audit;
use eligibility::guide::{Contact, Guide, Named, TopicLevel, TopicList, Topics, Window};
use eligibility::vocabulary::{FactType, Scope};
use eligibility::{Direction, Lang, Library, Localized, Requirement};

use crate::render::page::{self, Cell, ENTRY, FAINT, PLAIN, Page, STRONG};
use crate::render::words::{self, said};

/// Every direction of every call.
pub(crate) fn list(library: &Library, lang: Lang) -> String {
    let mut page = Page::new(page::width());
    for guide in &library.guides {
        page.heading(guide.title.text(lang));
        page.paragraph(0, FAINT, &head(guide, lang));
        page.gap();
        let money = match lang {
            Lang::Zh => "经费/万元",
            Lang::En => "Grant, CNY",
        };
        let heading = [
            Cell::new(FAINT, said(lang, "编号", "No.")),
            Cell::new(FAINT, said(lang, "代号", "Key")),
            Cell::number(FAINT, said(lang, "项目数", "Projects")),
            Cell::number(FAINT, money),
            Cell::new(FAINT, said(lang, "名称；合作方征集部门", "Title; authority on the partner side")),
        ];
        let mut rows = vec![heading.to_vec()];
        for direction in &guide.directions {
            let budget = match lang {
                Lang::Zh => eligibility::facts::thousands(direction.budget_cny / 10_000),
                Lang::En => eligibility::facts::thousands(direction.budget_cny),
            };
            rows.push(vec![
                Cell::new(STRONG, &direction.prefix),
                Cell::plain(&direction.id),
                Cell::number(PLAIN, words::quota(lang, &direction.quota)),
                Cell::number(PLAIN, budget),
                Cell::plain(direction.title.text(lang)),
            ]);
            if let Some(partner) = &direction.partner_authority {
                let mut row = vec![Cell::plain(""); 4];
                row.push(Cell::new(FAINT, partner.text(lang)));
                rows.push(row);
            }
        }
        page.table(0, &rows);
    }
    page.finish()
}

/// Key, notice and window of a call.
fn head(guide: &Guide, lang: Lang) -> String {
    let mut parts = vec![guide.id.clone()];
    parts.extend(guide.notice.clone());
    parts.extend(guide.window.as_ref().map(|window| window_text(window, lang)));
    parts.join(said(lang, "；", "; "))
}

fn window_text(window: &Window, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("申报时间 {} 至 {}", moment(&window.opens), moment(&window.closes)),
        Lang::En => format!("open from {} to {}", moment(&window.opens), moment(&window.closes)),
    }
}

/// `2023-04-20T08:00+08:00` for readers who know where they are.
fn moment(text: &str) -> String {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let time = time.split(['+', 'Z']).next().unwrap_or_default();
    format!("{day} {time}").trim_end().to_owned()
}

/// One direction with all its requirements.
pub(crate) fn show(library: &Library, guide: &Guide, direction: &Direction, lang: Lang) -> String {
    let mut sheet = Sheet { page: Page::new(page::width()), lang };
    let number = format!("{}  ", direction.prefix);
    sheet.page.item(0, STRONG, &number, STRONG, direction.title.text(lang));
    sheet.page.paragraph(0, FAINT, &format!("{}{}{}", direction.id, said(lang, "，", ", "), guide.title.text(lang)));
    sheet.page.gap();
    sheet.facts(guide, direction);
    sheet.topics(&direction.topics);
    sheet.contacts(direction);
    sheet.requirements(direction);
    sheet.designations(library, guide, direction);
    sheet.page.finish()
}

struct Sheet {
    page: Page,
    lang: Lang,
}

impl Sheet {
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        said(self.lang, zh, en)
    }

    fn line(&mut self, zh: &str, en: &str, text: &str) {
        let label = match self.lang {
            Lang::Zh => {
                let room = 12_usize.saturating_sub(page::columns(zh));
                format!("{zh}{}", " ".repeat(room))
            }
            Lang::En => format!("{en:<14}"),
        };
        self.page.item(0, FAINT, &label, PLAIN, text);
    }

    fn joined(&self, texts: &[Localized]) -> String {
        Localized::join(texts, "；", "; ").text(self.lang).to_owned()
    }

    fn facts(&mut self, guide: &Guide, direction: &Direction) {
        let lang = self.lang;
        let documents = self.joined(&direction.basis.documents);
        if direction.basis.commitment {
            self.line("外交承诺", "Commitment", &documents);
        } else {
            self.line("合作协议", "Agreement", &documents);
        }
        self.line("中方部门", "Chinese side", direction.chinese_authority.text(lang));
        if let Some(partner) = &direction.partner_authority {
            self.line("合作方部门", "Partner side", partner.text(lang));
        }
        let mut projects = words::quota(lang, &direction.quota);
        if let Some(each) = direction.quota.per_country {
            projects.push_str(&match lang {
                Lang::Zh => format!("；原则上每个国家不超过 {each} 项"),
                Lang::En => format!("; in principle at most {each} for one country"),
            });
        }
        self.line("拟支持项目", "Projects", &projects);
        self.line("国拨经费", "State grant", &words::money(lang, direction.budget_cny));
        if let Some(period) = &direction.period {
            let text = match (lang, period.min_months, period.max_months) {
                (Lang::Zh, Some(least), Some(most)) if least == most => format!("{least} 个月"),
                (Lang::En, Some(least), Some(most)) if least == most => format!("{least} months"),
                (Lang::Zh, Some(least), Some(most)) => format!("{least}～{most} 个月"),
                (Lang::En, Some(least), Some(most)) => format!("{least} to {most} months"),
                (Lang::Zh, Some(least), None) => format!("不少于 {least} 个月"),
                (Lang::En, Some(least), None) => format!("at least {least} months"),
                (Lang::Zh, None, Some(most)) => format!("不超过 {most} 个月"),
                (Lang::En, None, Some(most)) => format!("at most {most} months"),
                (_, None, None) => String::new(),
            };
            self.line("执行期", "Period", &text);
        }
        if let Some(window) = &guide.window {
            let text = format!("{} – {}", moment(&window.opens), moment(&window.closes));
            self.line("申报时间", "Window", &text);
            self.page.paragraph(said(lang, "            ", "              ").len(), FAINT, window.note.text(lang));
        }
        self.line("判断日", "Judged as of", &guide.as_of.to_string());
    }

    fn topics(&mut self, topics: &Topics) {
        let lang = self.lang;
        let heading = match topics.list {
            TopicList::Any => self.say("领域方向（不限领域）", "Fields (no limit of fields)"),
            TopicList::Open => {
                self.say("领域方向（所列领域之外须由人工判断）", "Fields (others are for a person to judge)")
            }
            TopicList::Closed if topics.level == TopicLevel::Subtopic => {
                self.say("领域方向（仅限所列子领域）", "Fields (only the sub-topics listed)")
            }
            TopicList::Closed => self.say("领域方向（仅限所列领域）", "Fields (only those listed)"),
        };
        self.page.heading(heading);
        for topic in &topics.items {
            let mut name = topic.name.text(lang).to_owned();
            if let Some(quota) = &topic.quota {
                name.push_str(&match lang {
                    Lang::Zh => format!("；{} 项", words::quota(lang, quota)),
                    Lang::En => format!("; projects: {}", words::quota(lang, quota)),
                });
            }
            if let Some(budget) = topic.budget_cny {
                name.push_str(&format!("{}{}", self.say("；", "; "), words::money(lang, budget)));
            }
            self.page.item(2, FAINT, &format!("{}  ", topic.key), PLAIN, &name);
            self.named(&topic.subtopics, "");
            let focus = self.say("重点关注 ", "mainly ");
            self.named(&topic.focus, focus);
            let excluded = self.say("不支持 ", "not supported: ");
            self.named(&topic.exclusions, excluded);
        }
        if !topics.exclusions.is_empty() {
            let any = self.say("不论何领域均不支持：", "Not supported in any field:");
            self.page.paragraph(2, PLAIN, any);
            self.named(&topics.exclusions, "");
        }
    }

    fn named(&mut self, items: &[Named], before: &str) {
        for item in items {
            let text = format!("{before}{}", item.name.text(self.lang));
            self.page.item(4, FAINT, &format!("{}  ", item.key), PLAIN, &text);
        }
    }

    fn contacts(&mut self, direction: &Direction) {
        if direction.contacts.is_empty() && direction.templates.is_empty() {
            return;
        }
        self.page.heading(self.say("联系人与模板", "Contacts and templates"));
        for contact in &direction.contacts {
            let text = self.contact(contact);
            self.page.item(0, FAINT, "· ", PLAIN, &text);
        }
        for template in &direction.templates {
            let text = format!("{}{}{}", template.name.text(self.lang), self.say("：", ": "), template.url);
            self.page.item(0, FAINT, "· ", PLAIN, &text);
        }
    }

    fn contact(&self, contact: &Contact) -> String {
        let mut parts = vec![contact.organisation.text(self.lang).to_owned()];
        parts.extend(contact.department.as_ref().map(|department| department.text(self.lang).to_owned()));
        parts.extend(contact.person.clone());
        parts.extend(contact.emails.iter().chain(&contact.phones).chain(&contact.urls).cloned());
        parts.join(self.say("，", ", "))
    }

    fn designations(&mut self, library: &Library, guide: &Guide, direction: &Direction) {
        let Some(designations) = guide.designations.as_ref().filter(|of| of.direction == direction.id) else { return };
        self.page.heading(self.say("指定机构", "Designated organisations"));
        self.page.paragraph(0, FAINT, designations.note.text(self.lang));
        for organisation in &designations.organisations {
            let mut text = organisation.name.text(self.lang).to_owned();
            if let Some(acronym) = &organisation.acronym {
                text.push_str(&match self.lang {
                    Lang::Zh => format!("（{acronym}）"),
                    Lang::En => format!(" ({acronym})"),
                });
            }
            if let Some(status) = choice_label(library, &organisation.status) {
                text.push_str(&format!("{}{}", self.say("：", ": "), status.text(self.lang)));
            }
            self.page.item(0, FAINT, "· ", PLAIN, &text);
        }
    }

    fn requirements(&mut self, direction: &Direction) {
        self.page.heading(self.say("要求", "Requirements"));
        let mut clauses: Vec<&str> = Vec::new();
        for requirement in &direction.requirements {
            if !clauses.contains(&requirement.clause.as_str()) {
                clauses.push(&requirement.clause);
            }
        }
        for clause in clauses {
            self.page.gap();
            self.page.paragraph(0, STRONG, clause);
            for requirement in direction.requirements.iter().filter(|requirement| requirement.clause == clause) {
                self.requirement(requirement);
            }
        }
    }

    fn requirement(&mut self, requirement: &Requirement) {
        let lang = self.lang;
        self.page.item(0, FAINT, "  · ", PLAIN, requirement.statement.text(lang));
        let degree = words::modality(lang, requirement.modality);
        let decision = words::decision(lang, &requirement.decision);
        self.page.paragraph(ENTRY, FAINT, &format!("{degree}{}{decision}", self.say("，", ", ")));
        let text = self.say("原文  ", "Source   ");
        self.page.item(ENTRY, FAINT, text, FAINT, &requirement.quote);
        if let Some(note) = &requirement.note {
            let reading = self.say("说明  ", "Reading  ");
            self.page.item(ENTRY, FAINT, reading, FAINT, note.text(lang));
        }
    }
}

fn choice_label(library: &Library, value: &str) -> Option<Localized> {
    library.vocabulary.facts(Scope::Member).iter().find_map(|fact| match &fact.fact_type {
        FactType::Choice(choices) => choices.iter().find(|choice| choice.value == value).map(|it| it.label.clone()),
        _ => None,
    })
}

/// What the audit of a call counted.
pub(crate) fn audit(guide: &Guide, audit: &Audit, lang: Lang) -> String {
    let mut page = Page::new(page::width());
    let head = match lang {
        Lang::Zh => format!("{}：{} 个方向，{} 项要求", guide.id, guide.directions.len(), audit.requirements),
        Lang::En => format!("{}: {} directions, {} requirements", guide.id, guide.directions.len(), audit.requirements),
    };
    page.paragraph(0, STRONG, &head);
    let counts =
        audit.by_modality.iter().map(|(modality, number)| format!("{} {number}", words::modality(lang, *modality)));
    let separator = said(lang, "，", ", ");
    page.paragraph(2, PLAIN, &counts.collect::<Vec<_>>().join(separator));
    let decided = audit.by_decision.iter().map(|(kind, number)| format!("{} {number}", words::decided(lang, kind)));
    page.paragraph(2, PLAIN, &decided.collect::<Vec<_>>().join(separator));
    let per_mille = (audit.covered * 1000).checked_div(audit.characters).unwrap_or(1000);
    let share = format!("{}.{} %", per_mille / 10, per_mille % 10);
    let coverage = match lang {
        Lang::Zh => format!("原文覆盖率 {share}（共 {} 字）", audit.characters),
        Lang::En => format!("coverage {share} of {} characters", audit.characters),
    };
    page.paragraph(2, PLAIN, &coverage);
    page.finish()
}
