//! Facts, wanted values and repairs in words, in both languages.

use crate::evaluate::FactRef;
use crate::facts::{Consortium, FactValue};
use crate::guide::Library;
use crate::repair::{Change, Repair, Slot, Wanted, is_added};
use crate::text::Localized;
use crate::vocabulary::{FactId, FactType};

impl Library {
    /// A fact with its value: `p1 (Example University): registration date: 2020-06`.
    pub fn fact_text(&self, consortium: &Consortium, fact: FactRef) -> Localized {
        let Some(definition) = self.vocabulary.definition(fact.fact) else { return Localized::default() };
        let value = match consortium.fact(fact.member, fact.fact) {
            Some(value) => self.value_text(consortium, fact.fact, value),
            None => Localized::new("未知", "not known"),
        };
        let label = &definition.label;
        let of = self.member_text(consortium, fact);
        Localized::new(
            format!("{}{}：{}", if of.is_empty() { of.clone() } else { format!("{of}：") }, label.zh, value.zh),
            format!("{}{}: {}", if of.is_empty() { of } else { format!("{of}: ") }, label.en, value.en),
        )
    }

    /// A fact as a path: `members[p1].registered_on`, `project.title`.
    pub fn fact_name(&self, consortium: &Consortium, fact: FactRef) -> String {
        let Some(definition) = self.vocabulary.definition(fact.fact) else { return String::new() };
        match fact.member.and_then(|member| consortium.members.get(member)) {
            Some(member) => format!("members[{}].{}", member.key, definition.short_name()),
            None => definition.name.clone(),
        }
    }

    /// A member as a reader knows it: `p1 (Example University)`.
    fn member_text(&self, consortium: &Consortium, fact: FactRef) -> String {
        fact.member.and_then(|member| consortium.members.get(member)).map_or_else(String::new, |member| {
            match &member.name {
                Some(name) => format!("{} ({name})", member.key),
                None => member.key.clone(),
            }
        })
    }

    /// A value of a fact in words; topics and exclusions by name, countries by name and code.
    pub fn value_text(&self, consortium: &Consortium, fact: FactId, value: &FactValue) -> Localized {
        let topics = self.direction(consortium.direction).map(|direction| &direction.topics);
        match value {
            FactValue::Country(country) => {
                let name = self.places.name(*country);
                Localized::new(format!("{}（{country}）", name.zh), format!("{} ({country})", name.en))
            }
            FactValue::Topic(key) if key == crate::facts::OTHER_TOPIC => {
                Localized::new("所列领域之外", "outside the listed fields")
            }
            FactValue::Topic(key) => {
                let named = topics.and_then(|topics| {
                    let topic = topics.field_of(key)?;
                    let below = topic.subtopics.iter().chain(&topic.focus).find(|named| named.key == *key);
                    Some(below.map_or(&topic.name, |named| &named.name))
                });
                let name = named.cloned().unwrap_or_else(|| Localized::same(key.clone()));
                Localized::new(format!("{}（{key}）", name.zh), format!("{} ({key})", name.en))
            }
            FactValue::Exclusions(keys) if !keys.is_empty() => {
                let names: Vec<Localized> = keys
                    .iter()
                    .map(|key| {
                        let named = topics.and_then(|topics| topics.all_exclusions().find(|named| named.key == *key));
                        named.map_or_else(|| Localized::same(key.clone()), |named| named.name.clone())
                    })
                    .collect();
                Localized::join(&names, "；", "; ")
            }
            value => {
                self.vocabulary.definition(fact).map_or_else(Localized::default, |definition| definition.show(value))
            }
        }
    }

    /// Of the facts an undetermined finding depends on, those to supply: unknown, or known too vaguely.
    pub fn missing_facts(&self, consortium: &Consortium, evidence: &[FactRef]) -> Vec<FactRef> {
        let mut missing = Vec::new();
        for fact in evidence {
            let vague = match consortium.fact(fact.member, fact.fact) {
                None => true,
                Some(FactValue::Date(date)) => date.first() != date.last(),
                Some(FactValue::Bool(_)) => self.core.is_some_and(|core| core.lead == fact.fact),
                Some(_) => false,
            };
            if vague && !missing.contains(fact) {
                missing.push(*fact);
            }
        }
        missing
    }

    /// A repair as one sentence without its full stop.
    pub fn repair_text(&self, consortium: &Consortium, repair: &Repair) -> Localized {
        let changes: Vec<Localized> =
            repair.changes.iter().map(|change| self.change_text(consortium, change)).collect();
        Localized::join(&changes, "；并", "; and ")
    }

