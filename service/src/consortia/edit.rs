//! What a consortium plans, as its members write it.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::date::Date;
use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Library, Localized};
use entity::consortium_member::Status as Seated;
use entity::{consortium, consortium_member, evidence as evidences};
use profile::edit::Patch;
use profile::{Identifier, ProfileId, Scheme, Stated};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;

use super::content::{Change, Content, Entry, Leader, SideFile, read, side_word};
use super::work::{self, Work};
use super::{Hidden, Loaded, Side, find, hidden_of, load, members, profiles_of};
use crate::actor::{AccountId, Actor, ConsortiumId, EvidenceId};
use crate::audit;
use crate::clock;
use crate::evidence::{self, Stored};
use crate::notices;
use crate::platform::Platform;
use crate::policy::{Action, ConsortiumRole};
use crate::profiles;
use crate::refusal::{Refusal, UserError, UserErrorCode};
use crate::reports;

/// Characters of a name, and of other texts of one line.
const LINE_AT_MOST: usize = 300;
/// Characters of a text that is stated.
const STATED_AT_MOST: usize = 2_000;
/// Items of a list.
const ITEMS_AT_MOST: usize = 50;
/// Facts that one edit changes.
const FACTS_AT_MOST: usize = 100;
/// Characters of a message, a reason or a comment.
const STATEMENT_AT_MOST: usize = 5_000;
/// Months that a project may take.
const MONTHS_AT_MOST: u32 = 600;
/// Consortia that one account opens within a day.
const OPENED_IN_A_DAY: u64 = 30;
/// Open consortia that one institution leads.
const LED_AT_MOST: u64 = 100;
const DAY: i64 = 86_400_000;

/// What somebody changes of what is planned; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The version that it is made of.
    pub version: i32,
    /// The institution that it is entered for; without it, the actor's institution with most to say.
    pub profile: Option<ProfileId>,
    /// What the consortium is called.
    pub name: Option<String>,
    /// The day it is judged for.
    pub as_of: Patch<Date>,
    /// Facts of the project to enter or to take back; others stay as they are.
    pub facts: Vec<FactEdit>,
}

/// A fact of the project as somebody enters it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactEdit {
    /// Its name, with or without `project.`.
    pub fact: String,
    /// What is stated; `None` takes the fact back.
    pub value: Option<Stated>,
    /// Whether others are not to see it; without it, as it was.
    pub confidential: Option<bool>,
    /// The file that proves it, of an institution that the actor acts for.
    pub evidence: Patch<EvidenceId>,
}

/// What the lead of a side changes of that side's own application; what is left out stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideFileEdit {
    /// The version that it is made of.
    pub version: i32,
    /// The side.
    pub side: Side,
    /// The title, in Chinese.
    pub title: Patch<String>,
    /// The title, in English.
    pub title_en: Patch<String>,
    /// The institutions that it names.
    pub participants: Patch<Vec<String>>,
    /// The name of the person who leads on the Chinese side, and the ORCID iD.
    pub chinese_leader: Patch<(String, Option<String>)>,
    /// The same of the partner side.
    pub partner_leader: Patch<(String, Option<String>)>,
    /// The day on which the project begins.
    pub begins_on: Patch<Date>,
    /// How many months it takes.
    pub months: Patch<u32>,
}

fn fault(code: ProblemCode, field: impl Into<String>, message: Localized) -> UserError {
    UserError { code: UserErrorCode::Problem(code), field: field.into(), message }
}

