//! What people are told: an inbox for everybody, and mails as each has chosen.

use eligibility::{Lang, Localized};
use entity::{account, notification};
use profile::ProfileId;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::accounts;
use crate::actor::{AccountId, Actor, CaseId, ConsortiumId, InterestId, NotificationId, RequestId, WatchId};
use crate::clock;
use crate::error::Error;
use crate::mail::{self, Letter};
use crate::platform::Platform;
use crate::policy::{self, Action};
use crate::refusal::Refusal;

/// Entries that one page of an inbox holds at most.
const PAGE_AT_MOST: u64 = 100;
/// A digest comes at most once a day.
const DIGEST_EVERY: i64 = 86_400_000;
/// Digests made at once.
const DIGESTS_AT_ONCE: u64 = 200;
/// Entries that a digest lists.
const DIGEST_ENTRIES: u64 = 50;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal: $zh:literal, $en:literal;)+) => {
        /// What somebody is told of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The kind as the database holds it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The sentence; `{}` stands for the name of the profile, or of the consortium, and `{who}` for that of its member.
            fn sentence(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($zh, $en),)+
                }
            }
        }
    };
}

kinds! {
    /// A revision was published.
    Published = "PUBLISHED": "“{}”的资料已通过审核并发布", "The profile of {} was approved and is published";
    /// A reviewer asks for changes.
    ChangesRequested = "CHANGES_REQUESTED": "“{}”的资料需修改后重新送审", "The profile of {} needs changes before it can be published";
    /// A profile was suspended.
    Suspended = "SUSPENDED": "“{}”的资料已被暂停展示", "The profile of {} was suspended";
    /// A suspension was lifted.
    Restored = "RESTORED": "“{}”的资料已恢复", "The suspension of the profile of {} was lifted";
    /// A claim was granted.
    ClaimGranted = "CLAIM_GRANTED": "您对“{}”资料的认领已获批准，您现为其所有者", "Your claim was granted: you are an owner of the profile of {}";
    /// A claim was refused.
    ClaimRefused = "CLAIM_REFUSED": "您对“{}”资料的认领未获批准", "Your claim to the profile of {} was refused";
    /// Somebody else claims a profile.
    ClaimRequested = "CLAIM_REQUESTED": "有人申请成为“{}”资料的所有者，审核员将作出决定；如有异议请及时联系审核员", "Somebody asks to become an owner of the profile of {}; a moderator will decide";
    /// An appeal was granted.
    AppealGranted = "APPEAL_GRANTED": "您就“{}”资料提出的申诉成立", "The appeal about the profile of {} was granted";
    /// An appeal was refused.
    AppealRefused = "APPEAL_REFUSED": "您就“{}”资料提出的申诉未获支持", "The appeal about the profile of {} was refused";
    /// A fact was verified.
    FactVerified = "FACT_VERIFIED": "“{}”资料中的一项事实已经核实", "A fact of the profile of {} was verified";
    /// A verification ended.
    VerificationEnded = "VERIFICATION_ENDED": "“{}”资料中一项事实的核实已失效；可上传新的证明材料", "The verification of a fact of the profile of {} has ended; new evidence can renew it";
    /// Somebody accepted an invitation.
    MemberJoined = "MEMBER_JOINED": "您邀请的人已加入“{}”的资料", "The person you invited has joined the profile of {}";
    /// Somebody declined an invitation.
    InvitationDeclined = "INVITATION_DECLINED": "您发出的“{}”资料邀请已被谢绝", "Your invitation to the profile of {} was declined";
    /// Somebody is invited to a profile; the link is in a mail of its own.
    Invited = "INVITED": "您受邀加入“{}”的资料；请从邀请邮件中的链接接受或谢绝", "You are invited to the profile of {}; the link to answer is in the mail you were sent";
    /// A member has another role.
    RoleChanged = "ROLE_CHANGED": "您在“{}”资料中的角色已变更", "Your role in the profile of {} was changed";
    /// A member was removed.
    MemberRemoved = "MEMBER_REMOVED": "您已不再是“{}”资料的成员", "You are no longer a member of the profile of {}";
    /// An account has another global role.
    GlobalRoleChanged = "GLOBAL_ROLE_CHANGED": "您在本服务中的角色已变更，请重新登录；审核员和管理员须先启用两步验证", "Your role in this service was changed; sign in again. Moderators and administrators set up a second factor first";
    /// Facts have become stale.
    ConfirmationAsked = "CONFIRMATION_ASKED": "“{}”的资料久未确认，自行申报的事实已标为过期；请核对后确认", "The profile of {} was not confirmed for long, and its declared facts count as stale; check and confirm them";
    /// A request for partners is shown to everybody.
    RequestPublished = "REQUEST_PUBLISHED": "“{}”的合作需求已通过审核并发布", "The partner request of {} was approved and is published";
    /// A reviewer asks for changes of a request for partners.
    RequestChangesRequested = "REQUEST_CHANGES_REQUESTED": "“{}”的合作需求需修改后重新送审", "The partner request of {} needs changes before it can be published";
    /// A request for partners was refused.
    RequestRefused = "REQUEST_REFUSED": "“{}”的合作需求未获批准发布", "The partner request of {} was refused";
    /// Another institution is interested.
    InterestReceived = "INTEREST_RECEIVED": "“{}”向贵单位表达了合作意向；请接受或谢绝", "{} is interested in working with you; accept or decline";
    /// An expression of interest was accepted.
    InterestAccepted = "INTEREST_ACCEPTED": "“{}”接受了贵单位的合作意向，双方联系方式已互相开放", "{} has accepted your expression of interest; you can see how to reach each other";
    /// An expression of interest was declined.
    InterestDeclined = "INTEREST_DECLINED": "“{}”谢绝了贵单位的合作意向", "{} has declined your expression of interest";
    /// An expression of interest was not answered in time.
    InterestExpired = "INTEREST_EXPIRED": "贵单位向“{}”表达的合作意向逾期未获答复", "Your expression of interest in {} was not answered in time";
    /// Something new meets a search that is watched.
    WatchMet = "WATCH_MET": "您的关注“{who}”有新的匹配：{}", "{} newly meets your watch “{who}”";
    /// An institution is invited to a consortium.
    ConsortiumInvited = "CONSORTIUM_INVITED": "“{who}”受邀加入联合体“{}”；请接受或谢绝", "{who} is invited to the consortium {}; accept or decline";
    /// An institution has accepted an invitation to a consortium.
    ConsortiumJoined = "CONSORTIUM_JOINED": "“{who}”已加入联合体“{}”", "{who} has joined the consortium {}";
    /// An institution has declined an invitation to a consortium.
    ConsortiumDeclined = "CONSORTIUM_DECLINED": "“{who}”谢绝了联合体“{}”的邀请", "{who} has declined the invitation to the consortium {}";
    /// An institution has not answered an invitation to a consortium in time.
    ConsortiumInvitationExpired = "CONSORTIUM_INVITATION_EXPIRED": "“{who}”逾期未答复联合体“{}”的邀请", "{who} has not answered the invitation to the consortium {} in time";
    /// An invitation to a consortium was taken back.
    ConsortiumInvitationRevoked = "CONSORTIUM_INVITATION_REVOKED": "联合体“{}”对“{who}”的邀请已撤回", "The invitation of {who} to the consortium {} was taken back";
    /// A member left a consortium.
    ConsortiumMemberLeft = "CONSORTIUM_MEMBER_LEFT": "“{who}”已退出联合体“{}”", "{who} has left the consortium {}";
    /// A member was removed from a consortium.
    ConsortiumRemoved = "CONSORTIUM_REMOVED": "“{who}”已被移出联合体“{}”", "{who} was removed from the consortium {}";
    /// A member leads its side of a consortium, or leads it no longer.
    ConsortiumRoleChanged = "CONSORTIUM_ROLE_CHANGED": "联合体“{}”的牵头单位有变动，涉及“{who}”", "Who leads in the consortium {} has changed: it concerns {who}";
    /// What a member's profile says has changed: the report may be another.
    ConsortiumFactsMoved = "CONSORTIUM_FACTS_MOVED": "联合体“{}”的成员“{who}”的资料有变动，检查结果可能随之变化", "The profile of {who} has changed, and the report of the consortium {} may have with it";
    /// A member's profile is not shown any more: its facts count as unknown.
    ConsortiumMemberUnlisted = "CONSORTIUM_MEMBER_UNLISTED": "联合体“{}”的成员“{who}”的资料已不再公开，其事实在检查中按未知处理", "The profile of {who} is not public any more, so the report of the consortium {} takes its facts as unknown";
    /// A consortium was put away.
    ConsortiumArchived = "CONSORTIUM_ARCHIVED": "联合体“{}”已归档", "The consortium {} was put away";
}

