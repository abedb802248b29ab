//! Who is there when the demo starts, and what they have done until then: all of it as anybody does it, through the use cases, so
//! that the history tells of it.

use std::collections::BTreeMap;

use eligibility::{Lang, Localized};
use futures_util::stream;
use profile::edit::{Edit, FactEdit, IdentifierEdit, NameEdit, Patch};
use profile::{Contact, NameKind, ProfileId, Scheme, Stated};
use service::accounts::{self, SignIn, SignUp, admin};
use service::consortia::{self, Side};
use service::evidence::{self, Purpose};
use service::profiles::{self, Case, Created, Criterion, Decision, DecisionKind, NewProfile, QueueFilter, Reason};
use service::{Actor, ConsortiumId, Error, EvidenceId, GlobalRole, Platform, Refusal};
use totp_rs::{Builder, Secret, Totp};

use super::document::pdf;

/// Where the people of the demo come from, as far as the limits of sign-ins are concerned: from no address of a visitor.
const FROM: &str = "demo";
/// Seconds that a code of a second factor lasts.
const STEP: u64 = 30;

/// Somebody whose account a visitor of the demo may use.
pub(super) struct Person {
    /// What the person is in the demo.
    pub(super) part: Localized,
    pub(super) email: &'static str,
    pub(super) password: String,
    pub(super) second_factor: Option<SecondFactor>,
}

/// A second factor that is set up.
pub(super) struct SecondFactor {
    /// As authenticator apps take it, in base 32.
    pub(super) secret: String,
    codes: Totp,
}

impl SecondFactor {
    /// The code that an authenticator shows now.
    pub(super) fn code(&self) -> String {
        self.codes.generate(seconds()).to_string()
    }
}

fn seconds() -> u64 {
    u64::try_from(service::now() / 1_000).unwrap_or_default()
}

/// Has everybody come in and do what they do; returns those that visitors may be, and the consortium that is planned.
pub(super) async fn assemble(platform: &Platform, lang: Lang) -> Result<(Vec<Person>, ConsortiumId), Refusal> {
    let mut administrator = Player::enter(
        platform,
        "administrator@lianhe.example",
        ("管理员", "Administrator"),
        lang,
        GlobalRole::Administrator,
    )
    .await?;
    administrator.set_up_second_factor().await?;
    let mut moderator =
        Player::enter(platform, "moderator@lianhe.example", ("审核员", "Moderator"), lang, GlobalRole::Moderator)
            .await?;
    moderator.set_up_second_factor().await?;
    let reviewers = Reviewers { administrator, moderator };

    let institution = published_and_verified(platform, &reviewers).await?;
    let partner = completed_by_partner(platform).await?;
    let consortium = planned_together(platform, &institution, &partner).await?;
    new_and_fine(platform, &reviewers).await?;
    new_with_the_code_of_another_kind(platform).await?;
    another_registration_date(platform).await?;
    registered_in_the_future(platform).await?;
    contact_in_text(platform).await?;
    same_name(platform).await?;
    claimed_from_elsewhere(platform, &reviewers).await?;
    appealed(platform, &reviewers).await?;

    let Reviewers { administrator, moderator } = reviewers;
    let people = [
        (institution, ("单位（清华大学资料的所有者）", "institution (owner of the profile of Tsinghua University)")),
        (
            partner,
            (
                "合作方（河内百科大学资料的所有者）",
                "partner (owner of the profile of Hanoi University of Science and Technology)",
            ),
        ),
        (moderator, ("审核员", "moderator")),
        (administrator, ("管理员", "administrator")),
    ];
    let mut visible = Vec::new();
    for (player, (zh, en)) in people {
        visible.push(player.leave(Localized::new(zh, en)).await?);
    }
    Ok((visible, consortium))
}

/// Those who decide.
struct Reviewers<'a> {
    administrator: Player<'a>,
    moderator: Player<'a>,
}

