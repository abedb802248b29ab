//! Words that several answers use, in both languages.

use eligibility::guide::{Bound, Confidence, Decision, Modality, Quota};
use eligibility::{Lang, Role, Verdict};

/// A text in one of two languages.
pub(crate) fn said<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A number of things: `2 个条款`, `2 clauses`.
pub(crate) fn counted(lang: Lang, number: usize, zh: &str, one: &str, many: &str) -> String {
    match lang {
        Lang::Zh => format!("{number} {zh}"),
        Lang::En => format!("{number} {}", if number == 1 { one } else { many }),
    }
}

/// A verdict on a consortium.
pub(crate) fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Eligible => said(lang, "符合申报要求", "ELIGIBLE"),
        Verdict::Ineligible => said(lang, "不符合申报要求", "INELIGIBLE"),
        Verdict::Undetermined => said(lang, "尚不能判定", "UNDETERMINED"),
    }
}

/// How strongly a requirement binds.
pub(crate) fn modality(lang: Lang, modality: Modality) -> &'static str {
    match modality {
        Modality::Mandatory => said(lang, "必须", "mandatory"),
        Modality::InPrinciple => said(lang, "原则上", "in principle"),
        Modality::Encouraged => said(lang, "鼓励", "encouraged"),
        Modality::Informational => said(lang, "告知", "for information"),
    }
}

/// How a requirement is decided.
pub(crate) fn decision(lang: Lang, decision: &Decision) -> &'static str {
    match decision {
        Decision::Check(_) => said(lang, "依事实判定", "decided by facts"),
        Decision::Declaration(_) => said(lang, "依申报人声明判定", "decided by the applicant's declaration"),
        Decision::Review => said(lang, "由人工判断", "judged by a person"),
    }
}

/// The kind of a decision as files write it.
pub(crate) fn decision_key(decision: &Decision) -> &'static str {
    match decision {
        Decision::Check(_) => "check",
        Decision::Declaration(_) => "declaration",
        Decision::Review => "review",
    }
}

/// A role in a direction.
pub(crate) fn role(lang: Lang, role: Role) -> &'static str {
    match role {
        Role::Lead => said(lang, "中方牵头", "lead"),
        Role::Participant => said(lang, "中方参与", "participant"),
        Role::Partner => said(lang, "合作方", "partner"),
    }
}

/// How sure a rule is.
pub(crate) fn confidence(lang: Lang, confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => said(lang, "可信度高", "high confidence"),
        Confidence::MediumHigh => said(lang, "可信度较高", "fairly high confidence"),
        Confidence::Medium => said(lang, "可信度中等", "medium confidence"),
        Confidence::Low => said(lang, "可信度低", "low confidence"),
    }
}

/// How many projects are to be supported.
pub(crate) fn quota(lang: Lang, quota: &Quota) -> String {
    let projects = quota.projects;
    match (lang, quota.bound) {
        (_, Bound::Exact) => projects.to_string(),
        (Lang::Zh, Bound::About) => format!("{projects} 左右"),
        (Lang::En, Bound::About) => format!("about {projects}"),
        (Lang::Zh, Bound::AtMost) => format!("≤ {projects}"),
        (Lang::En, Bound::AtMost) => format!("≤ {projects}"),
    }
}

/// An amount of money as each language counts it: `3,000 万元`, `CNY 30,000,000`.
pub(crate) fn money(lang: Lang, cny: i64) -> String {
    let thousands = eligibility::facts::thousands;
    match lang {
        Lang::Zh if cny % 10_000 == 0 => format!("{} 万元", thousands(cny / 10_000)),
        Lang::Zh => format!("{} 元", thousands(cny)),
        Lang::En => format!("CNY {}", thousands(cny)),
    }
}

/// How many requirements are decided in a way.
pub(crate) fn decided(lang: Lang, key: &str) -> &'static str {
    match key {
        "check" => said(lang, "依事实判定", "by facts"),
        "declaration" => said(lang, "依声明判定", "by declaration"),
        _ => said(lang, "由人工判断", "by a person"),
    }
}