/// Whether a character stands for a letter, or is none at all, and shows nothing: a name of these is empty to whoever reads it, or looks
/// like another.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}'
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text that says something, without space around it and without characters that nobody sees.
pub(crate) fn text(field: &str, text: &str, most: usize, is_one_line: bool) -> Result<String, UserError> {
    let text: String = text.chars().filter(|letter| !is_blank(*letter)).collect();
    let text = text.trim();
    if !text.chars().any(char::is_alphanumeric) {
        let message = Localized::new("须含有文字或数字", "must have a letter or a digit");
        return Err(fault(ProblemCode::Missing, field, message));
    }
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let is_bad = |letter: char| turns(letter) || (breaks(letter) && (is_one_line || !letter.is_whitespace()));
    if text.contains(is_bad) {
        let message = Localized::new("含有控制字符", "it holds control characters");
        return Err(fault(ProblemCode::InvalidValue, field, message));
    }
    if text.chars().count() > most {
        let message = Localized::new(format!("最多 {most} 个字符"), format!("at most {most} characters"));
        return Err(fault(ProblemCode::Limit, field, message));
    }
    Ok(text.to_owned())
}

/// What a person says.
pub(super) fn said(field: &str, said: String) -> Result<String, Refusal> {
    text(field, &said, STATEMENT_AT_MOST, false).map_err(|error| Refusal::Invalid(vec![error]))
}

/// What a person may say; `None` where that is nothing.
pub(super) fn statement(field: &str, statement: Option<String>) -> Result<Option<String>, Refusal> {
    match statement.filter(|statement| !statement.trim().is_empty()) {
        Some(statement) => said(field, statement).map(Some),
        None => Ok(None),
    }
}

/// Who enters facts, and what they may.
struct Author<'a> {
    library: &'a Library,
    direction: DirectionId,
    account: AccountId,
    profile: ProfileId,
    side: Side,
    /// Whether the institution leads its side: then also what others have entered may be entered anew.
    leads: bool,
    hidden: Hidden,
    /// What the institutions are called that have entered facts.
    names: BTreeMap<ProfileId, Localized>,
    /// The files that the author may show.
    evidence: BTreeSet<EvidenceId>,
    now: i64,
}