/// The institution takes over its profile at once, completes it and has it published; a fact of it is verified.
async fn published_and_verified<'a>(platform: &'a Platform, reviewers: &Reviewers<'a>) -> Result<Player<'a>, Refusal> {
    let office = ("清华大学科研院", "Tsinghua University Research Office");
    let owner = Player::join(platform, "research@tsinghua.edu.cn", office, Lang::Zh).await?;
    let id = owner.claim_by_domain("tsinghua.edu.cn").await?;
    let edit = Edit {
        facts: vec![fact("registered_on", "1911-04-29")],
        seeks: Patch::Set(
            "海外高校和科研院所，开展政府间联合研究；优先考虑清洁能源、环境治理和可信人工智能方向。\n\
             Universities and institutes abroad for intergovernmental projects, first of all in clean energy, environment and \
             trustworthy AI."
                .to_owned(),
        ),
        contact: contact("科研院国际合作办公室", "research@tsinghua.edu.cn"),
        ..Edit::default()
    };
    owner.send(id, edit, "补充注册日期和合作需求，请审核。").await?;
    let scores = [
        (Criterion::Completeness, 5),
        (Criterion::Consistency, 5),
        (Criterion::Identity, 5),
        (Criterion::Evidence, 4),
        (Criterion::Usefulness, 5),
    ];
    let decision = Decision {
        kind: DecisionKind::Approved,
        reasons: Vec::new(),
        message: Some("资料完整，已发布。请上传注册日期的证明材料，以便核实。".to_owned()),
        scores: BTreeMap::from(scores),
    };
    reviewers.decide(id, &decision).await?;
    let document = pdf(&[
        "DEMONSTRATION - NOT A REAL DOCUMENT",
        "",
        "Certificate of Legal Person of a Public Institution (specimen)",
        "",
        "Name: Tsinghua University",
        "Unified social credit code: 12100000400000624D",
        "Founded on: 29 April 1911",
    ]);
    let file = owner.put_on_file(id, Purpose::Fact, "legal-person-certificate.pdf", document).await?;
    let reviewer = &reviewers.administrator;
    let revision = profiles::managed(platform, &reviewer.actor, id).await?.revision;
    profiles::verify(platform, &reviewer.actor, id, revision, "registered_on", file, None).await?;
    Ok(owner)
}

/// The partner has taken over its profile; what it adds waits for review.
async fn completed_by_partner(platform: &Platform) -> Result<Player<'_>, Refusal> {
    let office = ("河内百科大学科研处", "HUST Research Office");
    let owner = Player::join(platform, "research@hust.edu.vn", office, Lang::En).await?;
    let id = owner.claim_by_domain("hust.edu.vn").await?;
    let edit = Edit {
        facts: vec![fact("registered_on", "1956-03-06")],
        offers: Patch::Set(
            "Engineering laboratories, a network of local manufacturers, and a 200 kW rooftop test field for photovoltaics in \
             Hanoi.\n工程实验室、本地制造企业网络，以及位于河内的 200 千瓦屋顶光伏试验场。"
                .to_owned(),
        ),
        seeks: Patch::Set(
            "Partners in China, and in a further ASEAN member state, for solar energy in industry.\n\
             寻求中国及另一东盟成员国的单位，合作开展工业太阳能应用研究。"
                .to_owned(),
        ),
        contact: contact("Research Office", "research@hust.edu.vn"),
        ..Edit::default()
    };
    owner.send(id, edit, "We complete our profile for the China-ASEAN direction.").await?;
    Ok(owner)
}

/// The institution plans a project with the partner; one from another ASEAN state is missing still.
async fn planned_together(
    platform: &Platform,
    institution: &Player<'_>,
    partner: &Player<'_>,
) -> Result<ConsortiumId, Refusal> {
    let direction = platform.directory().library().find_direction(None, "cn-asean").ok_or(Refusal::NotFound)?;
    let stated = |fact: &str, value: &str| consortia::FactEdit {
        fact: fact.to_owned(),
        value: Some(Stated::Text(value.to_owned())),
        confidential: None,
        evidence: Patch::Unchanged,
    };
    let facts = vec![stated("topic", "clean-energy"), stated("duration_months", "36")];
    let own = of_domain(platform, "tsinghua.edu.cn")?;
    let name = "工业太阳能联合研究 / Solar energy in industry";
    let actor = &institution.actor;
    let id = consortia::create(platform, actor, own, Side::Chinese, direction, name, facts).await?;
    let other = of_domain(platform, "hust.edu.vn")?;
    let message = "诚邀贵校牵头合作方。 We invite you to lead the partner side.".to_owned();
    consortia::invite(platform, actor, id, other, Side::Partner, true, Some(message)).await?;
    for invitation in consortia::invitations(platform, &partner.actor, other).await? {
        consortia::answer(platform, &partner.actor, invitation.id, true, None).await?;
    }
    Ok(id)
}

