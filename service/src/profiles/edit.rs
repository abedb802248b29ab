//! What owners and editors do: make a profile, write revisions, send them to review.

use eligibility::Localized;
use eligibility::problem::ProblemCode;
use entity::profile::Status;
use entity::{membership, profile as profiles, review_case};
use profile::edit::{Edit, EditFault, Patch, apply};
use profile::{Contact, Profile, ProfileId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::lifecycle::{Step, is_listed};
use super::view::{self, Duplicate};
use super::work::Work;
use crate::actor::{Actor, CaseId};
use crate::audit;
use crate::clock;
use crate::error::Error;
use crate::notices;
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::refusal::{Refusal, UserError, UserErrorCode};

/// Profiles that one account may be the owner of, lest one account fill the directory.
const OWNED_AT_MOST: usize = 200;
/// Profiles whose members are asked at once to confirm the facts.
const ASKED_AT_ONCE: u64 = 200;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A profile to be made.
#[derive(Clone, Debug)]
pub struct NewProfile {
    /// What it says.
    pub edit: Edit,
    /// Whether the caller has looked at similar profiles, and it is none of them.
    pub not_a_duplicate: bool,
}

/// What became of a profile that was to be made.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is there, as a draft.
    Draft(ProfileId),
    /// It is not: these are there already, the likeliest first.
    Duplicates(Vec<Duplicate>),
}

/// The profile that an edit makes of another.
pub(crate) fn applied(platform: &Platform, current: &Profile, edit: Edit) -> Result<Profile, Refusal> {
    changed(platform, current, edit, input_path)
}

/// A contact that is given outside a profile, as a profile would take it; what is wrong with it is told at `contact`.
pub(crate) fn contact(platform: &Platform, contact: Contact) -> Result<Contact, Refusal> {
    let edit = Edit { contact: Patch::Set(contact), ..Edit::default() };
    let read = changed(platform, &Profile::default(), edit, str::to_owned)?;
    read.contact.filter(Contact::is_reachable).ok_or_else(|| {
        Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Missing),
            "contact",
            "联系方式须有电子邮箱或电话",
            "a contact takes an e-mail address or a telephone number",
        )
    })
}

fn changed(
    platform: &Platform,
    current: &Profile,
    edit: Edit,
    path: impl Fn(&str) -> String,
) -> Result<Profile, Refusal> {
    let directory = platform.directory();
    apply(current, edit, directory.library(), directory.taxonomy()).map_err(|faults| {
        let error = |fault: EditFault| UserError {
            code: UserErrorCode::Problem(fault.code),
            field: path(&fault.field),
            message: fault.message,
        };
        Refusal::Invalid(faults.into_iter().map(error).collect())
    })
}

/// Where a fault is, as inputs call it: there a name's text is its value, and a fact's name the fact.
fn input_path(field: &str) -> String {
    let field = field.replace("].text", "].value");
    let field = if field.starts_with("facts[") { field.replace("].name", "].fact") } else { field };
    format!("content.{field}").trim_end_matches('.').to_owned()
}

/// Makes a profile, a draft that its owner goes on writing, unless similar ones are there.
///
/// # Errors
/// What is wrong with the input, what the actor lacks, or whatever the database says.
pub async fn create(platform: &Platform, actor: &Actor, new: NewProfile) -> Result<Created, Refusal> {
    policy::authorize(Action::CreateProfile, actor, None)?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let content = applied(platform, &Profile::default(), new.edit)?;
    let similar = view::similar(platform, None, &content).await?;
    let is_held = similar.iter().any(|duplicate| duplicate.is_certain());
    if similar.iter().any(|duplicate| duplicate.is_certain() && duplicate.name == Localized::default()) {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "content.identifiers",
            "此标识符属于一份未公开的资料；如需接管，请联系审核员",
            "the identifier belongs to a profile that is not public; ask the moderators if it should be yours",
        ));
    }
    if is_held || (!new.not_a_duplicate && !similar.is_empty()) {
        return Ok(Created::Duplicates(similar));
    }
    let mut work = Work::begin_new(platform, actor).await?;
    let owned = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account.0))
        .filter(membership::Column::Role.eq(membership::Role::Owner))
        .select_only()
        .column(membership::Column::ProfileId)
        .into_tuple::<uuid::Uuid>()
        .all(&work.transaction)
        .await?;
    if owned.len() >= OWNED_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "",
            format!("一个账户最多拥有 {OWNED_AT_MOST} 份资料"),
            format!("an account owns at most {OWNED_AT_MOST} profiles"),
        ));
    }
    work.write(&content).await?;
    let member = membership::ActiveModel {
        profile_id: Set(work.row.id),
        account_id: Set(account.0),
        role: Set(membership::Role::Owner),
        created_at: Set(work.now),
    };
    membership::Entity::insert(member).exec_without_returning(&work.transaction).await?;
    work.record(audit::Action::ProfileCreated, json!({ "parts": view::parts(None, &content) })).await?;
    let row = work.finish().await?;
    Ok(Created::Draft(ProfileId(row.id)))
}

/// Writes the next revision. `revision` is the one that the edit was made of.
///
/// # Errors
/// `CONFLICT` if there is a newer revision; what is wrong with the input, what the actor lacks, whatever the database says.
pub async fn edit(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    revision: i32,
    edit: Edit,
) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::EditProfile).await?;
    work.expect(revision)?;
    let current = work.newest().await?;
    let content = applied(platform, &current, edit)?;
    let status = work.row.status;
    work.step(Step::Edit)?;
    if content == current {
        // Nothing was said that was not said before.
        work.row.status = status;
        return work.finish().await;
    }
    let number = work.write(&content).await?;
    let dropped = super::verification::dropped(&current, &content);
    let details = json!({ "revision": number, "parts": view::parts(Some(&current), &content), "unverified": dropped });
    work.record(audit::Action::ProfileEdited, details).await?;
    work.finish().await
}