impl Author<'_> {
    /// Why the author may not enter a fact anew; nothing if they may.
    fn barred(&self, before: Option<&Entry>, field: &str) -> Option<UserError> {
        let before = before?;
        let is_hidden = self.hidden.entry(before);
        if before.profile == self.profile || (self.leads && self.hidden.may_replace(before)) {
            return None;
        }
        let name = self.names.get(&before.profile).cloned().unwrap_or_default();
        let message = if is_hidden {
            Localized::new(
                format!("该事实由“{}”填写并保密；只有该单位及其所属方的牵头单位可以修改", name.zh),
                format!(
                    "{} entered this fact as confidential; only it and the lead of its side can change it",
                    name.en
                ),
            )
        } else {
            Localized::new(
                format!("该事实由“{}”填写；只有该单位和牵头单位可以修改", name.zh),
                format!("{} entered this fact; only it and the leads can change it", name.en),
            )
        };
        Some(UserError { code: UserErrorCode::Taken, field: field.to_owned(), message })
    }

    /// Enters facts into what is planned.
    fn enter(&self, content: &mut Content, edits: Vec<FactEdit>) -> Result<Vec<Change>, Refusal> {
        if edits.len() > FACTS_AT_MOST {
            let message =
                Localized::new(format!("最多 {FACTS_AT_MOST} 项事实"), format!("at most {FACTS_AT_MOST} facts"));
            return Err(Refusal::Invalid(vec![fault(ProblemCode::Limit, "facts", message)]));
        }
        let (mut changes, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (index, edit) in edits.into_iter().enumerate() {
            let fact = edit.fact.strip_prefix("project.").unwrap_or(&edit.fact).to_owned();
            let at = |part: &str| format!("facts[{index}].{part}");
            if !seen.insert(fact.clone()) {
                let message =
                    Localized::new(format!("事实 `{fact}` 给出了两次"), format!("fact `{fact}` is given twice"));
                faults.push(fault(ProblemCode::Duplicate, at("fact"), message));
                continue;
            }
            let before = content.facts.get(&fact).cloned();
            if let Some(barred) = self.barred(before.as_ref(), &at("fact")) {
                faults.push(barred);
                continue;
            }
            let Some(value) = edit.value else {
                if content.facts.remove(&fact).is_some() {
                    changes.push(Change::Fact { fact, before, after: None });
                } else if self.library.vocabulary.find(&format!("project.{fact}")).is_none() {
                    faults.push(fault(ProblemCode::UnknownKey, at("fact"), unknown(&fact)));
                }
                continue;
            };
            let wrong = self.wrong(&fact, &value, &at);
            if !wrong.is_empty() {
                faults.extend(wrong);
                continue;
            }
            let evidence = match edit.evidence {
                Patch::Unchanged => before.as_ref().filter(|before| before.value == value).and_then(|it| it.evidence),
                Patch::Removed => None,
                Patch::Set(evidence) if self.evidence.contains(&evidence) => Some(evidence),
                Patch::Set(_) => {
                    let message = Localized::new(
                        "没有此证明材料；须为本单位已上传的、用于证明事实的文件",
                        "there is no such file; it has to be one for facts that your institution has uploaded",
                    );
                    faults.push(UserError { code: UserErrorCode::NotFound, field: at("evidence"), message });
                    continue;
                }
            };
            let was_confidential = before.as_ref().is_some_and(|before| before.confidential);
            let confidential = edit.confidential.unwrap_or(was_confidential);
            // What an institution keeps to itself stays its own when the lead of its side corrects it, as long as it is there.
            let kept = before.as_ref().filter(|before| {
                before.confidential && before.side == self.side && self.hidden.is_present(before.profile)
            });
            let profile = kept.map_or(self.profile, |before| before.profile);
            if profile != self.profile && !confidential {
                let name = self.names.get(&profile).cloned().unwrap_or_default();
                let message = Localized::new(
                    format!("该事实由“{}”保密填写；只有该单位可以解除保密", name.zh),
                    format!("{} entered this fact as confidential; only it can make it known", name.en),
                );
                faults.push(UserError { code: UserErrorCode::Taken, field: at("confidential"), message });
                continue;
            }
            // Whoever does not see a value learns nothing by entering the same.
            let is_same = before.as_ref().is_some_and(|before| {
                before.value == value
                    && before.confidential == confidential
                    && before.evidence == evidence
                    && before.profile == profile
                    && !self.hidden.entry(before)
            });
            if is_same {
                continue;
            }
            let (account, at, side) = (self.account, self.now, self.side);
            let entry = Entry { value, confidential, profile, side, account, at, evidence };
            content.facts.insert(fact.clone(), entry.clone());
            changes.push(Change::Fact { fact, before, after: Some(entry) });
        }
        if faults.is_empty() { Ok(changes) } else { Err(Refusal::Invalid(faults)) }
    }

    /// What is wrong with the value of a fact, in the words of the reader of facts.
    fn wrong(&self, fact: &str, value: &Stated, at: &impl Fn(&str) -> String) -> Vec<UserError> {
        let is_long = match value {
            Stated::Bool(_) => false,
            Stated::Text(text) => text.chars().count() > STATED_AT_MOST,
            Stated::List(items) => {
                items.len() > ITEMS_AT_MOST || items.iter().any(|item| item.chars().count() > LINE_AT_MOST)
            }
        };
        if is_long {
            let message = Localized::new(
                format!("文字最多 {STATED_AT_MOST} 个字符，列表最多 {ITEMS_AT_MOST} 项、每项 {LINE_AT_MOST} 个字符"),
                format!(
                    "a text has at most {STATED_AT_MOST} characters, a list {ITEMS_AT_MOST} items of {LINE_AT_MOST} characters"
                ),
            );
            return vec![fault(ProblemCode::Limit, at("value"), message)];
        }
        match read(self.library, self.direction, fact, value) {
            Ok(_) => Vec::new(),
            Err(problems) if problems.is_empty() => vec![fault(ProblemCode::UnknownKey, at("fact"), unknown(fact))],
            Err(problems) => {
                let part = |code| if code == ProblemCode::UnknownKey { "fact" } else { "value" };
                problems
                    .into_iter()
                    .map(|problem| fault(problem.code, at(part(problem.code)), problem.message))
                    .collect()
            }
        }
    }
}