impl Kind {
    fn of_str(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether a mail of its own was sent already.
    fn is_mailed_apart(self) -> bool {
        self == Self::Invited
    }

    /// Whether it tells of a profile that has no page.
    fn is_of_unlisted(self) -> bool {
        matches!(self, Self::Suspended | Self::ConsortiumMemberUnlisted)
    }

    fn text(self, of: &Payload) -> Localized {
        let (zh, en) = self.sentence();
        // The parts of the sentence first: names are what people call themselves, braces and all.
        let fill = |sentence: &str, name: &str, who: &str| {
            let parts: Vec<String> = sentence.split("{who}").map(|part| part.replace("{}", name)).collect();
            parts.join(who)
        };
        let (mut zh, mut en) = (fill(zh, &of.name_zh, &of.who.0), fill(en, &of.name_en, &of.who.1));
        if let Some((fact_zh, fact_en)) = &of.fact {
            zh.push_str(&format!("（{fact_zh}）"));
            en.push_str(&format!(" ({fact_en})"));
        }
        Localized::new(zh, en)
    }
}

/// What somebody is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// What of.
    pub(crate) kind: Kind,
    /// The profile it is about, and its name.
    pub(crate) profile: Option<(ProfileId, Localized)>,
    /// What the fact it is about is called.
    pub(crate) fact: Option<Localized>,
    /// The case it is about.
    pub(crate) case: Option<CaseId>,
    /// What a moderator, or the other side, says.
    pub(crate) message: Option<String>,
    /// What else it is about.
    pub(crate) subject: Option<Subject>,
}