    /// One change as a clause.
    pub fn change_text(&self, consortium: &Consortium, change: &Change) -> Localized {
        match change {
            Change::Set { at, known, wanted, .. } => {
                let Some(definition) = self.vocabulary.definition(at.fact) else { return Localized::default() };
                let label = &definition.label;
                let of = self.member_text(consortium, *at);
                let (of_zh, of_en) = if of.is_empty() {
                    (String::new(), String::new())
                } else {
                    (format!("{of} 的"), format!(" of {of}"))
                };
                if !known && matches!(wanted, Wanted::NoneOf(banned) if banned.is_empty()) {
                    return Localized::new(format!("补充{of_zh}“{}”", label.zh), format!("supply {}{of_en}", label.en));
                }
                let wanted = self.wanted_text(consortium, at.fact, wanted);
                if *known {
                    Localized::new(
                        format!("将{of_zh}“{}”改为：{}", label.zh, wanted.zh),
                        format!("change {}{of_en} to {}", label.en, wanted.en),
                    )
                } else {
                    Localized::new(
                        format!("补充{of_zh}“{}”（须为：{}）", label.zh, wanted.zh),
                        format!("supply {}{of_en} (must be {})", label.en, wanted.en),
                    )
                }
            }
            Change::Add(slot) => {
                let slot = self.slot_text(consortium, slot);
                Localized::new(format!("增加{}", slot.zh), format!("add {}", slot.en))
            }
            Change::Drop { member } => {
                let name = consortium.members.get(*member).map_or("", |member| member.display_name());
                Localized::new(format!("不再由 {name} 参加"), format!("leave {name} out"))
            }
            Change::Replace { member, slot } => {
                let name = consortium.members.get(*member).map_or("", |member| member.display_name());
                let slot = self.slot_text(consortium, slot);
                Localized::new(format!("以{}替换 {name}", slot.zh), format!("replace {name} by {}", slot.en))
            }
        }
    }

    /// An open slot as a noun: `a partner (registration date: on or before 2020-06-05)`.
    pub fn slot_text(&self, consortium: &Consortium, slot: &Slot) -> Localized {
        let core = self.core;
        let side = core.and_then(|core| slot.example.facts.get(core.side.slot));
        let side = side.and_then(|side| Some(self.vocabulary.definition(core?.side)?.code(side)));
        let mut noun = match side.as_deref() {
            Some("CHINESE") => Localized::new("一家中方单位", "a unit on the Chinese side"),
            Some("PARTNER") => Localized::new("一家合作方单位", "a partner"),
            _ => Localized::new("一家单位", "a unit"),
        };
        let properties: Vec<Localized> = slot
            .properties
            .iter()
            .filter(|(fact, _)| core.is_none_or(|core| *fact != core.side))
            .filter_map(|(fact, wanted)| {
                let label = &self.vocabulary.definition(*fact)?.label;
                let wanted = self.wanted_text(consortium, *fact, wanted);
                Some(Localized::new(format!("{}：{}", label.zh, wanted.zh), format!("{}: {}", label.en, wanted.en)))
            })
            .collect();
        if !properties.is_empty() {
            let properties = Localized::join(&properties, "，", ", ");
            noun.zh.push_str(&format!("（{}）", properties.zh));
            noun.en.push_str(&format!(" ({})", properties.en));
        }
        noun
    }

