//! What became of a consortium, version by version.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::date::timestamp;
use eligibility::{DirectionId, Library, Localized};
use profile::ProfileId;
use service::Refusal;
use service::consortia::{self, Change, Entry, Leader, MemberChange as ServiceMemberChange, Side, SideFile, Version};

use super::{ConsortiumObject, SideOf, fact_text, fact_value};
use crate::schema::caller::{actor, platform, seen};
use crate::schema::fact::FactObject;
use crate::schema::node;
use crate::schema::scalars::{DateTime, FactValue};
use crate::schema::text::LocalizedText;

/// What kind of change a change is.
/// 变更的种类。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ConsortiumChangeKind {
    /// The consortium was opened.
    /// 创建联合体。
    Opened,
    /// It has another name.
    /// 名称变更。
    Name,
    /// It is judged for another day.
    /// 检查日期变更。
    AsOf,
    /// A fact was entered, entered anew or taken back.
    /// 事实的填写、修改或删除。
    Fact,
    /// The application of a side says something else.
    /// 一方申报书变更。
    File,
    /// An institution came, went, or has another place.
    /// 成员变动。
    Member,
}

/// What became of a member.
/// 成员变动的种类。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceMemberChange", name = "ConsortiumMemberChange")]
pub(crate) enum MemberChange {
    /// It joined.
    /// 加入。
    Joined,
    /// It left.
    /// 退出。
    Left,
    /// It was removed.
    /// 被移出。
    Removed,
    /// It is on the other side, or leads its side, or no longer does.
    /// 所属方或牵头关系变更。
    Moved,
}

/// One thing that a version changed.
/// 一个版本中的一项变更。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumChange {
    /// What kind of change it is.
    /// 种类。
    kind: ConsortiumChangeKind,
    /// What changed, in words.
    /// 变更内容（文字）。
    text: LocalizedText,
    /// The fact, where it is one.
    /// 所涉事实（如有）。
    fact: Option<FactObject>,
    /// Whether the caller does not see the values.
    /// 调用者是否无权查看取值。
    is_hidden: bool,
    /// The value before; null where there was none and where it is hidden.
    /// 原取值；原先没有或保密时为 null。
    before: Option<FactValue>,
    /// The value after; null where there is none and where it is hidden.
    /// 现取值；已删除或保密时为 null。
    after: Option<FactValue>,
    /// The side, of an application and of a member.
    /// 所属方（申报书、成员变动）。
    side: Option<SideOf>,
    /// The id of the profile of the member.
    /// 成员的资料 ID（成员变动）。
    profile_id: Option<ID>,
    /// What became of the member.
    /// 成员变动的种类（成员变动）。
    member_change: Option<MemberChange>,
}

/// A version of a consortium.
/// 联合体的一个版本。
#[derive(Clone)]
pub(crate) struct ConsortiumVersionObject {
    version: Version,
    direction: Option<DirectionId>,
}

/// A side in words.
fn side_words(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Chinese => ("中方", "the Chinese side"),
        Side::Partner => ("合作方", "the partner side"),
    }
}

/// What became of the application of a side, in words: each thing that it says otherwise.
fn file_words(side: Side, before: Option<&SideFile>, after: Option<&SideFile>) -> Localized {
    let (zh, en) = side_words(side);
    let leader = |leader: &Leader| match &leader.orcid {
        Some(orcid) => format!("{} ({})", leader.name, orcid.value()),
        None => leader.name.clone(),
    };
    let said = |file: &SideFile| {
        [
            file.title.clone(),
            file.title_en.clone(),
            file.participants.as_ref().map(|names| names.join("; ")),
            file.chinese_leader.as_ref().map(leader),
            file.partner_leader.as_ref().map(leader),
            file.begins_on.map(|day| day.to_string()),
            file.months.map(|months| months.to_string()),
        ]
    };
    let (before, after) = (before.map(said).unwrap_or_default(), after.map(said).unwrap_or_default());
    let changed = FILE_PARTS.iter().zip(before).zip(after).filter(|((_, before), after)| before != after);
    let parts: Vec<Localized> = changed
        .map(|(((part_zh, part_en), before), after)| match (before, after) {
            (Some(before), Some(after)) => Localized::new(
                format!("{part_zh}由“{before}”改为“{after}”"),
                format!("{part_en} changed from “{before}” to “{after}”"),
            ),
            (_, Some(after)) => {
                Localized::new(format!("填写{part_zh}“{after}”"), format!("{part_en} entered: “{after}”"))
            }
            (before, None) => {
                let before = before.unwrap_or_default();
                Localized::new(format!("删除{part_zh}“{before}”"), format!("{part_en} taken back: “{before}”"))
            }
        })
        .collect();
    if parts.is_empty() {
        return Localized::new(format!("{zh}申报书已修改"), format!("the application of {en} was changed"));
    }
    let parts = Localized::join(&parts, "；", "; ");
    Localized::new(format!("{zh}申报书：{}", parts.zh), format!("the application of {en}: {}", parts.en))
}

