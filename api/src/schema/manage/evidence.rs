//! Files of evidence.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use eligibility::date::timestamp;
use service::accounts::{self, PermitUse};
use service::evidence::{self, Purpose as ServicePurpose, Staged, Stored};
use service::{Actor, EvidenceId, Refusal};

use super::{payload, profile_of};
use crate::schema::caller::{actor, platform, refused, seen, settled};
use crate::schema::node;
use crate::schema::scalars::{DateTime, Url};

/// What a file of evidence is to show.
/// 证明材料的用途。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServicePurpose")]
pub(crate) enum EvidencePurpose {
    /// A fact of the profile.
    /// 证明资料中的事实。
    Fact,
    /// That the caller speaks for the institution.
    /// 证明有权代表单位（认领）。
    Claim,
    /// That a decision was wrong.
    /// 用于申诉。
    Appeal,
}

/// A file of evidence that is on file.
/// 已存的证明材料。
#[derive(Clone)]
pub(crate) struct EvidenceObject {
    stored: Stored,
}

impl EvidenceObject {
    pub(crate) fn new(stored: Stored) -> Self {
        Self { stored }
    }

    /// The file of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        match evidence::find(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_) | Refusal::Invalid(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }
}

/// The address under which a file is sent or fetched, good for ten minutes.
fn address(context: &Context<'_>, of: PermitUse, id: EvidenceId) -> async_graphql::Result<Url> {
    let platform = platform(context)?;
    let Actor::SignedIn(signed_in) = actor(context)? else { return Err(refused(Refusal::Unauthenticated)) };
    let permit = accounts::sign_permit(platform, of, id.0, signed_in).map_err(refused)?;
    Ok(Url(format!("{}/evidence/{id}?permit={permit}", platform.settings().public_url)))
}

/// A file of evidence that is on file.
/// 已存的证明材料。
#[Object(name = "Evidence", cache_control(private))]
impl EvidenceObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Evidence", &self.stored.id.to_string())
    }

    /// What it is to show.
    /// 用途。
    async fn purpose(&self) -> EvidencePurpose {
        self.stored.purpose.into()
    }

    /// What its sender called it.
    /// 文件名。
    async fn name(&self) -> &str {
        &self.stored.name
    }

    /// Its media type, by its content.
    /// 媒体类型（按内容判定）。
    async fn media_type(&self) -> &str {
        &self.stored.media_type
    }

    /// Bytes.
    /// 字节数。
    async fn size(&self) -> u64 {
        self.stored.size
    }

    /// SHA-256 of its content, in hexadecimal digits.
    /// 内容的 SHA-256（十六进制）。
    async fn sha256(&self) -> &str {
        &self.stored.sha256
    }

    /// When it was announced.
    /// 登记时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.stored.created_at))
    }

    /// Where it can be fetched for the next ten minutes. It is always an attachment: look at it with care.
    /// 下载地址，十分钟内有效；始终作为附件下载。
    async fn download_url(&self, context: &Context<'_>) -> async_graphql::Result<Url> {
        address(context, PermitUse::Download, self.stored.id)
    }
}

/// A file to be sent.
/// 待上传的证明材料。
#[derive(InputObject)]
pub(crate) struct StageEvidenceInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// What it is to show.
    /// 用途。
    purpose: EvidencePurpose,
    /// What it is called, for those who read it.
    /// 文件名。
    name: String,
    /// Bytes.
    /// 字节数。
    size: u64,
}

/// A place for a file that is to be sent.
/// 为待上传文件预留的位置。
pub(crate) struct StagedEvidence {
    staged: Staged,
}

/// A place for a file that is to be sent.
/// 为待上传文件预留的位置。
#[Object(cache_control(private))]
impl StagedEvidence {
    /// The id that the file will have.
    /// 上传后的证明材料 ID。
    async fn evidence_id(&self) -> ID {
        node::id("Evidence", &self.staged.evidence.to_string())
    }

    /// Where to send it with PUT: PDF, PNG or JPEG, told by its content.
    /// 上传地址（PUT）：PDF、PNG 或 JPEG，按内容判定。
    async fn upload_url(&self, context: &Context<'_>) -> async_graphql::Result<Url> {
        address(context, PermitUse::Upload, self.staged.evidence)
    }

    /// Until when the place is kept.
    /// 预留期限。
    async fn expires_at(&self) -> DateTime {
        DateTime(timestamp(self.staged.expires_at))
    }
}

payload! {
    /// What became of a file that is to be sent.
    /// 预留的结果。
    StageEvidencePayload {
        /// The place for it; null if it was refused.
        /// 预留的位置；被拒绝时为 null。
        staged: StagedEvidence
    }
}

#[derive(Default)]
pub(crate) struct EvidenceMutation;

#[Object]
impl EvidenceMutation {
    /// Announces a file of evidence: gives a place to send it to. For facts it takes an editor or owner of the profile, for an appeal
    /// an owner, for a claim anybody who has signed in.
    /// Needs: anybody who has signed in.
    /// 登记证明材料并取得上传地址。用于事实须为资料的编辑或所有者，用于申诉须为所有者，用于认领则登录即可。
    /// 权限：已登录者。
    async fn stage_evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The file.\n文件。")] input: StageEvidenceInput,
    ) -> async_graphql::Result<StageEvidencePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                evidence::stage(platform, actor, id, input.purpose.into(), &input.name, input.size).await
            }
            Err(refusal) => Err(refusal),
        };
        let (staged, user_errors) = settled(result)?;
        Ok((staged.map(|staged| StagedEvidence { staged }), user_errors).into())
    }
}