/// A new profile with nothing to object to, and little time.
async fn new_and_fine<'a>(platform: &'a Platform, reviewers: &Reviewers<'a>) -> Result<(), Refusal> {
    let name = ("青海高原光伏实证研究院", "Qinghai Plateau Photovoltaics Institute");
    let owner = Player::join(platform, "office@qhpv.example", name, Lang::Zh).await?;
    let edit = Edit {
        identifiers: credit_code("12630000MB0DEMA102"),
        facts: vec![
            fact("country", "CN"),
            fact("subdivision", "CN-QH"),
            fact("kind", "RESEARCH_INSTITUTE"),
            fact("registered_on", "2016-05-18"),
            is_legal_person(),
        ],
        city: Patch::Set("Xining".to_owned()),
        fields: Patch::Set(vec!["2.2".to_owned()]),
        keywords: Patch::Set(vec!["光伏".to_owned(), "photovoltaic".to_owned(), "高原气候".to_owned()]),
        website: Patch::Set("https://www.qhpv.example".to_owned()),
        offers: Patch::Set(
            "海拔 3000 米的户外光伏实证场，十年气象与发电数据。\n\
             An outdoor test field for photovoltaics at 3000 m, with ten years of weather and yield data."
                .to_owned(),
        ),
        seeks: Patch::Set("东盟国家的太阳能研究单位。\nInstitutes for solar energy in ASEAN member states.".to_owned()),
        contact: contact("合作发展部", "office@qhpv.example"),
        ..named(name)
    };
    let id = owner.make(edit, false).await?;
    owner.submit(id, "拟参加中国—东盟方向的联合体，申报截止在即，恳请优先审核。").await?;
    let case = reviewers.case_of(id).await?;
    profiles::prioritise(platform, &reviewers.administrator.actor, case.id, 2).await?;
    owner.sign_out().await
}

/// An enterprise that gives the credit code of a public institution.
async fn new_with_the_code_of_another_kind(platform: &Platform) -> Result<(), Refusal> {
    let name = ("沈阳云岭智能装备有限公司", "Shenyang Yunling Intelligent Equipment");
    let owner = Player::join(platform, "rd@yunling-equipment.example", name, Lang::Zh).await?;
    let edit = Edit {
        identifiers: credit_code("12210100MB0DEMC21K"),
        facts: vec![
            fact("country", "CN"),
            fact("subdivision", "CN-LN"),
            fact("kind", "ENTERPRISE"),
            fact("registered_on", "2019-08-06"),
            is_legal_person(),
        ],
        city: Patch::Set("Shenyang".to_owned()),
        fields: Patch::Set(vec!["2.3".to_owned()]),
        keywords: Patch::Set(vec!["机器人".to_owned(), "robotics".to_owned()]),
        offers: Patch::Set("装配机器人的试制与测试。\nPrototypes and tests of assembly robots.".to_owned()),
        contact: contact("研发中心", "rd@yunling-equipment.example"),
        ..named(name)
    };
    let id = owner.make(edit, false).await?;
    owner.submit(id, "新建资料，请审核。").await?;
    owner.sign_out().await
}

/// A published profile whose owner corrects what the registry says of its age.
async fn another_registration_date(platform: &Platform) -> Result<(), Refusal> {
    let office = ("西北农林科技大学国际合作处", "Northwest A&F University International Office");
    let owner = Player::join(platform, "international@nwafu.edu.cn", office, Lang::Zh).await?;
    let id = owner.claim_by_domain("nwafu.edu.cn").await?;
    let edit = Edit {
        facts: vec![fact("registered_on", "1999-09-11")],
        contact: contact("国际合作处", "international@nwafu.edu.cn"),
        ..Edit::default()
    };
    let statement =
        "我校于 1999 年 9 月由七所科教单位合并组建，法人登记以此为准；原填 1934 年为前身创建年份，请予更正。";
    owner.send(id, edit, statement).await?;
    owner.sign_out().await
}