fn unknown(fact: &str) -> Localized {
    Localized::new(format!("项目没有名为 `{fact}` 的事实"), format!("no fact of a project is called `{fact}`"))
}

/// The files for facts among some that were named, of institutions that the actor acts for.
async fn evidence_of(
    transaction: &sea_orm::DatabaseTransaction,
    acting: impl Iterator<Item = ProfileId>,
    facts: &[FactEdit],
) -> Result<BTreeSet<EvidenceId>, Refusal> {
    let named = facts.iter().filter_map(|fact| match fact.evidence {
        Patch::Set(evidence) => Some(evidence.0),
        Patch::Unchanged | Patch::Removed => None,
    });
    let files = evidences::Entity::find()
        .filter(evidences::Column::Id.is_in(named))
        .filter(evidences::Column::ProfileId.is_in(acting.map(|profile| profile.0)))
        .filter(evidences::Column::State.eq(evidences::State::Stored))
        .filter(evidences::Column::Purpose.eq(evidences::Purpose::Fact))
        .all(transaction)
        .await?;
    Ok(files.into_iter().map(|file| EvidenceId(file.id)).collect())
}

/// Opens a consortium for a direction; the institution leads the side that it takes.
///
/// # Errors
/// What is wrong with the name or the facts; a profile that is not listed; what the actor lacks, or whatever the database says.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    side: Side,
    direction: DirectionId,
    name: &str,
    facts: Vec<FactEdit>,
) -> Result<ConsortiumId, Refusal> {
    let name = text("name", name, LINE_AT_MOST, true).map_err(|error| Refusal::Invalid(vec![error]))?;
    let library = platform.directory().library();
    let (Some(guide), Some(found)) = (library.guide_of(direction), library.direction(direction)) else {
        return Err(Refusal::not_found("direction"));
    };
    let transaction = platform.write().await?;
    match profiles::find(&transaction, actor, profile, Action::OpenConsortium).await {
        Err(Refusal::NotFound) => return Err(Refusal::not_found("profile")),
        other => other?,
    };
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let listed = members::listed(&transaction, profile, "profile").await?;
    let now = clock::now();
    not_too_many(&transaction, profile, account, now).await?;
    let row = consortium::Model {
        id: clock::new_id(),
        guide: guide.id.clone(),
        direction: found.id.clone(),
        name,
        status: consortium::Status::Open,
        version: 1,
        created_by: account.0,
        created_at: now,
        changed_at: now,
    };
    let seat = work::keyed(consortium_member::Model {
        id: clock::new_id(),
        consortium_id: row.id,
        profile_id: profile.0,
        side,
        is_lead: true,
        status: Seated::Accepted,
        message: None,
        reason: None,
        open_key: None,
        lead_key: None,
        invited_by: account.0,
        invited_at: now,
        expires_at: now,
        answered_at: Some(now),
        ended_at: None,
        profile_change: Some(listed.change),
    });
    let author = Author {
        library,
        direction,
        account,
        profile,
        side,
        leads: true,
        hidden: Hidden::default(),
        names: BTreeMap::new(),
        evidence: evidence_of(&transaction, std::iter::once(profile), &facts).await?,
        now,
    };
    let mut content = Content::default();
    let mut changes = vec![Change::Opened];
    changes.extend(author.enter(&mut content, facts)?);
    let id = ConsortiumId(row.id);
    consortium::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&transaction)
        .await?;
    // The history before what refers to the profile: in the order in which a change of a profile locks them.
    let details = json!({ "guide": row.guide, "direction": row.direction, "side": side_word(side) });
    work::record(&transaction, actor, id, audit::Action::ConsortiumOpened, details).await?;
    consortium_member::Entity::insert(seat.clone().into_active_model().reset_all())
        .exec_without_returning(&transaction)
        .await?;
    work::insert(&transaction, &row, std::slice::from_ref(&seat), content, &changes, actor, Some(profile)).await?;
    let loaded: Loaded = load(&transaction, id).await?;
    reports::store_keys(platform, &transaction, &loaded).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(id)
}