/// What a notice is about beside a profile or a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A request for partners.
    Request(RequestId),
    /// An expression of interest.
    Interest(InterestId),
    /// A search that is watched, and what its owner calls it.
    Watch(WatchId, String),
    /// A consortium, and what it is called.
    Consortium(ConsortiumId, String),
}

/// What an entry keeps beside its columns.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload {
    name_zh: String,
    name_en: String,
    /// The member of a consortium that it is about, or the watch that is met, in Chinese and in English.
    #[serde(default)]
    who: (String, String),
    #[serde(default)]
    fact: Option<(String, String)>,
    message: Option<String>,
    #[serde(default)]
    subject: Option<Subject>,
}

/// An entry of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Names it.
    pub id: NotificationId,
    /// What it tells of.
    pub kind: Kind,
    /// What it tells, as people read it.
    pub text: Localized,
    /// What a moderator says.
    pub message: Option<String>,
    /// The profile it is about.
    pub profile: Option<ProfileId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// What else it is about.
    pub subject: Option<Subject>,
    /// When it came, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was read, milliseconds since 1970 (UTC).
    pub read_at: Option<i64>,
}

impl Notification {
    /// Of a row; nothing for a kind that another version of this program wrote.
    fn of(row: notification::Model) -> Option<Self> {
        let kind = Kind::of_str(&row.kind)?;
        let payload: Payload = serde_json::from_str(&row.payload).unwrap_or_default();
        Some(Self {
            id: NotificationId(row.id),
            kind,
            text: kind.text(&payload),
            message: payload.message,
            profile: row.profile_id.map(ProfileId),
            case: row.case_id.map(CaseId),
            subject: payload.subject,
            created_at: row.created_at,
            read_at: row.read_at,
        })
    }
}