/// A typing error: a year that is yet to come.
async fn registered_in_the_future(platform: &Platform) -> Result<(), Refusal> {
    let office = ("柬埔寨理工学院国际处", "ITC International Relations");
    let owner = Player::join(platform, "international@itc.edu.kh", office, Lang::En).await?;
    let id = owner.claim_by_domain("itc.edu.kh").await?;
    let edit = Edit {
        facts: vec![fact("registered_on", "2064")],
        keywords: Patch::Set(
            ["水处理", "water treatment", "电力", "electric power", "太阳能", "solar energy"]
                .map(str::to_owned)
                .to_vec(),
        ),
        contact: contact("International Relations", "international@itc.edu.kh"),
        ..Edit::default()
    };
    owner.send(id, edit, "We add solar energy to our keywords and confirm the year of foundation.").await?;
    owner.sign_out().await
}

/// Ways to reach people, where everybody reads them.
async fn contact_in_text(platform: &Platform) -> Result<(), Refusal> {
    let office = ("开罗大学国际处", "Cairo University International Office");
    let owner = Player::join(platform, "international@cu.edu.eg", office, Lang::En).await?;
    let id = owner.claim_by_domain("cu.edu.eg").await?;
    let edit = Edit {
        offers: Patch::Set(
            "Teaching hospitals, experimental farms and a herbarium. For a quick answer write to projects@cu.edu.eg or \
             WhatsApp: +20 2 5555 0100.\n教学医院、试验农场和植物标本馆。"
                .to_owned(),
        ),
        ..Edit::default()
    };
    owner.send(id, edit, "We would like partners to find our facilities.").await?;
    owner.sign_out().await
}

/// A new profile under the name of an institution that is listed.
async fn same_name(platform: &Platform) -> Result<(), Refusal> {
    let laboratory = ("储能实验室", "Energy Storage Laboratory");
    let owner = Player::join(platform, "storage.lab@mail.example", laboratory, Lang::Zh).await?;
    let edit = Edit {
        facts: vec![
            fact("country", "CN"),
            fact("subdivision", "CN-SN"),
            fact("kind", "UNIVERSITY"),
            fact("registered_on", "1896"),
        ],
        city: Patch::Set("Xi'an".to_owned()),
        fields: Patch::Set(vec!["2.2".to_owned()]),
        keywords: Patch::Set(vec!["储能".to_owned(), "energy storage".to_owned()]),
        ..named(("西安交通大学", "Xi'an Jiaotong University"))
    };
    let id = owner.make(edit, true).await?;
    owner.submit(id, "我们是西安交通大学的一个实验室，学校资料由他人维护，希望以学校名义单独建立资料。").await?;
    owner.sign_out().await
}

/// Somebody whose address is not of the institution asks to become its owner, with a letter.
async fn claimed_from_elsewhere<'a>(platform: &'a Platform, reviewers: &Reviewers<'a>) -> Result<(), Refusal> {
    let name = ("东盟科研服务公司", "ASEAN Research Services");
    let claimant = Player::join(platform, "grants@asean-research.example", name, Lang::En).await?;
    let id = of_domain(platform, "mahidol.ac.th")?;
    let letter = pdf(&[
        "DEMONSTRATION - NOT A REAL DOCUMENT",
        "",
        "Letter of authorisation",
        "",
        "The Research Division of Mahidol University authorises ASEAN Research Services",
        "to keep the university's profile in the Lianhe directory until 31 December 2027.",
        "",
        "For the Research Division: (signature)",
    ]);
    let file = claimant.put_on_file(id, Purpose::Claim, "authorisation.pdf", letter).await?;
    let statement = "We prepare applications for Mahidol University under a service contract and were asked to keep its profile up \
                     to date. The letter of authorisation is attached; the university's Research Division can confirm it.";
    profiles::claim(platform, &claimant.actor, id, Some(statement.to_owned()), &[file]).await?;
    let case = reviewers.case_of(id).await?;
    profiles::assign(platform, &reviewers.moderator.actor, case.id, true).await?;
    claimant.sign_out().await
}