/// Goes back to what is published.
///
/// # Errors
/// `CONFLICT`, `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn discard(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    revision: i32,
) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::EditProfile).await?;
    work.expect(revision)?;
    work.step(Step::Discard)?;
    close_cases(&work, &[review_case::Kind::Appeal]).await?;
    if let Some(published) = work.row.published_revision {
        let content = work.content(published).await?;
        let number = work.write(&content).await?;
        work.row.published_revision = Some(number);
        work.note_news();
    }
    work.record(audit::Action::ProfileDiscarded, json!({ "revision": work.row.latest_revision })).await?;
    work.finish().await
}

/// Sends the newest revision to review.
///
/// # Errors
/// `CONFLICT`, `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn submit(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    revision: i32,
    statement: Option<String>,
) -> Result<profiles::Model, Refusal> {
    let statement = view::statement("statement", statement)?;
    let mut work = Work::begin(platform, actor, id, Action::SubmitProfile).await?;
    work.expect(revision)?;
    work.step(Step::Submit)?;
    // Whoever mends what was asked for appeals no longer.
    close_cases(&work, &[review_case::Kind::Appeal]).await?;
    let opened = super::review::Opened { kind: review_case::Kind::Revision, statement, ..Default::default() };
    let case = super::review::open(&work, opened).await?;
    let entry = audit::Entry::new(actor, audit::Action::ProfileSubmitted).of_case(case);
    work.append(entry.with(json!({ "revision": work.row.latest_revision }))).await?;
    work.finish().await
}

/// Takes a profile back from review.
///
/// # Errors
/// `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn withdraw(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::SubmitProfile).await?;
    work.step(Step::Withdraw)?;
    let case = close_cases(&work, &[review_case::Kind::Revision]).await?;
    let mut entry = audit::Entry::new(actor, audit::Action::ProfileWithdrawn);
    entry.case = case;
    work.append(entry).await?;
    work.finish().await
}

/// Withdraws what waits for a decision about a profile; returns the last case of it.
pub(super) async fn close_cases(work: &Work<'_>, kinds: &[review_case::Kind]) -> Result<Option<CaseId>, Error> {
    let open = review_case::Column::ProfileId
        .eq(work.row.id)
        .and(review_case::Column::State.eq(review_case::State::Open))
        .and(review_case::Column::Kind.is_in(kinds.iter().copied()));
    let case = review_case::Entity::find()
        .filter(open.clone())
        .order_by_desc(review_case::Column::Id)
        .one(&work.transaction)
        .await?;
    review_case::Entity::update_many()
        .col_expr(review_case::Column::State, Expr::value(review_case::State::Withdrawn))
        .filter(open)
        .exec(&work.transaction)
        .await?;
    Ok(case.map(|case| CaseId(case.id)))
}

/// Takes a profile off the list; what waited for a decision about its content is withdrawn.
///
/// # Errors
/// `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn archive(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::ArchiveProfile).await?;
    work.step(Step::Archive)?;
    let mut entry = audit::Entry::new(actor, audit::Action::ProfileArchived);
    entry.case = close_cases(&work, &[review_case::Kind::Revision, review_case::Kind::Appeal]).await?;
    work.append(entry).await?;
    work.finish().await
}

/// Puts a profile back on the list, or makes it a draft again if its newest revision is not published.
///
/// # Errors
/// `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn reopen(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::ArchiveProfile).await?;
    work.step(Step::Reopen)?;
    work.record(audit::Action::ProfileReopened, json!({})).await?;
    work.finish().await
}

/// Confirms that what is published still holds: its facts are fresh again.
///
/// # Errors
/// `WRONG_STATE` where nothing is listed, what the actor lacks, or whatever the database says.
pub async fn confirm(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<profiles::Model, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::EditProfile).await?;
    if !is_listed(&work.row) {
        return Err(Refusal::wrong_state("", "只能确认已发布的资料", "only what is published can be confirmed"));
    }
    work.row.confirmed_at = Some(work.now);
    work.row.reminded_at = None;
    work.note_news();
    work.record(audit::Action::ProfileConfirmed, json!({})).await?;
    work.finish().await
}

/// Asks the editors and owners of profiles whose facts have become stale to confirm them, once.
pub(super) async fn ask_for_confirmation(platform: &Platform) -> Result<(), Refusal> {
    let before = clock::now() - i64::from(platform.settings().stale_after_days) * DAY;
    let due = profiles::Entity::find()
        .filter(profiles::Column::ConfirmedAt.lt(before))
        .filter(profiles::Column::RemindedAt.is_null())
        .filter(profiles::Column::Status.is_not_in([Status::Suspended, Status::Archived]))
        .limit(ASKED_AT_ONCE)
        .all(platform.database().connection())
        .await?;
    for row in due {
        let mut work = Work::begin(platform, &Actor::System, ProfileId(row.id), Action::EditProfile).await?;
        if work.row.reminded_at.is_some() || work.row.confirmed_at.is_none_or(|at| at >= before) {
            // Another node was there first.
            continue;
        }
        work.row.reminded_at = Some(work.now);
        let sequence = work.record(audit::Action::ConfirmationAsked, json!({})).await?;
        let members = work.others(ProfileRole::Editor).await?;
        work.tell(&members, notices::Kind::ConfirmationAsked, sequence, None, None).await?;
        work.finish().await?;
    }
    Ok(())
}
