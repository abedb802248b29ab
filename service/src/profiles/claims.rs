//! Taking over a profile that a registry brought.

use entity::{account, evidence, membership, review_case};
use profile::ProfileId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::members::role_word;
use super::review::{self, Opened};
use super::view;
use super::work::Work;
use crate::actor::{Actor, CaseId, EvidenceId};
use crate::audit::{self, Entry};
use crate::notices;
use crate::platform::Platform;
use crate::policy::{Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The account is an owner of the profile.
    Owner,
    /// A moderator decides.
    Requested(CaseId),
}

/// Asks to become an owner of a profile: at once where it has none and the account's address is one of the institution's,
/// else a moderator decides on a statement and evidence. The owners that a profile has are told.
///
/// # Errors
/// What is wrong with the input, what the actor lacks, or whatever the database says.
pub async fn claim(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    statement: Option<String>,
    files: &[EvidenceId],
) -> Result<Claimed, Refusal> {
    let statement = view::statement("statement", statement)?;
    let work = Work::begin(platform, actor, id, Action::ClaimProfile).await?;
    let Some(claimant) = actor.account() else { return Err(Refusal::Unauthenticated) };
    if work.role == Some(ProfileRole::Owner) {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "profile",
            "您已是所有者",
            "you are an owner of it already",
        ));
    }
    let of_profile = membership::Column::ProfileId.eq(id.0);
    let owners = membership::Entity::find()
        .filter(of_profile)
        .filter(membership::Column::Role.eq(membership::Role::Owner))
        .count(&work.transaction)
        .await?;
    let account = account::Entity::find_by_id(claimant.0).one(&work.transaction).await?;
    let email = account.and_then(|account| account.email).unwrap_or_default();
    let content = work.newest().await?;
    if owners == 0 && content.domains.iter().any(|domain| is_of(&email, domain)) {
        let details = json!({ "role": role_word(ProfileRole::Owner), "by": "DOMAIN" });
        become_owner(&work, claimant).await?;
        work.append(Entry::new(actor, audit::Action::MemberChanged).of_account(claimant).with(details)).await?;
        work.finish().await?;
        return Ok(Claimed::Owner);
    }
    let asked = review_case::Entity::find()
        .filter(review_case::Column::ProfileId.eq(id.0))
        .filter(review_case::Column::OpenedBy.eq(claimant.0))
        .filter(review_case::Column::Kind.eq(review_case::Kind::Claim))
        .filter(review_case::Column::State.eq(review_case::State::Open))
        .count(&work.transaction)
        .await?;
    if asked > 0 {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "profile",
            "您的认领申请正在审核中",
            "your claim is waiting for a decision",
        ));
    }
    if statement.is_none() {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Missing),
            "statement",
            "您的邮箱域名不在该单位的登记域名之列，或该资料已有所有者；请说明您与该单位的关系，最好附上证明材料",
            "your e-mail address is not of the institution's domains, or the profile has owners; say how you belong to the \
             institution, best with evidence",
        ));
    }
    for file in files {
        let row = evidence::Entity::find_by_id(file.0)
            .filter(evidence::Column::ProfileId.eq(id.0))
            .filter(evidence::Column::UploadedBy.eq(claimant.0))
            .filter(evidence::Column::State.eq(evidence::State::Stored))
            .one(&work.transaction)
            .await?;
        if row.is_none() {
            return Err(Refusal::not_found("evidence"));
        }
    }
    let opened = Opened { kind: review_case::Kind::Claim, statement, evidence: files.to_vec(), ..Opened::default() };
    let case = review::open(&work, opened).await?;
    let entry = Entry::new(actor, audit::Action::ClaimRequested).of_account(claimant).of_case(case);
    let sequence = work.append(entry).await?;
    let owners = work.others(ProfileRole::Owner).await?;
    work.tell(&owners, notices::Kind::ClaimRequested, sequence, None, None).await?;
    work.finish().await?;
    Ok(Claimed::Requested(case))
}

/// Makes an account an owner, whatever it was before.
pub(super) async fn become_owner(work: &Work<'_>, account: crate::AccountId) -> Result<(), Refusal> {
    let key = (work.row.id, account.0);
    membership::Entity::delete_by_id(key).exec(&work.transaction).await?;
    let member = membership::ActiveModel {
        profile_id: Set(key.0),
        account_id: Set(key.1),
        role: Set(membership::Role::Owner),
        created_at: Set(work.now),
    };
    membership::Entity::insert(member).exec_without_returning(&work.transaction).await?;
    Ok(())
}

/// Whether an address is of a domain. One below it may be another institution's: an academy's institutes have theirs below its own.
fn is_of(email: &str, domain: &str) -> bool {
    // A registry that names a whole top-level domain names nobody.
    let host = email.rsplit_once('@').map(|(_, host)| host);
    domain.contains('.') && host.is_some_and(|host| host.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_its_own_domain_only() {
        for (email, domain, expected) in [
            ("a@tsinghua.edu.cn", "tsinghua.edu.cn", true),
            ("a@tsinghua.edu.cn", "Tsinghua.edu.cn", true),
            ("a@mail.tsinghua.edu.cn", "tsinghua.edu.cn", false),
            ("a@nottsinghua.edu.cn", "tsinghua.edu.cn", false),
            ("a@edu.cn", "tsinghua.edu.cn", false),
            ("a@tsinghua.edu.cn.example.org", "tsinghua.edu.cn", false),
            ("tsinghua.edu.cn", "tsinghua.edu.cn", false),
            ("a@b@tsinghua.edu.cn", "tsinghua.edu.cn", true),
            ("a@x.cn", "cn", false),
            ("a@x.cn", "", false),
        ] {
            assert_eq!(is_of(email, domain), expected, "{email} {domain}");
        }
    }
}