/// A new profile that was sent back; its owner does not agree.
async fn appealed<'a>(platform: &'a Platform, reviewers: &Reviewers<'a>) -> Result<(), Refusal> {
    let name = ("湄公河清洁能源协会", "Mekong Clean Energy Association");
    let owner = Player::join(platform, "secretariat@mekong-energy.example", name, Lang::En).await?;
    let edit = Edit {
        facts: vec![
            fact("country", "TH"),
            fact("subdivision", "TH-50"),
            fact("kind", "NON_PROFIT"),
            fact("registered_on", "2012-03-01"),
            is_legal_person(),
        ],
        city: Patch::Set("Chiang Mai".to_owned()),
        fields: Patch::Set(vec!["2.2".to_owned()]),
        keywords: Patch::Set(vec!["生物质能".to_owned(), "biomass energy".to_owned()]),
        offers: Patch::Set(
            "A network of 60 villages with biogas plants.\n由 60 个村庄沼气站组成的示范网络。".to_owned(),
        ),
        contact: contact("Secretariat", "secretariat@mekong-energy.example"),
        ..named(name)
    };
    let id = owner.make(edit, false).await?;
    owner.submit(id, "A new profile, for the China-ASEAN direction.").await?;
    let decision = Decision {
        kind: DecisionKind::ChangesRequested,
        reasons: vec![Reason::NotAnInstitution],
        message: Some(
            "The directory lists institutions that do research. Please say who does research at the association, or join as a \
             member of an institution that does."
                .to_owned(),
        ),
        scores: BTreeMap::from([(Criterion::Completeness, 3), (Criterion::Identity, 2), (Criterion::Usefulness, 3)]),
    };
    reviewers.decide(id, &decision).await?;
    let statement = "The association has run a laboratory for biogas since 2014, with nine researchers and two joint publications a \
                     year with Chiang Mai University. The call admits non-profit organisations as partners. We ask to have the \
                     decision looked at by somebody else.";
    profiles::appeal(platform, &owner.actor, id, statement).await?;
    owner.sign_out().await
}

impl Reviewers<'_> {
    /// The case about a profile that waits for a decision.
    async fn case_of(&self, id: ProfileId) -> Result<Case, Refusal> {
        let Player { platform, actor, .. } = &self.administrator;
        let filter = QueueFilter { profile: Some(id), ..QueueFilter::default() };
        let queue = profiles::queue(platform, actor, &filter, None, 1).await?;
        queue.cases.into_iter().next().ok_or(Refusal::NotFound)
    }

    /// Decides it. The administrator does, so that what is left is for the moderator, appeals included.
    async fn decide(&self, id: ProfileId, decision: &Decision) -> Result<(), Refusal> {
        let case = self.case_of(id).await?;
        let Player { platform, actor, .. } = &self.administrator;
        profiles::decide(platform, actor, case.id, case.newest_revision, decision).await?;
        Ok(())
    }
}

/// Somebody who has signed in.
struct Player<'a> {
    platform: &'a Platform,
    email: &'static str,
    password: String,
    actor: Actor,
    refresh_token: String,
    second_factor: Option<SecondFactor>,
}

impl<'a> Player<'a> {
    /// Makes an account without a global role.
    async fn join(
        platform: &'a Platform,
        email: &'static str,
        name: (&str, &str),
        lang: Lang,
    ) -> Result<Self, Refusal> {
        Self::enter(platform, email, name, lang, GlobalRole::None).await
    }

    /// Makes an account with a password that nobody knows yet, and signs in.
    async fn enter(
        platform: &'a Platform,
        email: &'static str,
        name: (&str, &str),
        lang: Lang,
        role: GlobalRole,
    ) -> Result<Self, Refusal> {
        let password = accounts::random_password();
        let name = Localized::new(name.0, name.1).text(lang).to_owned();
        admin::create(platform, SignUp { email: email.to_owned(), password: password.clone(), name, lang }, role)
            .await?;
        let sign_in = SignIn { email: email.to_owned(), password: password.clone(), code: None };
        let session = accounts::sign_in(platform, sign_in, FROM).await?;
        let actor = acting(platform, &session.access_token)?;
        Ok(Self { platform, email, password, actor, refresh_token: session.refresh_token, second_factor: None })
    }

    /// Sets up a second factor. The code before the current one does it, so that a visitor can use the current one.
    async fn set_up_second_factor(&mut self) -> Result<(), Refusal> {
        let new = accounts::begin_second_factor(self.platform, &self.actor, &self.password).await?;
        let unreadable = || Error::Cryptography("the secret of a second factor");
        let secret = Secret::try_from_base32(&new.secret).map_err(|_| unreadable())?;
        let codes = Builder::new().with_secret(secret).build().map_err(|_| unreadable())?;
        let code = codes.generate(seconds().saturating_sub(STEP)).to_string();
        accounts::confirm_second_factor(self.platform, &self.actor, &code).await?;
        let session = accounts::refresh(self.platform, &self.refresh_token).await?;
        self.actor = acting(self.platform, &session.access_token)?;
        self.refresh_token = session.refresh_token;
        self.second_factor = Some(SecondFactor { secret: new.secret, codes });
        Ok(())
    }

