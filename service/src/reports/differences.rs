//! Where the applications of the two sides differ from each other and from the project they share.

use std::collections::BTreeSet;

use eligibility::{Consortium, FactValue, Library, Localized, Outcome};
use entity::consortium_member::Side;
use profile::ProfileId;

use super::{names_of, plain, plain_name, refuted};
use crate::consortia::{Leader, Loaded, SideFile};

/// The fact by which a call asks that both applications agree, and the one by which it asks that both sides apply.
pub(super) const AGREE: &str = "project.applications_consistent";
const BOTH_APPLY: &str = "project.counterpart_application";

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matter {
    /// The title in Chinese.
    Title,
    /// The title in English.
    TitleInEnglish,
    /// The institutions that take part.
    Participants,
    /// The person who leads the project on the Chinese side.
    ChineseLeader,
    /// The person who leads the project on the partner side.
    PartnerLeader,
    /// The day on which the project begins.
    Begin,
    /// How many months it takes.
    Period,
}

impl Matter {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::TitleInEnglish,
        Self::Participants,
        Self::ChineseLeader,
        Self::PartnerLeader,
        Self::Begin,
        Self::Period,
    ];

    /// What it is, as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "TITLE",
            Self::TitleInEnglish => "TITLE_IN_ENGLISH",
            Self::Participants => "PARTICIPANTS",
            Self::ChineseLeader => "CHINESE_LEADER",
            Self::PartnerLeader => "PARTNER_LEADER",
            Self::Begin => "BEGIN",
            Self::Period => "PERIOD",
        }
    }

    fn text(self) -> Localized {
        match self {
            Self::Title => Localized::new("项目名称（中文）", "the title in Chinese"),
            Self::TitleInEnglish => Localized::new("项目名称（英文）", "the title in English"),
            Self::Participants => Localized::new("合作单位", "the institutions that take part"),
            Self::ChineseLeader => Localized::new("中方项目负责人", "the project leader of the Chinese side"),
            Self::PartnerLeader => Localized::new("合作方项目负责人", "the project leader of the partner side"),
            Self::Begin => Localized::new("项目开始日期", "the day on which the project begins"),
            Self::Period => Localized::new("项目执行期", "the project period"),
        }
    }
}

/// What it is compared between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Between {
    /// The applications of both sides.
    Sides,
    /// The application of the Chinese side and the facts of the project.
    ChineseAndProject,
    /// The application of the partner side and the facts of the project.
    PartnerAndProject,
}

impl Between {
    /// What it is, as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sides => "SIDES",
            Self::ChineseAndProject => "CHINESE_AND_PROJECT",
            Self::PartnerAndProject => "PARTNER_AND_PROJECT",
        }
    }
}

/// How a comparison ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// Both say the same.
    Agrees,
    /// They say different things.
    Differs,
    /// One of them, or both, says nothing yet.
    NotEntered,
    /// One writes names in Chinese characters and the other does not: only a person can tell whether they are the same.
    Undecided,
}

impl Agreement {
    /// The outcome that it is of the requirement that both agree.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Agrees => Outcome::Satisfied,
            Self::Differs => Outcome::Violated,
            Self::NotEntered | Self::Undecided => Outcome::Undetermined,
        }
    }
}

/// One thing that the applications of both sides, or one of them and the project, should say alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is compared.
    pub matter: Matter,
    /// Between what.
    pub between: Between,
    /// How that ends.
    pub agreement: Agreement,
    /// What the application of the Chinese side says, unless it is not compared.
    pub chinese: Option<String>,
    /// What the application of the partner side says, unless it is not compared.
    pub partner: Option<String>,
    /// What the facts of the project say, unless they are not compared.
    pub project: Option<String>,
    /// The fact of the project that it rests on, by its full name.
    pub fact: Option<&'static str>,
    /// The requirements that ask for it, by their ids. None where the call does not, and both should agree all the same.
    pub requirements: Vec<String>,
    /// What was found, without what either says.
    pub message: Localized,
}

/// The consortium with what the applications themselves show: where they differ, a declaration that they agree is of no use.
pub(super) fn applied(library: &Library, loaded: &Loaded, mut consortium: Consortium) -> Consortium {
    let differences = compare(library, loaded, &consortium);
    if let Some(agree) = refuted(library, &differences) {
        consortium.project.set(agree.slot, Some(FactValue::Bool(false)));
    }
    consortium
}

