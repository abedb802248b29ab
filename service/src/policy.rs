//! Who may do what: one pure table. Use cases ask it beside the write, the schema's descriptions are made of it.

use eligibility::Localized;

use crate::actor::{Actor, GlobalRole};
use crate::refusal::Refusal;

/// What an account is to a profile, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileRole {
    /// Sees what is not public of it.
    Viewer,
    /// Edits and submits it.
    Editor,
    /// Decides about it, its members included.
    Owner,
}

/// What an institution is to a consortium, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsortiumRole {
    /// It was asked to join and has not answered.
    Invited,
    /// It is a member.
    Member,
    /// It leads its side.
    SideLead,
    /// It leads the Chinese side, and so the consortium.
    Coordinator,
}

/// Whom an action is for: any one of those that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Everybody, without signing in.
    everybody: bool,
    /// Everybody who has signed in.
    signed_in: bool,
    /// Members of the profile with at least this role.
    member: Option<ProfileRole>,
    /// Those with at least this global role and a second factor.
    global: Option<GlobalRole>,
    /// Whether those with a global role may do it on a profile that they are a member of.
    own: bool,
    /// In a consortium: which of its institutions the profile has to be; `None` for what is not about a consortium.
    consortium: Option<ConsortiumRole>,
}

impl Allowed {
    /// Whether it is for nobody who has, or ever had, to do with the profile.
    pub(crate) const fn excludes_involved(self) -> bool {
        !self.own
    }

    /// Which institution of a consortium it is for, at least; `None` for what is not about a consortium.
    pub(crate) const fn consortium_role(self) -> Option<ConsortiumRole> {
        self.consortium
    }
}

const EVERYBODY: Allowed =
    Allowed { everybody: true, signed_in: true, member: None, global: None, own: true, consortium: None };
const SIGNED_IN: Allowed =
    Allowed { everybody: false, signed_in: true, member: None, global: None, own: true, consortium: None };

const fn member(role: ProfileRole) -> Allowed {
    Allowed { everybody: false, signed_in: false, member: Some(role), global: None, own: true, consortium: None }
}

const fn member_or_moderator(role: ProfileRole) -> Allowed {
    Allowed {
        everybody: false,
        signed_in: false,
        member: Some(role),
        global: Some(GlobalRole::Moderator),
        own: true,
        consortium: None,
    }
}

/// Of a member of a profile that is in the consortium.
const fn in_consortium(consortium: ConsortiumRole, role: ProfileRole) -> Allowed {
    Allowed { consortium: Some(consortium), ..member(role) }
}

/// Of a moderator, but never on a profile that is the moderator's own.
const REVIEWER: Allowed = Allowed {
    everybody: false,
    signed_in: false,
    member: None,
    global: Some(GlobalRole::Moderator),
    own: false,
    consortium: None,
};
const MODERATOR: Allowed = Allowed { own: true, ..REVIEWER };
const ADMINISTRATOR: Allowed = Allowed { own: true, global: Some(GlobalRole::Administrator), ..REVIEWER };

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal: $allowed:expr,)+) => {
        /// What can be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The action as the matrix writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Whom it is for.
            pub const fn allowed(self) -> Allowed {
                match self {
                    $(Self::$name => $allowed,)+
                }
            }
        }
    };
}

