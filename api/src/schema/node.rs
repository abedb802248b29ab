//! Objects that can be found again by their id.

use async_graphql::{Context, ID, Interface, Object};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::Library;
use std::sync::Arc;

use crate::fault::{Code, Fault};
use crate::schema::consortium::{
    ConsortiumCommentObject, ConsortiumInvitationObject, ConsortiumObject, ConsortiumVersionObject, OverlapObject,
    SignedReportObject,
};
use crate::schema::direction::DirectionObject;
use crate::schema::fact::FactObject;
use crate::schema::guide::GuideObject;
use crate::schema::library;
use crate::schema::manage::{
    AuditRecordObject, EvidenceObject, ManagedProfileObject, NotificationObject, ReviewCaseObject,
};
use crate::schema::partners::{InterestObject, ManagedPartnerRequestObject, PartnerRequestObject, WatchObject};
use crate::schema::place::{CountryGroupObject, CountryObject};
use crate::schema::profile::{ProfileChange, ProfileObject, directory};
use crate::schema::requirement::RequirementObject;

/// Ids asked for at once.
const NODES_AT_MOST: usize = 100;

/// An object with an id of its own.
/// 具有全局 ID 的对象。
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, opaque; it stays the same.\nID（不透明，保持不变）。"))]
pub(crate) enum Node {
    /// A call.
    Guide(GuideObject),
    /// A direction.
    Direction(DirectionObject),
    /// A requirement.
    Requirement(RequirementObject),
    /// A country or region.
    Country(CountryObject),
    /// A group of countries and regions.
    CountryGroup(CountryGroupObject),
    /// A fact.
    Fact(FactObject),
    /// A published profile.
    Profile(ProfileObject),
    /// The last change of a profile.
    ProfileChange(ProfileChange),
    /// A profile as its members and the moderators see it.
    ManagedProfile(ManagedProfileObject),
    /// Something that moderators are asked to decide.
    ReviewCase(ReviewCaseObject),
    /// A file of evidence.
    Evidence(EvidenceObject),
    /// An entry of an inbox.
    Notification(NotificationObject),
    /// A signed report on a consortium.
    SignedReport(SignedReportObject),
    /// Something that several consortia have in common.
    SharedOverlap(OverlapObject),
    /// A record of the history.
    AuditRecord(AuditRecordObject),
    /// A request for partners, as everybody sees it.
    PartnerRequest(PartnerRequestObject),
    /// A request for partners, as members of its profile and moderators see it.
    ManagedPartnerRequest(ManagedPartnerRequestObject),
    /// A consortium.
    Consortium(ConsortiumObject),
    /// An invitation to a consortium.
    ConsortiumInvitation(ConsortiumInvitationObject),
    /// A comment on a consortium.
    ConsortiumComment(ConsortiumCommentObject),
    /// An expression of interest.
    Interest(InterestObject),
    /// A search that somebody watches.
    Watch(WatchObject),
    /// A version of a consortium.
    ConsortiumVersion(ConsortiumVersionObject),
}

/// The id of an object: its type and its key among those of its type, opaque to callers.
pub(crate) fn id(kind: &str, key: &str) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{kind}:{key}")))
}

/// The type and the key of an id.
///
/// # Errors
/// `INVALID_ID` if this service did not give it.
pub(crate) fn parts(id: &ID) -> Result<(String, String), Fault> {
    let text = URL_SAFE_NO_PAD.decode(id.as_str()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once(':'));
    parts.map(|(kind, key)| (kind.to_owned(), key.to_owned())).ok_or_else(|| {
        let shown: String = id.chars().take(60).collect();
        Fault::new(
            Code::InvalidId,
            format!("`{shown}` 不是本服务给出的 ID"),
            format!("`{shown}` is not an id that this service gave"),
        )
    })
}

async fn find(context: &Context<'_>, library: &Arc<Library>, id: &ID) -> async_graphql::Result<Option<Node>> {
    let (kind, key) = parts(id)?;
    Ok(match kind.as_str() {
        "Guide" => GuideObject::find(library, &key).map(Node::Guide),
        "Direction" => DirectionObject::find(library, &key).map(Node::Direction),
        "Requirement" => RequirementObject::find(library, &key).map(Node::Requirement),
        "Country" => CountryObject::find(library, &key).map(Node::Country),
        "CountryGroup" => CountryGroupObject::find(library, &key, None).map(Node::CountryGroup),
        "Fact" => FactObject::find(library, &key).map(Node::Fact),
        "Profile" => ProfileObject::find_key(directory(context)?, &key)?.map(Node::Profile),
        "ProfileChange" => ProfileChange::find_key(directory(context)?, &key).await?.map(Node::ProfileChange),
        "ManagedProfile" => ManagedProfileObject::find_key(context, &key).await?.map(Node::ManagedProfile),
        "ReviewCase" => ReviewCaseObject::find_key(context, &key).await?.map(Node::ReviewCase),
        "Evidence" => EvidenceObject::find_key(context, &key).await?.map(Node::Evidence),
        "Notification" => NotificationObject::find_key(context, &key).await?.map(Node::Notification),
        "SignedReport" => SignedReportObject::find_key(context, &key).await?.map(Node::SignedReport),
        "SharedOverlap" => OverlapObject::find_key(context, &key).await?.map(Node::SharedOverlap),
        "AuditRecord" => AuditRecordObject::find_key(context, &key).await?.map(Node::AuditRecord),
        "PartnerRequest" => PartnerRequestObject::find_key(context, &key).await?.map(Node::PartnerRequest),
        "ManagedPartnerRequest" => {
            ManagedPartnerRequestObject::find_key(context, &key).await?.map(Node::ManagedPartnerRequest)
        }
        "Consortium" => ConsortiumObject::find_key(context, &key).await?.map(Node::Consortium),
        "ConsortiumInvitation" => {
            ConsortiumInvitationObject::find_key(context, &key).await?.map(Node::ConsortiumInvitation)
        }
        "ConsortiumComment" => ConsortiumCommentObject::find_key(context, &key).await?.map(Node::ConsortiumComment),
        "Interest" => InterestObject::find_key(context, &key).await?.map(Node::Interest),
        "Watch" => WatchObject::find_key(context, &key).await?.map(Node::Watch),
        "ConsortiumVersion" => ConsortiumVersionObject::find_key(context, &key).await?.map(Node::ConsortiumVersion),
        _ => None,
    })
}

#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object of an id; null if there is none any more.
    /// 按 ID 查找对象；不存在时为 null。
    #[graphql(cache_control(max_age = 1))]
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id.\nID。")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        find(context, library(context)?, &id).await
    }

    /// The objects of some ids, in their order; null for those that are no more. At most 100.
    /// 按若干 ID 查找对象，顺序不变；不存在的为 null。最多 100 个。
    #[graphql(complexity = "1 + ids.len() * child_complexity", cache_control(max_age = 1))]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ids.\n各 ID。")] ids: Vec<ID>,
    ) -> async_graphql::Result<Vec<Option<Node>>> {
        if ids.len() > NODES_AT_MOST {
            let count = ids.len();
            return Err(Fault::new(
                Code::InvalidArgument,
                format!("`ids` 有 {count} 个；最多 {NODES_AT_MOST} 个"),
                format!("`ids` has {count} ids; at most {NODES_AT_MOST} are accepted"),
            )
            .into());
        }
        let library = library(context)?;
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            found.push(find(context, library, id).await?);
        }
        Ok(found)
    }
}