/// How the applications of the two sides compare; nothing while neither side has entered anything.
pub(super) fn compare(library: &Library, loaded: &Loaded, consortium: &Consortium) -> Vec<Difference> {
    let (chinese, partner) = (loaded.content.file(Side::Chinese), loaded.content.file(Side::Partner));
    if chinese.is_none() && partner.is_none() {
        return Vec::new();
    }
    let requirements = requirements(library, consortium);
    let mut found = Vec::new();
    for matter in Matter::ALL {
        let (of_chinese, of_partner) = (value(matter, chinese, loaded), value(matter, partner, loaded));
        if of_chinese.is_none() && of_partner.is_none() {
            continue;
        }
        let agreement = agreement(of_chinese.as_ref(), of_partner.as_ref());
        let lacking = match (&of_chinese, &of_partner) {
            (None, _) => Some(Side::Chinese),
            (_, None) => Some(Side::Partner),
            _ => None,
        };
        found.push(Difference {
            matter,
            between: Between::Sides,
            agreement,
            chinese: of_chinese.map(|value| value.shown),
            partner: of_partner.map(|value| value.shown),
            project: None,
            fact: None,
            requirements: requirements.clone(),
            message: message(matter, agreement, lacking),
        });
    }
    let members = members(loaded);
    for (side, file) in [(Side::Chinese, chinese), (Side::Partner, partner)] {
        if let Some(of_side) = value(Matter::Participants, file, loaded) {
            let agreement = agreement(Some(&of_side), Some(&members));
            let is_chinese = side == Side::Chinese;
            found.push(Difference {
                matter: Matter::Participants,
                between: if is_chinese { Between::ChineseAndProject } else { Between::PartnerAndProject },
                agreement,
                chinese: is_chinese.then(|| of_side.shown.clone()),
                partner: (!is_chinese).then(|| of_side.shown.clone()),
                project: Some(members.shown.clone()),
                fact: None,
                requirements: requirements.clone(),
                message: message_of_project(Matter::Participants, agreement, side),
            });
        }
        for (matter, fact) in [(Matter::Title, "project.title"), (Matter::Period, "project.duration_months")] {
            let of_side = value(matter, file, loaded);
            let of_project =
                library.vocabulary.find(fact).and_then(|(id, _)| of_fact(consortium.project.get(id.slot)?));
            let (Some(of_side), Some(of_project)) = (of_side, of_project) else { continue };
            let agreement = agreement(Some(&of_side), Some(&of_project));
            let is_chinese = side == Side::Chinese;
            found.push(Difference {
                matter,
                between: if is_chinese { Between::ChineseAndProject } else { Between::PartnerAndProject },
                agreement,
                chinese: is_chinese.then(|| of_side.shown.clone()),
                partner: (!is_chinese).then(|| of_side.shown.clone()),
                project: Some(of_project.shown),
                fact: Some(fact),
                requirements: requirements.clone(),
                message: message_of_project(matter, agreement, side),
            });
        }
    }
    found
}

/// The requirements that ask that both applications agree; where there is none, those that ask both sides to apply.
fn requirements(library: &Library, consortium: &Consortium) -> Vec<String> {
    let all = library.direction(consortium.direction).map(|direction| direction.requirements.as_slice());
    let asking = |name: &str| -> Vec<String> {
        let Some((fact, _)) = library.vocabulary.find(name) else { return Vec::new() };
        let asking = all.unwrap_or_default().iter().filter(|requirement| requirement.mentions(fact));
        asking.map(|requirement| requirement.id.clone()).collect()
    };
    let agree = asking(AGREE);
    if agree.is_empty() { asking(BOTH_APPLY) } else { agree }
}

/// What is compared, and what of it counts: two that have a way in common by which they are the same agree.
struct Value {
    shown: String,
    counts: BTreeSet<String>,
    /// A stronger name, where there is one: two that both have one and differ in it are different.
    strong: Option<String>,
    /// Whether it is names, which may be written in another script.
    is_names: bool,
}

impl Value {
    fn plain(text: &str) -> Self {
        Self { shown: text.to_owned(), counts: BTreeSet::from([plain(text)]), strong: None, is_names: false }
    }
}

fn agreement(one: Option<&Value>, other: Option<&Value>) -> Agreement {
    let (Some(one), Some(other)) = (one, other) else { return Agreement::NotEntered };
    let agrees = match (&one.strong, &other.strong) {
        (Some(one), Some(other)) => one == other,
        _ if one.counts == other.counts => true,
        _ if one.is_names && may_be_translated(&one.counts, &other.counts) => return Agreement::Undecided,
        _ => false,
    };
    if agrees { Agreement::Agrees } else { Agreement::Differs }
}

/// Whether two sets of names may be the same, some of them in Chinese characters here and in other letters there.
fn may_be_translated(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let is_chinese = |name: &&String| name.chars().any(|letter| matches!(u32::from(letter), 0x4e00..=0x9fff));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        let left: Vec<&String> = one.difference(other).collect();
        (left.len(), left.iter().filter(|name| is_chinese(name)).count())
    };
    let ((ones, ones_chinese), (others, others_chinese)) = (only(one, other), only(other, one));
    ones == others && ones_chinese + others_chinese == ones
}