    /// Takes over the profile of one's own domain.
    async fn claim_by_domain(&self, domain: &str) -> Result<ProfileId, Refusal> {
        let id = of_domain(self.platform, domain)?;
        profiles::claim(self.platform, &self.actor, id, None, &[]).await?;
        Ok(id)
    }

    /// Makes a new profile.
    async fn make(&self, edit: Edit, not_a_duplicate: bool) -> Result<ProfileId, Refusal> {
        match profiles::create(self.platform, &self.actor, NewProfile { edit, not_a_duplicate }).await? {
            Created::Draft(id) => Ok(id),
            Created::Duplicates(_) => Err(Refusal::not_found("profile")),
        }
    }

    /// Changes a profile and sends it to review.
    async fn send(&self, id: ProfileId, edit: Edit, statement: &str) -> Result<(), Refusal> {
        let revision = profiles::managed(self.platform, &self.actor, id).await?.revision;
        profiles::edit(self.platform, &self.actor, id, revision, edit).await?;
        self.submit(id, statement).await
    }

    async fn submit(&self, id: ProfileId, statement: &str) -> Result<(), Refusal> {
        let revision = profiles::managed(self.platform, &self.actor, id).await?.revision;
        profiles::submit(self.platform, &self.actor, id, revision, Some(statement.to_owned())).await?;
        Ok(())
    }

    async fn put_on_file(
        &self,
        id: ProfileId,
        purpose: Purpose,
        name: &str,
        content: Vec<u8>,
    ) -> Result<EvidenceId, Refusal> {
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let staged = evidence::stage(self.platform, &self.actor, id, purpose, name, size).await?;
        let stored = evidence::receive(self.platform, staged.evidence, stream::iter([Ok(content.into())])).await?;
        Ok(stored.id)
    }

    async fn sign_out(&self) -> Result<(), Refusal> {
        accounts::sign_out(self.platform, &self.actor).await
    }

    /// Signs out, and leaves the account to visitors.
    async fn leave(self, part: Localized) -> Result<Person, Refusal> {
        self.sign_out().await?;
        let Self { email, password, second_factor, .. } = self;
        Ok(Person { part, email, password, second_factor })
    }
}

/// Who an access token proves to act.
fn acting(platform: &Platform, access_token: &str) -> Result<Actor, Refusal> {
    let verified = accounts::authenticate(platform, access_token).map_err(|_| Refusal::Unauthenticated)?;
    Ok(Actor::SignedIn(verified.signed_in))
}

/// The listed profile of an institution, by a domain of it.
fn of_domain(platform: &Platform, domain: &str) -> Result<ProfileId, Refusal> {
    let found = platform.directory().snapshot().of_domain(domain).map_err(Error::Query)?;
    found.into_iter().next().ok_or(Refusal::NotFound)
}

/// An edit that names a new profile in both languages.
fn named((zh, en): (&str, &str)) -> Edit {
    let label =
        |text: &str, lang: &str| NameEdit { text: text.to_owned(), lang: Some(lang.to_owned()), kind: NameKind::Label };
    Edit { names: Patch::Set(vec![label(zh, "zh"), label(en, "en")]), ..Edit::default() }
}

fn credit_code(text: &str) -> Patch<Vec<IdentifierEdit>> {
    Patch::Set(vec![IdentifierEdit { scheme: Scheme::CreditCode, text: text.to_owned() }])
}

fn fact(name: &str, value: &str) -> FactEdit {
    FactEdit { name: name.to_owned(), value: Some(Stated::Text(value.to_owned())) }
}

fn is_legal_person() -> FactEdit {
    FactEdit { name: "independent_legal_person".to_owned(), value: Some(Stated::Bool(true)) }
}

fn contact(name: &str, email: &str) -> Patch<Contact> {
    Patch::Set(Contact { name: Some(name.to_owned()), email: Some(email.to_owned()), phone: None })
}