/// Changes what is planned. Leads of either side enter any fact that is not hidden to them, other members what nobody has entered or
/// they have themselves. Nothing is saved unless all of it can be.
///
/// # Errors
/// `CONFLICT` for what was made of an older version; everything that is wrong with the facts; what the actor lacks, or whatever the
/// database says.
pub async fn edit(platform: &Platform, actor: &Actor, id: ConsortiumId, edit: Edit) -> Result<ConsortiumId, Refusal> {
    let mut work = Work::begin_open(platform, actor, id, Action::WorkInConsortium, edit.profile).await?;
    work.expect(edit.version).await?;
    let (Some(profile), Some(account)) = (work.profile, actor.account()) else { return Err(Refusal::NotFound) };
    let side = work.standing.member(profile).map(|seat| seat.side).ok_or(Refusal::NotFound)?;
    let may_edit = work.standing.acting_for(actor, Action::EditConsortium, Some(profile));
    if edit.name.is_some() || edit.as_of != Patch::Unchanged {
        may_edit.as_ref().map_err(|_| Refusal::Forbidden(crate::policy::needed(Action::EditConsortium)))?;
    }
    let library = platform.directory().library();
    let direction = library.find_direction(Some(&work.standing.row.guide), &work.standing.row.direction);
    let direction = direction.ok_or_else(|| {
        Refusal::wrong_state("", "该联合体所依据的指南已不再提供", "the call of this consortium is no longer there")
    })?;
    if let Some(name) = &edit.name {
        let after = text("name", name, LINE_AT_MOST, true).map_err(|error| Refusal::Invalid(vec![error]))?;
        if after != work.standing.row.name {
            let before = std::mem::replace(&mut work.standing.row.name, after.clone());
            work.note(Change::Name { before, after });
        }
    }
    let after = match edit.as_of {
        Patch::Unchanged => work.content.as_of,
        Patch::Removed => None,
        Patch::Set(day) => Some(day),
    };
    if after != work.content.as_of {
        let before = std::mem::replace(&mut work.content.as_of, after);
        work.note(Change::AsOf { before, after });
    }
    let authors: BTreeSet<ProfileId> = work.content.facts.values().map(|entry| entry.profile).collect();
    let names = profiles_of(&work.transaction, authors.iter().map(|profile| profile.0)).await?;
    let acting = work.standing.acting.iter().filter(|(_, of, _)| *of >= ConsortiumRole::Member);
    let author = Author {
        library,
        direction,
        account,
        profile,
        side,
        leads: may_edit.is_ok(),
        hidden: hidden_of(&work.content, &work.standing),
        names: names.into_iter().map(|(id, found)| (id, found.content.display_names())).collect(),
        evidence: evidence_of(&work.transaction, acting.map(|(profile, ..)| *profile), &edit.facts).await?,
        now: work.now,
    };
    let changes = author.enter(&mut work.content, edit.facts)?;
    for change in changes {
        work.note(change);
    }
    save(work).await
}

/// Saves what was noted, if anything.
async fn save(work: Work<'_>) -> Result<ConsortiumId, Refusal> {
    if !work.has_changes() {
        return Ok(work.id());
    }
    let version = work.standing.row.version + 1;
    work.record(audit::Action::ConsortiumEdited, json!({ "version": version })).await?;
    work.finish().await
}