fn value(matter: Matter, file: Option<&SideFile>, loaded: &Loaded) -> Option<Value> {
    let file = file?;
    match matter {
        Matter::Title => file.title.as_deref().map(Value::plain),
        Matter::TitleInEnglish => file.title_en.as_deref().map(Value::plain),
        Matter::Begin => file.begins_on.map(|day| Value::plain(&day.to_string())),
        Matter::Period => file.months.map(|months| Value::plain(&months.to_string())),
        Matter::ChineseLeader => file.chinese_leader.as_ref().map(leader),
        Matter::PartnerLeader => file.partner_leader.as_ref().map(leader),
        Matter::Participants => file.participants.as_ref().map(|names| participants(names, loaded)),
    }
}

fn leader(leader: &Leader) -> Value {
    let orcid = leader.orcid.as_ref().map(|orcid| orcid.value().to_owned());
    let shown = match &orcid {
        Some(orcid) => format!("{} ({orcid})", leader.name),
        None => leader.name.clone(),
    };
    Value { shown, counts: BTreeSet::from([person(&leader.name)]), strong: orcid, is_names: true }
}

/// A person's name as it is compared: family name first or last, with hyphens or without.
fn person(name: &str) -> String {
    let words = name.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '，' | '.' | '·'));
    let mut words: Vec<String> = words.map(|word| plain(&word.replace(['-', '‐', '’', '\''], ""))).collect();
    words.sort_unstable();
    words.concat()
}

/// Institutions as a set, in whichever order: members of the consortium whatever they are called, others by their names.
fn participants(names: &[String], loaded: &Loaded) -> Value {
    let identity = |name: &String| {
        let plain = plain_name(name);
        let known = loaded
            .profiles
            .iter()
            .find(|(id, profile)| id.to_string() == plain || names_of(&profile.content).contains(&plain));
        known.map_or(plain, |(id, _)| id.to_string())
    };
    let called = |name: &String| {
        let by_id = loaded.profiles.iter().find(|(id, _)| id.to_string() == *name);
        by_id.map_or_else(|| name.clone(), |(_, profile)| profile.content.display_names().zh)
    };
    let shown: Vec<String> = names.iter().map(called).collect();
    Value { shown: shown.join("；"), counts: names.iter().map(identity).collect(), strong: None, is_names: true }
}

/// The members of the consortium, as an application should name them.
fn members(loaded: &Loaded) -> Value {
    let ids = loaded.seats.iter().map(|seat| ProfileId(seat.profile_id));
    let shown: Vec<String> =
        ids.clone().filter_map(|id| Some(loaded.profiles.get(&id)?.content.display_names().zh)).collect();
    Value { shown: shown.join("；"), counts: ids.map(|id| id.to_string()).collect(), strong: None, is_names: false }
}

fn of_fact(value: &FactValue) -> Option<Value> {
    match value {
        FactValue::Text(text) => Some(Value::plain(text)),
        FactValue::Integer(number) => Some(Value::plain(&number.to_string())),
        _ => None,
    }
}

fn side_text(side: Side) -> Localized {
    match side {
        Side::Chinese => Localized::new("中方", "the Chinese side"),
        Side::Partner => Localized::new("合作方", "the partner side"),
    }
}

fn message(matter: Matter, agreement: Agreement, lacking: Option<Side>) -> Localized {
    let what = matter.text();
    match (agreement, lacking) {
        (Agreement::Agrees, _) => {
            Localized::new(format!("双方申报书的{}一致", what.zh), format!("both applications agree on {}", what.en))
        }
        (Agreement::NotEntered, Some(side)) => {
            let side = side_text(side);
            Localized::new(
                format!("{}尚未填写{}，无法核对", side.zh, what.zh),
                format!("{} has not entered {} yet, so it cannot be compared", side.en, what.en),
            )
        }
        (Agreement::Undecided, _) => Localized::new(
            format!(
                "双方申报书的{}一方用中文、另一方用外文书写，请人工核对（负责人填写 ORCID iD 后可自动核对）",
                what.zh
            ),
            format!(
                "one application writes {} in Chinese characters and the other does not: compare them yourselves (of persons, \
                 ORCID iDs decide it)",
                what.en
            ),
        ),
        _ => Localized::new(
            format!("双方申报书的{}不一致", what.zh),
            format!("the applications of the two sides differ in {}", what.en),
        ),
    }
}

fn message_of_project(matter: Matter, agreement: Agreement, side: Side) -> Localized {
    let (what, side) = (matter.text(), side_text(side));
    if matter == Matter::Participants && agreement != Agreement::Agrees {
        return Localized::new(
            format!("{}申报书所列合作单位与联合体成员不一致", side.zh),
            format!("the application of {} names other institutions than the members of the consortium", side.en),
        );
    }
    match agreement {
        Agreement::Agrees => Localized::new(
            format!("{}申报书的{}与项目信息一致", side.zh, what.zh),
            format!("the application of {} agrees with the project on {}", side.en, what.en),
        ),
        _ => Localized::new(
            format!("{}申报书的{}与项目信息不一致", side.zh, what.zh),
            format!("the application of {} differs from the project in {}", side.en, what.en),
        ),
    }
}