actions! {
    /// See what is published.
    ReadPublic = "READ_PUBLIC": EVERYBODY,
    /// Sign up, sign in, and use the links of mails.
    Enter = "ENTER": EVERYBODY,
    /// See and change one's own account, sessions and inbox.
    UseAccount = "USE_ACCOUNT": SIGNED_IN,
    /// Make a new profile.
    CreateProfile = "CREATE_PROFILE": SIGNED_IN,
    /// Ask to become an owner of a profile.
    ClaimProfile = "CLAIM_PROFILE": SIGNED_IN,
    /// Answer an invitation that one was sent.
    AnswerInvitation = "ANSWER_INVITATION": SIGNED_IN,
    /// See the newest revision of a profile, its members, cases and checks.
    ReadDraft = "READ_DRAFT": member_or_moderator(ProfileRole::Viewer),
    /// See how to reach an institution.
    ReadContact = "READ_CONTACT": member(ProfileRole::Viewer),
    /// See what became of a profile and who did it.
    ReadHistory = "READ_HISTORY": member_or_moderator(ProfileRole::Owner),
    /// Change what a profile says, discard that, and confirm that its facts still hold.
    EditProfile = "EDIT_PROFILE": member(ProfileRole::Editor),
    /// Send a profile to review, or take it back.
    SubmitProfile = "SUBMIT_PROFILE": member(ProfileRole::Editor),
    /// Put a file of evidence on file.
    StageEvidence = "STAGE_EVIDENCE": member(ProfileRole::Editor),
    /// Read the evidence for facts of a profile; one's own files everybody reads.
    ReadEvidence = "READ_EVIDENCE": member_or_moderator(ProfileRole::Owner),
    /// Take a profile off the list and put it back.
    ArchiveProfile = "ARCHIVE_PROFILE": member(ProfileRole::Owner),
    /// Invite members, change their roles, remove them.
    ManageMembers = "MANAGE_MEMBERS": member(ProfileRole::Owner),
    /// Stop being a member.
    LeaveProfile = "LEAVE_PROFILE": member(ProfileRole::Viewer),
    /// Appeal against a decision.
    Appeal = "APPEAL": member(ProfileRole::Owner),
    /// See the review queue.
    ReadQueue = "READ_QUEUE": MODERATOR,
    /// Take a case on, set its priority, decide it.
    DecideCase = "DECIDE_CASE": REVIEWER,
    /// Suspend a profile, and restore it.
    SuspendProfile = "SUSPEND_PROFILE": REVIEWER,
    /// Verify a fact, and withdraw that.
    VerifyFact = "VERIFY_FACT": REVIEWER,
    /// Be shown ranked partners and the expressions of interest of a profile.
    SeekPartners = "SEEK_PARTNERS": member(ProfileRole::Viewer),
    /// Say that a partner is not to be suggested.
    DismissPartner = "DISMISS_PARTNER": member(ProfileRole::Editor),
    /// Post a request for partners, change and close it.
    PostRequest = "POST_REQUEST": member(ProfileRole::Editor),
    /// Decide on a request for partners.
    DecideRequest = "DECIDE_REQUEST": REVIEWER,
    /// Express interest, withdraw that, and answer the interest of others.
    ExpressInterest = "EXPRESS_INTEREST": member(ProfileRole::Editor),
    /// Open a consortium.
    OpenConsortium = "OPEN_CONSORTIUM": member(ProfileRole::Editor),
    /// See what one is invited to.
    ReadConsortiumInvitation = "READ_CONSORTIUM_INVITATION": in_consortium(ConsortiumRole::Invited, ProfileRole::Viewer),
    /// Accept or decline an invitation to a consortium.
    AnswerConsortiumInvitation = "ANSWER_CONSORTIUM_INVITATION": in_consortium(ConsortiumRole::Invited, ProfileRole::Editor),
    /// See a consortium, its report and its history, as far as the institution's role allows.
    ReadConsortium = "READ_CONSORTIUM": in_consortium(ConsortiumRole::Member, ProfileRole::Viewer),
    /// Comment on a consortium, enter what is the institution's own, and leave.
    WorkInConsortium = "WORK_IN_CONSORTIUM": in_consortium(ConsortiumRole::Member, ProfileRole::Editor),
    /// Enter what the application of one's side says, and facts of the project.
    EditConsortium = "EDIT_CONSORTIUM": in_consortium(ConsortiumRole::SideLead, ProfileRole::Editor),
    /// Invite and remove institutions, hand over leads, put the consortium away.
    ManageConsortium = "MANAGE_CONSORTIUM": in_consortium(ConsortiumRole::Coordinator, ProfileRole::Editor),
    /// Have a report signed.
    SignReport = "SIGN_REPORT": in_consortium(ConsortiumRole::SideLead, ProfileRole::Editor),
    /// See what consortia have in common that they must not.
    ReadOverlaps = "READ_OVERLAPS": ADMINISTRATOR,
    /// See the whole history.
    ReadAudit = "READ_AUDIT": ADMINISTRATOR,
    /// Appoint moderators and administrators, dismiss them, and switch off a lost second factor.
    AppointModerators = "APPOINT_MODERATORS": ADMINISTRATOR,
}

/// Whether an actor may do something, to whom a profile is what `role` says.
pub fn is_allowed(action: Action, actor: &Actor, role: Option<ProfileRole>) -> bool {
    let allowed = action.allowed();
    if allowed.everybody {
        return true;
    }
    let signed_in = match actor {
        Actor::System => return true,
        Actor::Anonymous => return false,
        Actor::SignedIn(signed_in) => signed_in,
    };
    let by_membership = allowed.member.is_some_and(|least| role.is_some_and(|role| role >= least));
    let by_office = allowed.global.is_some_and(|least| signed_in.second_factor && signed_in.role >= least)
        && (allowed.own || role.is_none());
    allowed.signed_in || by_membership || by_office
}

/// Lets an actor do something, or says why not. A profile that the actor may not know of has to be dealt with before.
///
/// # Errors
/// `Unauthenticated`, `SecondFactorRequired` or `Forbidden`.
pub fn authorize(action: Action, actor: &Actor, role: Option<ProfileRole>) -> Result<(), Refusal> {
    if is_allowed(action, actor, role) {
        return Ok(());
    }
    let Actor::SignedIn(signed_in) = actor else { return Err(Refusal::Unauthenticated) };
    let with_factor = Actor::SignedIn(crate::SignedIn { second_factor: true, ..*signed_in });
    if is_allowed(action, &with_factor, role) {
        return Err(Refusal::SecondFactorRequired);
    }
    Err(Refusal::Forbidden(needed(action)))
}