/// Changes what a side's own application says, for the lead of that side.
///
/// # Errors
/// `CONFLICT` for what was made of an older version; `WRONG_STATE` for the other side's application; everything that is wrong with
/// it; what the actor lacks, or whatever the database says.
pub async fn edit_file(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    edit: SideFileEdit,
) -> Result<ConsortiumId, Refusal> {
    let mut work = Work::begin_open(platform, actor, id, Action::EditConsortium, None).await?;
    let Some(account) = actor.account() else { return Err(Refusal::NotFound) };
    let lead = work
        .standing
        .seats
        .iter()
        .find(|seat| seat.is_lead && seat.side == edit.side && seat.status == Seated::Accepted);
    let acting = lead.and_then(|lead| {
        let profile = ProfileId(lead.profile_id);
        work.standing.acting_for(actor, Action::EditConsortium, Some(profile)).ok()
    });
    let profile = acting.ok_or_else(|| {
        Refusal::wrong_state(
            "side",
            "各方的申报书由本方牵头单位填写",
            "what a side's application says is entered by the lead of that side",
        )
    })?;
    work.expect(edit.version).await?;
    work.profile = Some(profile);
    let side = edit.side;
    let empty = SideFile {
        title: None,
        title_en: None,
        participants: None,
        chinese_leader: None,
        partner_leader: None,
        begins_on: None,
        months: None,
        profile,
        account,
        at: work.now,
    };
    let known = work.content.file(side).cloned();
    let before = known.clone().unwrap_or(empty);
    let mut faults = Vec::new();
    let mut note = |result: Result<String, UserError>| result.map_err(|fault| faults.push(fault)).ok();
    let title = patched(before.title.clone(), edit.title, |title| note(text("title", &title, LINE_AT_MOST, true)));
    let title_en =
        patched(before.title_en.clone(), edit.title_en, |title| note(text("titleEn", &title, LINE_AT_MOST, true)));
    let participants = patched(before.participants.clone(), edit.participants, |names| {
        let names = names.iter().enumerate();
        Some(
            names
                .filter_map(|(at, name)| note(text(&format!("participants[{at}]"), name, LINE_AT_MOST, true)))
                .collect(),
        )
    });
    if participants.as_ref().is_some_and(|names: &Vec<String>| names.len() > ITEMS_AT_MOST) {
        let message =
            Localized::new(format!("最多 {ITEMS_AT_MOST} 个单位"), format!("at most {ITEMS_AT_MOST} institutions"));
        faults.push(fault(ProblemCode::Limit, "participants", message));
    }
    let mut leader_of = |field: &str, before: &Option<Leader>, leading: Patch<(String, Option<String>)>| {
        patched(before.clone(), leading, |(name, orcid)| leader(field, &name, orcid.as_deref(), &mut faults))
    };
    let chinese_leader = leader_of("chineseLeader", &before.chinese_leader, edit.chinese_leader);
    let partner_leader = leader_of("partnerLeader", &before.partner_leader, edit.partner_leader);
    let begins_on = patched(before.begins_on, edit.begins_on, Some);
    let months = patched(before.months, edit.months, Some);
    if months.is_some_and(|months| !(1..=MONTHS_AT_MOST).contains(&months)) {
        let message = Localized::new(
            format!("应为 1～{MONTHS_AT_MOST} 个月"),
            format!("a project takes 1 to {MONTHS_AT_MOST} months"),
        );
        faults.push(fault(ProblemCode::InvalidValue, "months", message));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let after =
        SideFile { title, title_en, participants, chinese_leader, partner_leader, begins_on, months, ..before.clone() };
    if after != before {
        let after = SideFile { profile, account, at: work.now, ..after };
        work.note(Change::File { side, before: known.map(Box::new), after: Some(Box::new(after.clone())) });
        match side {
            Side::Chinese => work.content.chinese_file = Some(after),
            Side::Partner => work.content.partner_file = Some(after),
        }
    }
    save(work).await
}

fn patched<I, T>(before: Option<T>, patch: Patch<I>, read: impl FnOnce(I) -> Option<T>) -> Option<T> {
    match patch {
        Patch::Unchanged => before,
        Patch::Removed => None,
        Patch::Set(value) => read(value),
    }
}

fn leader(field: &str, name: &str, orcid: Option<&str>, faults: &mut Vec<UserError>) -> Option<Leader> {
    let name = text(&format!("{field}.name"), name, LINE_AT_MOST, true).map_err(|fault| faults.push(fault)).ok();
    let orcid = match orcid.map(|orcid| Identifier::parse(Scheme::Orcid, orcid)) {
        Some(Err(message)) => {
            faults.push(fault(ProblemCode::InvalidValue, format!("{field}.orcid"), message));
            None
        }
        other => other.and_then(Result::ok),
    };
    Some(Leader { name: name?, orcid })
}

/// Refuses consortia that nobody could be planning all at once.
async fn not_too_many(
    transaction: &DatabaseTransaction,
    profile: ProfileId,
    account: AccountId,
    now: i64,
) -> Result<(), Refusal> {
    let lately = consortium::Entity::find()
        .filter(consortium::Column::CreatedBy.eq(account.0))
        .filter(consortium::Column::CreatedAt.gt(now - DAY))
        .order_by_desc(consortium::Column::CreatedAt)
        .offset(OPENED_IN_A_DAY - 1)
        .one(transaction)
        .await?;
    if let Some(earliest) = lately {
        let seconds = (earliest.created_at + DAY - now).max(0) / 1_000 + 1;
        return Err(Refusal::Throttled { seconds: u64::try_from(seconds).unwrap_or_default() });
    }
    let leading = consortium_member::Entity::find()
        .inner_join(consortium::Entity)
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Accepted))
        .filter(consortium_member::Column::IsLead.eq(true))
        .filter(consortium::Column::Status.eq(consortium::Status::Open))
        .count(transaction)
        .await?;
    if leading >= LED_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            "profile",
            format!("每家单位同时最多牵头 {LED_AT_MOST} 个筹建中的联合体；请先归档一些"),
            format!("an institution leads at most {LED_AT_MOST} open consortia; put some away first"),
        ));
    }
    Ok(())
}