/// Tells accounts of what was just recorded under a number: an entry in each inbox, and a mail to those who want one at once.
pub(crate) async fn tell(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    to: &[AccountId],
    notice: &Notice,
    sequence: i64,
) -> Result<(), Error> {
    let profile = notice.profile.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
    let (name, who) = match &notice.subject {
        Some(Subject::Consortium(_, name)) => (Localized::same(name), (profile.zh, profile.en)),
        Some(Subject::Watch(_, name)) => (profile, (name.clone(), name.clone())),
        _ => (profile, Default::default()),
    };
    let payload = Payload {
        name_zh: name.zh,
        name_en: name.en,
        who,
        fact: notice.fact.clone().map(|fact| (fact.zh, fact.en)),
        message: notice.message.clone(),
        subject: notice.subject.clone(),
    };
    let sentence = notice.kind.text(&payload);
    let payload = serde_json::to_string(&payload).map_err(Error::Content)?;
    let ids: Vec<uuid::Uuid> = to.iter().map(|account| account.0).collect();
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .filter(account::Column::DeletedAt.is_null())
        .all(transaction)
        .await?;
    let now = clock::now();
    for account in accounts {
        let is_mailed = account.mail != account::Mail::Digest || notice.kind.is_mailed_apart();
        let row = notification::ActiveModel {
            id: Set(clock::new_id()),
            account_id: Set(account.id),
            kind: Set(notice.kind.as_str().to_owned()),
            profile_id: Set(notice.profile.as_ref().map(|(id, _)| id.0)),
            case_id: Set(notice.case.map(|case| case.0)),
            payload: Set(payload.clone()),
            sequence: Set(sequence),
            created_at: Set(now),
            read_at: Set(None),
            mailed_at: Set(is_mailed.then_some(now)),
        };
        notification::Entity::insert(row).exec_without_returning(transaction).await?;
        let Some(email) = account.email.filter(|_| account.mail == account::Mail::Immediate) else { continue };
        if notice.kind.is_mailed_apart() {
            continue;
        }
        let lang = accounts::lang(Some(account.lang));
        let subject = sentence.text(lang).to_owned();
        let text = notice.message.iter().cloned().collect();
        let of = notice.profile.as_ref().filter(|_| !notice.kind.is_of_unlisted());
        let link = of.map(|(id, _)| link(platform, *id));
        mail::post(transaction, lang, &email, &Letter::Notice { subject, text, link }).await?;
    }
    Ok(())
}

/// Where people look a profile up.
fn link(platform: &Platform, id: ProfileId) -> String {
    format!("{}/profiles/{id}", platform.settings().public_url)
}

/// The entries of one's inbox before another, the newest first; at most `first`.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn inbox(
    platform: &Platform,
    actor: &Actor,
    is_unread: bool,
    before: Option<NotificationId>,
    first: u64,
) -> Result<Vec<Notification>, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let Some(account) = actor.account() else { return Ok(Vec::new()) };
    let mut query = notification::Entity::find().filter(notification::Column::AccountId.eq(account.0));
    if is_unread {
        query = query.filter(notification::Column::ReadAt.is_null());
    }
    if let Some(before) = before {
        query = query.filter(notification::Column::Id.lt(before.0));
    }
    let query = query.order_by_desc(notification::Column::Id).limit(first.min(PAGE_AT_MOST + 1));
    let rows = query.all(platform.database().connection()).await?;
    Ok(rows.into_iter().filter_map(Notification::of).collect())
}