/// What an application says, in Chinese and in English.
const FILE_PARTS: [(&str, &str); 7] = [
    ("中文题目", "title in Chinese"),
    ("英文题目", "title in English"),
    ("合作单位", "institutions"),
    ("中方负责人", "leader on the Chinese side"),
    ("合作方负责人", "leader on the partner side"),
    ("起始日期", "first day"),
    ("项目周期（月）", "months"),
];

impl ConsortiumVersionObject {
    pub(super) fn new(version: Version, direction: Option<DirectionId>) -> Self {
        Self { version, direction }
    }

    pub(super) fn number_of(&self) -> i32 {
        self.version.number
    }

    /// The version of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let parts = key.split_once('/').and_then(|(id, number)| Some((id.parse().ok()?, number.parse::<i32>().ok()?)));
        let Some((id, number)) = parts.filter(|(_, number)| *number >= 1 && *number < i32::MAX) else {
            return Ok(None);
        };
        let Some(of) = ConsortiumObject::find(context, id).await? else { return Ok(None) };
        let platform = platform(context)?;
        let found = match consortia::versions(platform, actor(context)?, id, Some(number + 1), 1).await {
            Err(Refusal::Forbidden(_)) => return Ok(None),
            other => seen(other)?.unwrap_or_default(),
        };
        let direction = of.shown.loaded.direction(platform.directory().library());
        let found = found.into_iter().find(|version| version.number == number);
        Ok(found.map(|version| Self::new(version, direction)))
    }

    fn name_of(&self, profile: ProfileId) -> Localized {
        self.version.names.get(&profile).cloned().unwrap_or_default()
    }

    fn words(&self, library: &Library, change: &Change, is_hidden: bool) -> Localized {
        match change {
            Change::Opened => Localized::new("创建联合体", "the consortium was opened"),
            Change::Name { before, after } => Localized::new(
                format!("名称由“{before}”改为“{after}”"),
                format!("renamed from “{before}” to “{after}”"),
            ),
            Change::AsOf { before, after } => {
                let day = |day: &Option<eligibility::date::Date>| match day {
                    Some(day) => Localized::new(day.to_string(), day.to_string()),
                    None => Localized::new("指南自身日期", "the call's own day"),
                };
                let (before, after) = (day(before), day(after));
                Localized::new(
                    format!("检查日期由{}改为{}", before.zh, after.zh),
                    format!("judged for {} instead of {}", after.en, before.en),
                )
            }
            Change::Fact { fact, before, after } => {
                self.fact_words(library, fact, before.as_ref(), after.as_ref(), is_hidden)
            }
            Change::File { side, before, after } => file_words(*side, before.as_deref(), after.as_deref()),
            Change::Member { profile, what, side, lead } => self.member_words(*profile, *what, *side, *lead),
        }
    }

    fn fact_words(
        &self,
        library: &Library,
        fact: &str,
        before: Option<&Entry>,
        after: Option<&Entry>,
        is_hidden: bool,
    ) -> Localized {
        let label = library.vocabulary.find(&format!("project.{fact}")).map(|(_, definition)| definition.label.clone());
        let label = label.unwrap_or_else(|| Localized::new(fact, fact));
        if is_hidden {
            return match after {
                Some(_) => Localized::new(
                    format!("填写“{}”（保密）", label.zh),
                    format!("{} was entered (confidential)", label.en),
                ),
                None => Localized::new(
                    format!("删除“{}”（保密）", label.zh),
                    format!("{} was taken back (confidential)", label.en),
                ),
            };
        }
        let name = |profile: ProfileId| self.version.names.get(&profile).cloned();
        let read = |entry: &Entry| fact_text(library, self.direction, fact, &entry.value, &name);
        match (before.map(read), after.map(read)) {
            (None, Some(after)) => Localized::new(
                format!("填写“{}”：{}", label.zh, after.zh),
                format!("{} was entered: {}", label.en, after.en),
            ),
            (Some(before), Some(after)) => Localized::new(
                format!("“{}”由{}改为{}", label.zh, before.zh, after.zh),
                format!("{} was changed from {} to {}", label.en, before.en, after.en),
            ),
            _ => Localized::new(format!("删除“{}”", label.zh), format!("{} was taken back", label.en)),
        }
    }

    fn member_words(&self, profile: ProfileId, what: ServiceMemberChange, side: Side, lead: bool) -> Localized {
        let name = self.name_of(profile);
        let (side_zh, side_en) = side_words(side);
        let (place_zh, place_en) = if lead {
            (format!("{side_zh}牵头单位"), format!("lead of {side_en}"))
        } else {
            (format!("{side_zh}成员"), format!("member of {side_en}"))
        };
        match what {
            ServiceMemberChange::Joined => {
                Localized::new(format!("“{}”加入，为{place_zh}", name.zh), format!("{} joined as {place_en}", name.en))
            }
            ServiceMemberChange::Left => Localized::new(format!("“{}”退出", name.zh), format!("{} left", name.en)),
            ServiceMemberChange::Removed => {
                Localized::new(format!("“{}”被移出", name.zh), format!("{} was removed", name.en))
            }
            ServiceMemberChange::Moved => {
                Localized::new(format!("“{}”现为{place_zh}", name.zh), format!("{} is {place_en} now", name.en))
            }
        }
    }

    fn change(&self, library: &std::sync::Arc<Library>, change: &Change) -> ConsortiumChange {
        let is_hidden = self.version.is_hidden(change);
        let value = |entry: &Option<Entry>| entry.as_ref().filter(|_| !is_hidden).map(|entry| fact_value(&entry.value));
        let mut shown = ConsortiumChange {
            kind: ConsortiumChangeKind::Opened,
            text: self.words(library, change, is_hidden).into(),
            fact: None,
            is_hidden,
            before: None,
            after: None,
            side: None,
            profile_id: None,
            member_change: None,
        };
        match change {
            Change::Opened => {}
            Change::Name { .. } => shown.kind = ConsortiumChangeKind::Name,
            Change::AsOf { .. } => shown.kind = ConsortiumChangeKind::AsOf,
            Change::Fact { fact, before, after } => {
                shown.kind = ConsortiumChangeKind::Fact;
                shown.fact = FactObject::find(library, &format!("project.{fact}"));
                (shown.before, shown.after) = (value(before), value(after));
            }
            Change::File { side, .. } => {
                shown.kind = ConsortiumChangeKind::File;
                shown.side = Some((*side).into());
            }
            Change::Member { profile, what, side, .. } => {
                shown.kind = ConsortiumChangeKind::Member;
                shown.side = Some((*side).into());
                shown.profile_id = Some(node::id("Profile", &profile.to_string()));
                shown.member_change = Some((*what).into());
            }
        }
        shown
    }
}

/// A version of a consortium.
/// 联合体的一个版本。
#[Object(name = "ConsortiumVersion", cache_control(private))]
impl ConsortiumVersionObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ConsortiumVersion", &format!("{}/{}", self.version.consortium, self.version.number))
    }

    /// Its number, from 1.
    /// 版本序号，自 1 起。
    async fn number(&self) -> i32 {
        self.version.number
    }

    /// When it was written.
    /// 时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.version.at))
    }

    /// Who wrote it; null where the service did, and once the account is deleted.
    /// 操作人；由服务自动产生或账户已删除时为 null。
    async fn author(&self) -> Option<&str> {
        self.version.author.as_deref()
    }

    /// The institution that it was written for.
    /// 操作人所代表的单位。
    async fn name(&self) -> Option<LocalizedText> {
        self.version.profile.map(|profile| self.name_of(profile).into())
    }

    /// What it changed.
    /// 变更内容。
    #[graphql(complexity = "2 + 5 * child_complexity")]
    async fn changes(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ConsortiumChange>> {
        let library = platform(context)?.directory().library();
        Ok(self.version.changes.iter().map(|change| self.change(library, change)).collect())
    }
}