/// Puts a consortium away. Whoever is invited no longer is.
///
/// # Errors
/// `WRONG_STATE` for one that is put away already; what the actor lacks, or whatever the database says.
pub async fn archive(platform: &Platform, actor: &Actor, id: ConsortiumId) -> Result<ConsortiumId, Refusal> {
    let mut work = Work::begin_open(platform, actor, id, Action::ManageConsortium, None).await?;
    work.standing.row.status = consortium::Status::Archived;
    let sequence = work.record(audit::Action::ConsortiumArchived, json!({ "status": "ARCHIVED" })).await?;
    members::revoke_all(&mut work, sequence).await?;
    let everybody = work.members(None).await?;
    work.tell(&everybody, notices::Kind::ConsortiumArchived, sequence, None, None).await?;
    work.finish().await
}

/// Takes a consortium up again.
///
/// # Errors
/// `WRONG_STATE` for one that was not put away; what the actor lacks, or whatever the database says.
pub async fn reopen(platform: &Platform, actor: &Actor, id: ConsortiumId) -> Result<ConsortiumId, Refusal> {
    let mut work = Work::begin(platform, actor, id, Action::ManageConsortium, None).await?;
    if work.standing.row.status == consortium::Status::Open {
        return Err(Refusal::wrong_state("consortium", "联合体未归档", "the consortium was not put away"));
    }
    work.standing.row.status = consortium::Status::Open;
    work.record(audit::Action::ConsortiumArchived, json!({ "status": "OPEN" })).await?;
    // Profiles may have moved meanwhile: what others have in common with it is what they say now.
    let loaded = load(&work.transaction, id).await?;
    reports::store_keys(platform, &work.transaction, &loaded).await?;
    work.finish().await
}

/// The file that proves a fact of the project, for those to whom the fact is not hidden.
///
/// # Errors
/// `NotFound` also for what is hidden, what the actor lacks, or whatever the database says.
pub async fn evidence(platform: &Platform, actor: &Actor, id: ConsortiumId, fact: &str) -> Result<Stored, Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, id, Action::ReadConsortium).await?;
    let content = super::content_of(connection, id, standing.row.version).await?;
    let entry = content.facts.get(fact.strip_prefix("project.").unwrap_or(fact)).ok_or(Refusal::NotFound)?;
    if hidden_of(&content, &standing).entry(entry) {
        return Err(Refusal::NotFound);
    }
    // Whoever sees the fact sees what proves it.
    evidence::find(platform, &Actor::System, entry.evidence.ok_or(Refusal::NotFound)?).await
}