/// How many entries of one's inbox have not been read.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn unread(platform: &Platform, actor: &Actor) -> Result<u64, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let Some(account) = actor.account() else { return Ok(0) };
    let entries = notification::Entity::find()
        .filter(notification::Column::AccountId.eq(account.0))
        .filter(notification::Column::ReadAt.is_null());
    Ok(entries.count(platform.database().connection()).await?)
}

/// An entry of one's own inbox.
///
/// # Errors
/// `NotFound`, or whatever the database says.
pub async fn notification(platform: &Platform, actor: &Actor, id: NotificationId) -> Result<Notification, Refusal> {
    let Some(account) = actor.account() else { return Err(Refusal::NotFound) };
    let row = notification::Entity::find_by_id(id.0)
        .filter(notification::Column::AccountId.eq(account.0))
        .one(platform.database().connection())
        .await?;
    row.and_then(Notification::of).ok_or(Refusal::NotFound)
}

/// Marks entries of one's own inbox as read: those that are named, or all. Returns how many were not read before.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn mark_read(platform: &Platform, actor: &Actor, ids: Option<&[NotificationId]>) -> Result<u64, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let Some(account) = actor.account() else { return Ok(0) };
    let mut update = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(clock::now()))
        .filter(notification::Column::AccountId.eq(account.0))
        .filter(notification::Column::ReadAt.is_null());
    if let Some(ids) = ids {
        update = update.filter(notification::Column::Id.is_in(ids.iter().map(|id| id.0)));
    }
    Ok(update.exec(platform.database().connection()).await?.rows_affected)
}

/// Sends those who have chosen so what came since their last digest, once a day.
pub(crate) async fn send_digests(platform: &Platform) -> Result<(), Refusal> {
    let before = clock::now() - DIGEST_EVERY;
    let due = Condition::all().add(account::Column::Mail.eq(account::Mail::Digest)).add(
        Condition::any().add(account::Column::DigestSentAt.is_null()).add(account::Column::DigestSentAt.lt(before)),
    );
    let unmailed = Query::select()
        .column(notification::Column::AccountId)
        .from(notification::Entity)
        .and_where(notification::Column::MailedAt.is_null())
        .take();
    let waiting = account::Entity::find()
        .filter(due.clone())
        .filter(account::Column::Id.in_subquery(unmailed))
        .limit(DIGESTS_AT_ONCE)
        .all(platform.database().connection())
        .await?;
    for id in waiting.into_iter().map(|account| account.id) {
        let transaction = platform.write().await?;
        // Another node may have been there first.
        let account = account::Entity::find_by_id(id).filter(due.clone()).one(&transaction).await?;
        let Some(account) = account else { continue };
        let entries = notification::Entity::find()
            .filter(notification::Column::AccountId.eq(id))
            .filter(notification::Column::MailedAt.is_null())
            .order_by_asc(notification::Column::Id);
        let rows = entries.limit(DIGEST_ENTRIES).all(&transaction).await?;
        let lang: Lang = accounts::lang(Some(account.lang));
        let unread = rows.into_iter().filter(|row| row.read_at.is_none()).filter_map(Notification::of);
        let lines: Vec<String> = unread.map(|entry| entry.text.text(lang).to_owned()).collect();
        let now = clock::now();
        notification::Entity::update_many()
            .col_expr(notification::Column::MailedAt, Expr::value(now))
            .filter(notification::Column::AccountId.eq(id))
            .filter(notification::Column::MailedAt.is_null())
            .exec(&transaction)
            .await?;
        account::Entity::update_many()
            .col_expr(account::Column::DigestSentAt, Expr::value(now))
            .filter(account::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        if let Some(email) = account.email.filter(|_| !lines.is_empty()) {
            let link = Some(platform.settings().public_url.clone());
            mail::post(&transaction, lang, &email, &Letter::Digest { entries: lines, link }).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}