    /// What a fact must be, in words.
    pub fn wanted_text(&self, consortium: &Consortium, fact: FactId, wanted: &Wanted) -> Localized {
        let Some(definition) = self.vocabulary.definition(fact) else { return Localized::default() };
        let show = |value: &FactValue| match value {
            FactValue::Country(country) => self.places.name(*country),
            value => self.value_text(consortium, fact, value),
        };
        // Lists of parties name a member by its key or by its name: readers know it by its name.
        let listed = |keys: &[String]| {
            if matches!(definition.fact_type, FactType::Exclusions) {
                return self.value_text(consortium, fact, &FactValue::Exclusions(keys.to_vec()));
            }
            let mut names: Vec<Localized> = Vec::with_capacity(keys.len());
            for party in keys {
                let member = consortium.members.iter().find(|member| member.key == *party);
                let name = match member {
                    Some(member) => Localized::same(member.display_name()),
                    None if is_added(party) => Localized::new("新增单位", "the unit that is added"),
                    None => Localized::same(party),
                };
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Localized::join(&names, "、", ", ")
        };
        let number = |number: i64| definition.show(&FactValue::Integer(number));
        let values = |values: &[FactValue]| {
            let shown: Vec<Localized> = values.iter().take(VALUES_AT_MOST).map(show).collect();
            let mut text = Localized::join(&shown, "、", " or ");
            if values.len() > VALUES_AT_MOST {
                text.zh.push_str(&format!("等 {} 项之一", values.len()));
                text.en.push_str(&format!(" or another of {}", values.len()));
            }
            text
        };
        match wanted {
            Wanted::OneOf(allowed) => {
                let text = values(allowed);
                match (&definition.fact_type, allowed.len()) {
                    (FactType::Bool, _) | (_, 1) => text,
                    _ => Localized::new(format!("{}之一", text.zh.trim_end_matches("之一")), text.en),
                }
            }
            Wanted::NoneOf(banned) if banned.is_empty() => Localized::new("已知", "known"),
            Wanted::NoneOf(banned) => {
                let text = values(banned);
                Localized::new(format!("除{}外的其他取值", text.zh), format!("anything but {}", text.en))
            }
            Wanted::AtLeast(least) => {
                let least = number(*least);
                Localized::new(format!("不少于 {}", least.zh), format!("at least {}", least.en))
            }
            Wanted::AtLeastShare { percent, of } => {
                let of = self.vocabulary.definition(*of).map(|of| of.label.clone()).unwrap_or_default();
                Localized::new(
                    format!("不少于“{}”的 {percent}%", of.zh),
                    format!("at least {percent}% of the {}", of.en),
                )
            }
            Wanted::AtMost(most) => {
                let most = number(*most);
                Localized::new(format!("不超过 {}", most.zh), format!("at most {}", most.en))
            }
            Wanted::Between(least, most) if least == most => number(*least),
            Wanted::Between(least, most) => {
                let most = number(*most);
                Localized::new(format!("{least}～{}", most.zh), format!("{least} to {}", most.en))
            }
            Wanted::OnOrBefore(day) => Localized::new(format!("不晚于 {day}"), format!("on or before {day}")),
            Wanted::OnOrAfter(day) => Localized::new(format!("不早于 {day}"), format!("on or after {day}")),
            Wanted::Within(from, to) => Localized::new(format!("{from} 至 {to}"), format!("from {from} to {to}")),
            Wanted::InGroup { group, except, apart } => {
                let name = self.places.group(*group).map_or_else(Localized::default, |group| group.name.clone());
                let mut text = Localized::new(format!("属于“{}”", name.zh), format!("in the group “{}”", name.en));
                if !except.is_empty() {
                    let names: Vec<Localized> = except.iter().map(|country| self.places.name(*country)).collect();
                    let except = Localized::join(&names, "、", ", ");
                    text.zh.push_str(&format!("（{}除外）", except.zh));
                    text.en.push_str(&format!(", other than {}", except.en));
                }
                if *apart {
                    text.zh.push_str("，且与其他新增单位不同");
                    text.en.push_str(", and not that of another addition");
                }
                text
            }
            Wanted::Includes(names) => {
                let names = listed(names);
                Localized::new(format!("包含 {} 的名单", names.zh), format!("a list that includes {}", names.en))
            }
            Wanted::Excludes(names) => {
                let names = listed(names);
                Localized::new(format!("不含 {} 的名单", names.zh), format!("a list without {}", names.en))
            }
            Wanted::Title { starts, names, ends } => {
                let shown = names.join("/");
                Localized::new(
                    format!("“{starts}{shown}＋研究领域＋{ends}”格式的名称"),
                    format!("a title of the form “{starts}{shown} + research field + {ends}”"),
                )
            }
        }
    }

    /// What a change is called: `SUPPLY_FACT`, `CHANGE_FACT`, `ADD_MEMBER`, `DROP_MEMBER`, `REPLACE_MEMBER`.
    pub fn change_kind(change: &Change) -> &'static str {
        match change {
            Change::Set { known: false, .. } => "SUPPLY_FACT",
            Change::Set { known: true, .. } => "CHANGE_FACT",
            Change::Add(_) => "ADD_MEMBER",
            Change::Drop { .. } => "DROP_MEMBER",
            Change::Replace { .. } => "REPLACE_MEMBER",
        }
    }
}

/// Longer lists of values are shortened.
const VALUES_AT_MOST: usize = 6;