/// Who may do something, as people read it.
pub fn needed(action: Action) -> Localized {
    let Allowed { everybody, signed_in, member, global, own, consortium } = action.allowed();
    if everybody {
        return Localized::new("所有人", "everybody");
    }
    if signed_in {
        return Localized::new("已登录者", "anybody who has signed in");
    }
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if let (Some(of), Some(role)) = (consortium, member) {
        let (of_zh, of_en) = match of {
            ConsortiumRole::Invited => ("受邀单位", "an institution that is invited"),
            ConsortiumRole::Member => ("联合体成员单位", "a member institution of the consortium"),
            ConsortiumRole::SideLead => ("任一方牵头单位", "the lead institution of either side"),
            ConsortiumRole::Coordinator => ("中方牵头单位", "the lead institution of the Chinese side"),
        };
        let (role_zh, role_en) = match role {
            ProfileRole::Viewer => ("资料成员", "a member of the profile of"),
            ProfileRole::Editor => ("资料的编辑或所有者", "an editor or owner of the profile of"),
            ProfileRole::Owner => ("资料的所有者", "an owner of the profile of"),
        };
        zh.push(format!("{of_zh}{role_zh}"));
        en.push(format!("{role_en} {of_en}"));
    } else if let Some(role) = member {
        let (role_zh, role_en) = match role {
            ProfileRole::Viewer => ("资料成员", "a member of the profile"),
            ProfileRole::Editor => ("资料的编辑或所有者", "an editor or owner of the profile"),
            ProfileRole::Owner => ("资料的所有者", "an owner of the profile"),
        };
        zh.push(role_zh.to_owned());
        en.push(role_en.to_owned());
    }
    if let Some(role) = global {
        let (role_zh, role_en) = match (role, own) {
            (GlobalRole::Administrator, _) => ("管理员（须两步验证）", "an administrator with a second factor"),
            (_, true) => ("审核员（须两步验证）", "a moderator with a second factor"),
            (_, false) => (
                "从未参与该资料的审核员（须两步验证）",
                "a moderator with a second factor who never was a member of the profile",
            ),
        };
        zh.push(role_zh.to_owned());
        en.push(role_en.to_owned());
    }
    Localized::new(zh.join("，或"), en.join(", or "))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use uuid::Uuid;

    use super::*;
    use crate::actor::{AccountId, SessionId, SignedIn};

    fn signed_in(role: GlobalRole, second_factor: bool) -> Actor {
        let (account, session) = (AccountId(Uuid::nil()), SessionId(Uuid::nil()));
        Actor::SignedIn(SignedIn { account, session, role, second_factor })
    }

    /// Everybody there is, as columns of the matrix.
    fn actors() -> Vec<(&'static str, Actor, Option<ProfileRole>)> {
        use GlobalRole::{Administrator, Moderator, None as Nobody};
        vec![
            ("anonymous", Actor::Anonymous, None),
            ("outsider", signed_in(Nobody, true), None),
            ("viewer", signed_in(Nobody, false), Some(ProfileRole::Viewer)),
            ("editor", signed_in(Nobody, false), Some(ProfileRole::Editor)),
            ("owner", signed_in(Nobody, false), Some(ProfileRole::Owner)),
            ("moderator without 2nd factor", signed_in(Moderator, false), None),
            ("moderator", signed_in(Moderator, true), None),
            ("moderator who owns it", signed_in(Moderator, true), Some(ProfileRole::Owner)),
            ("administrator", signed_in(Administrator, true), None),
        ]
    }

    #[test]
    fn the_matrix_is_as_it_was_agreed() {
        let mut matrix = String::from("# Who may do what: x may, 2 may with a second factor, . may not.\n");
        for (index, (name, ..)) in actors().iter().enumerate() {
            let _ = writeln!(matrix, "# {}: {name}", index + 1);
        }
        for action in Action::ALL {
            let _ = write!(matrix, "{:<28}", action.as_str());
            for (_, actor, role) in actors() {
                let mark = match authorize(*action, &actor, role) {
                    Ok(()) => 'x',
                    Err(Refusal::SecondFactorRequired) => '2',
                    Err(_) => '.',
                };
                let _ = write!(matrix, " {mark}");
            }
            let _ = writeln!(matrix, "  {}", needed(*action).en);
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy.matrix.txt");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(path, &matrix).expect("written");
        }
        assert_eq!(matrix, std::fs::read_to_string(path).expect("the matrix"), "UPDATE_SNAPSHOTS=1 writes it anew");
    }

    #[test]
    fn a_refusal_says_what_is_lacking() {
        let refused = |action, actor, role| authorize(action, &actor, role).expect_err("refused");
        assert!(matches!(refused(Action::EditProfile, Actor::Anonymous, None), Refusal::Unauthenticated));
        let moderator = signed_in(GlobalRole::Moderator, false);
        assert!(matches!(refused(Action::DecideCase, moderator, None), Refusal::SecondFactorRequired));
        let own = signed_in(GlobalRole::Moderator, true);
        let Refusal::Forbidden(needed) = refused(Action::DecideCase, own, Some(ProfileRole::Viewer)) else {
            unreachable!("a reviewer never decides on what is the reviewer's own")
        };
        assert_eq!(needed.en, "a moderator with a second factor who never was a member of the profile");
        assert!(authorize(Action::DecideCase, &Actor::System, None).is_ok());
    }
}
