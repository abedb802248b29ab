//! Inputs: the facts of a consortium, typed. They become the same tree of values that a file becomes, so that both are read,
//! and refused, by the same reader with the same messages.

use async_graphql::{Enum, InputObject, InputType, Name, Value};
use eligibility::yaml::{self, Key, Node};

use crate::schema::scalars::{Cny, CountryCode, Date, FactValue, PartialDate, SubdivisionCode};

/// A consortium planned for a direction. What is left out is unknown; known absence is explicit (`false`, `0`, `[]`, `NONE`).
/// 拟为某一方向组建的联合体。未填写的事实视为未知；已知没有的须明确写出（`false`、`0`、`[]`、`NONE`）。
#[derive(InputObject)]
pub(crate) struct CheckConsortiumInput {
    /// The key of the call, such as `2023-second-batch`; the newest that has the direction, if left out.
    /// 指南的键，如 `2023-second-batch`；不填时取含有该方向的最新一份。
    pub(crate) guide: Option<String>,
    /// The direction: its key (`cn-nz`) or clause prefix (`1.1`, `HK1.1`).
    /// 方向：键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。
    pub(crate) direction: String,
    /// The day it is judged for; the call's own day (its deadline), if left out.
    /// 检查所依据的日期；不填时为指南自身日期（申报截止日）。
    pub(crate) as_of: Option<Date>,
    /// Its members, 1 to 50.
    /// 成员，1 至 50 个。
    pub(crate) members: Vec<MemberInput>,
    /// What is known of the project.
    /// 项目的已知事实。
    pub(crate) project: Option<ProjectInput>,
    /// Whether to judge it under the rules around the call as well; they are reported apart.
    /// 是否同时按通用规则检查（结果单独列出）。
    #[graphql(default)]
    pub(crate) common_rules: bool,
}

/// One institution, to be judged by itself.
/// 单独检查的一家单位。
#[derive(InputObject)]
pub(crate) struct CheckInstitutionInput {
    /// What is known of it. Its side and whether it leads are not asked: every role is judged.
    /// 单位的已知事实。不必填写所属方和是否牵头：各角色都会检查。
    pub(crate) institution: InstitutionInput,
    /// The day it is judged for; each call's own day, if left out.
    /// 检查所依据的日期；不填时为各指南自身日期。
    pub(crate) as_of: Option<Date>,
}

/// A member of a consortium.
/// 联合体成员。
#[derive(InputObject)]
pub(crate) struct MemberInput {
    /// Its key within the consortium, such as `c1`: other facts name it by this.
    /// 成员代号，如 `c1`，其他事实以此引用该成员。
    key: String,
    /// Its name.
    /// 名称。
    name: Option<String>,
    /// The side it belongs to.
    /// 所属方。
    side: MemberSide,
    /// Whether it leads its own side (for Mainland–Hong Kong, the partner lead is the Hong Kong main applicant).
    /// 是否为本方牵头单位（内地与香港项目中，合作方牵头单位即香港主要申请机构）。
    lead: Option<bool>,
    /// What else is known of it.
    /// 其他已知事实。
    #[graphql(flatten)]
    facts: InstitutionFacts,
}

/// An institution.
/// 一家单位。
#[derive(InputObject)]
pub(crate) struct InstitutionInput {
    /// Its name.
    /// 名称。
    name: Option<String>,
    /// What else is known of it.
    /// 其他已知事实。
    #[graphql(flatten)]
    facts: InstitutionFacts,
}

/// What an institution is.
#[derive(InputObject)]
pub(crate) struct InstitutionFacts {
    /// Country or region of registration.
    /// 注册国家/地区。
    country: Option<CountryCode>,
    /// Subdivision, where it matters (Belgian regions).
    /// 所在行政区（涉及比利时大区时需要）。
    subdivision: Option<SubdivisionCode>,
    /// Kind of institution.
    /// 单位类型。
    kind: Option<MemberKind>,
    /// Whether the unit itself is an independent legal person.
    /// 单位本身是否为独立法人。
    independent_legal_person: Option<bool>,
    /// Day of legal registration; a year or a month is accepted.
    /// 注册日期，可只填年或年月。
    registered_on: Option<PartialDate>,
    /// Units that founded or co-founded it: member keys or names; `[]` means none of interest.
    /// 创办或参与创办该单位的机构（成员代号或名称）；`[]` 表示没有需要说明的创办单位。
    founded_by: Option<Vec<String>>,
    /// Whether it is an R&D centre or a designated local public research institute of Hong Kong.
    /// 是否为香港特区的研发中心或指定本地公营科研机构。
    hk_status: Option<HongKongStatus>,
    /// Whether it has a record of serious research misconduct (asked for by common rules).
    /// 是否有科研严重失信记录（通用规则用）。
    serious_research_misconduct: Option<bool>,
    /// The person who leads the project at this unit.
    /// 该单位的项目负责人。
    principal_investigator: Option<PrincipalInvestigatorInput>,
    /// Facts that only some calls ask about, by name.
    /// 个别指南所问的其他事实，按名称填写。
    other_facts: Option<Vec<OtherFactInput>>,
}

/// The person who leads the project at a unit.
/// 单位的项目负责人。
#[derive(InputObject)]
pub(crate) struct PrincipalInvestigatorInput {
    /// Staff status at RIKEN.
    /// 在日本理化学研究所（RIKEN）的身份。
    riken_staff: Option<RikenStaff>,
    /// Date of birth (asked for by common rules).
    /// 出生日期（通用规则用）。
    born_on: Option<PartialDate>,
    /// Whether the person has a senior title or a doctorate (asked for by common rules).
    /// 是否具有高级职称或博士学位（通用规则用）。
    senior_title_or_doctorate: Option<bool>,
    /// Months a year given to the project (asked for by common rules).
    /// 每年用于项目的工作月数（通用规则用）。
    months_per_year: Option<i32>,
    /// Whether the person is a civil servant (asked for by common rules).
    /// 是否为公务人员（通用规则用）。
    civil_servant: Option<bool>,
}

/// What is known of a project.
/// 项目的已知事实。
#[derive(InputObject)]
pub(crate) struct ProjectInput {
    /// The Chinese title on the application.
    /// 申报书上的中文项目名称。
    title: Option<String>,
    /// A topic key of the direction, or `OTHER`: known to be outside every listed field.
    /// 本方向的领域键；`OTHER` 表示不属于所列任何领域。
    topic: Option<String>,
    /// Keys of exclusions that the applicant declares to apply; `[]`: declared that none does.
    /// 申报人声明涉及的不支持内容的键；`[]` 表示声明均不涉及。
    topic_exclusions_declared: Option<Vec<String>>,
    /// Length of the project in months.
    /// 项目执行期（月）。
    duration_months: Option<i32>,
    /// State grant applied for.
    /// 申请的国拨经费。
    requested_grant_cny: Option<Cny>,
    /// Cash of the mainland enterprises for R&D in the mainland.
    /// 内地企业用于内地研发的配套经费。
    enterprise_matching_cny: Option<Cny>,
    /// Whether the partner applies to its own authority.
    /// 合作方是否向本国/本地区征集部门申报。
    counterpart_application: Option<CounterpartApplication>,
    /// Federal funding of the US partner.
    /// 美方合作伙伴的联邦政府出资。
    us_federal_funding: Option<UsFederalFundingInput>,
    /// Whether the Israeli enterprise reached the finals of the China–Israel innovation and entrepreneurship competition.
    /// 以方企业是否进入中以创新创业大赛总决赛。
    partner_competition_finalist: Option<bool>,
    /// The formal document by which a foreign government supports the joint laboratory.
    /// 外方政府支持（认可）联合实验室的正式文件。
    government_endorsement: Option<GovernmentEndorsementInput>,
    /// The joint laboratory.
    /// 联合实验室。
    joint_lab: Option<JointLabInput>,
    /// The agreement to build the joint laboratory.
    /// 共建联合实验室合作协议。
    lab_agreement: Option<LabAgreementInput>,
    /// Whether the construction plan (1.6, 1.7) or three-year cooperation plan (2.0) is filled in on the template.
    /// 是否按模板填写联合实验室建设方案（1.6、1.7）或未来 3 年合作方案（2.0）。
    lab_plan: Option<bool>,
    /// The agreement for this project; for Mainland–Hong Kong also a letter of intent.
    /// 本项目的合作协议（内地与香港项目可为意向书）。
    cooperation_agreement: Option<CooperationAgreementInput>,
    /// Researchers from the partner country received in China.
    /// 接收来华工作的合作国人员。
    visiting_researchers: Option<VisitingResearchersInput>,
    /// International academic events.
    /// 国际学术交流活动。
    events: Option<EventsInput>,
    /// Patent applications planned.
    /// 计划申请的专利项数。
    patents: Option<i32>,
    /// Whether it is a basic-research project.
    /// 是否为基础研究类项目。
    basic_research: Option<bool>,
    /// Scholars of at most 40 years to be trained.
    /// 培养 40 岁以下青年学者的人数。
    young_scholars: Option<i32>,
    /// Whether the sides already have a long-term, stable basis of cooperation.
    /// 双方是否已有长期稳定的合作基础。
    basic_cooperation: Option<bool>,
    /// Whether the same cooperation applies under both 1.6 and 1.7.
    /// 同一合作是否同时在 1.6 与 1.7 两个方向申报。
    other_route_application: Option<bool>,
    /// Whether it compares the Chinese and British environments.
    /// 是否对中英大环境进行比较研究。
    comparative_study: Option<bool>,
    /// The prior ethics review.
    /// 事先伦理审查。
    ethics_approved: Option<EthicsApproval>,
    /// Whether the Chinese leader agreed the research content with the partner's leader.
    /// 中方项目负责人是否已与外方项目负责人就研究内容达成一致。
    agreed_with_partner_pi: Option<bool>,
    /// Whether title, units, leaders and period agree in both applications.
    /// 双方申报书的名称、单位、负责人和年限是否一致。
    applications_consistent: Option<bool>,
    /// Whether the form sent to the Innovation and Technology Commission of Hong Kong is submitted as well.
    /// 是否同时提交送交香港创新科技署的申请表格。
    hk_application_form: Option<bool>,
    /// Whether the leader applies for another project of the programme (asked for by common rules).
    /// 负责人是否另有申报项目（通用规则用）。
    leader_other_applications: Option<bool>,
    /// Number of recommending units (asked for by common rules).
    /// 推荐单位数（通用规则用）。
    recommending_units: Option<i32>,
    /// Facts that only some calls ask about, by name.
    /// 个别指南所问的其他事实，按名称填写。
    other_facts: Option<Vec<OtherFactInput>>,
}

/// Federal funding of the US partner.
/// 美方合作伙伴的联邦政府出资。
#[derive(InputObject)]
pub(crate) struct UsFederalFundingInput {
    /// Whether there is proof of federal funding or of a commitment.
    /// 是否有联邦政府部门出资或出资承诺的证明。
    has_proof: Option<bool>,
    /// Last day on which the funding or commitment is valid.
    /// 出资或出资承诺的有效期截止日。
    valid_until: Option<PartialDate>,
}

/// The formal document by which a foreign government supports the joint laboratory.
/// 外方政府支持（认可）联合实验室的正式文件。
#[derive(InputObject)]
pub(crate) struct GovernmentEndorsementInput {
    /// Who signed and sealed it.
    /// 签章出具方。
    issued_by: Option<EndorsementIssuer>,
}

/// The joint laboratory.
/// 联合实验室。
#[derive(InputObject)]
pub(crate) struct JointLabInput {
    /// Day it was established.
    /// 建立日期。
    established_on: Option<PartialDate>,
    /// Whether the Ministry has already approved it as a Belt and Road joint laboratory.
    /// 是否为科技部已批准建设的“一带一路”联合实验室。
    belt_and_road_approved: Option<bool>,
}

/// The agreement to build the joint laboratory.
/// 共建联合实验室合作协议。
#[derive(InputObject)]
pub(crate) struct LabAgreementInput {
    /// Day of signature.
    /// 签署日期。
    signed_on: Option<PartialDate>,
    /// Keys or names of those who signed; `[]`: there is no agreement.
    /// 签署单位的成员代号或名称；`[]` 表示没有协议。
    signatories: Option<Vec<String>>,
    /// Whether it has intellectual property terms.
    /// 是否有知识产权条款。
    has_ip_terms: Option<bool>,
    /// Whether it supports another application too.
    /// 是否还用于申报其他项目。
    reused_in_other_application: Option<bool>,
}

/// The agreement for this project.
/// 本项目的合作协议。
#[derive(InputObject)]
pub(crate) struct CooperationAgreementInput {
    /// Whether it is signed.
    /// 是否已签署。
    signed: Option<bool>,
    /// Whether it, a separate agreement or (1.6–1.8) a letter of intent has intellectual property terms.
    /// 合作协议、另行签署的知识产权协议，或（1.6—1.8）意向性文件中是否有知识产权条款。
    has_ip_terms: Option<bool>,
}

/// Researchers from the partner country received in China.
/// 接收来华工作的合作国人员。
#[derive(InputObject)]
pub(crate) struct VisitingResearchersInput {
    /// How many.
    /// 人数。
    count: Option<i32>,
    /// Months each works in China without a break.
    /// 每人连续在华工作月数。
    months_each: Option<i32>,
}

/// International academic events.
/// 国际学术交流活动。
#[derive(InputObject)]
pub(crate) struct EventsInput {
    /// How many.
    /// 次数。
    count: Option<i32>,
    /// People at each.
    /// 每次参加人数。
    attendance_each: Option<i32>,
}

/// A fact by its name, for facts that have no field of their own.
/// 按名称填写的事实，用于没有专门字段的事实。
#[derive(InputObject)]
pub(crate) struct OtherFactInput {
    /// Its name as `facts` lists it, such as `project.station_altitude_m`.
    /// 名称（见 `facts`），如 `project.station_altitude_m`。
    fact: String,
    /// Its value, as files write it.
    /// 取值，写法与文件相同。
    value: FactValue,
}

/// A choice of the vocabulary, as an enumeration.
macro_rules! choice {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $about:literal])+ $value:ident,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[doc = $about])+ $value,)+
        }
    };
}

choice! {
    /// The side a member belongs to.
    /// 成员所属方。
    MemberSide {
        /// The Chinese side.
        /// 中方。
        Chinese,
        /// The partner side.
        /// 合作方。
        Partner,
    }
}

choice! {
    /// What kind of institution a member is.
    /// 单位类型。
    MemberKind {
        /// University.
        /// 高等学校。
        University,
        /// Research institute.
        /// 科研院所。
        ResearchInstitute,
        /// Enterprise.
        /// 企业。
        Enterprise,
        /// Hospital.
        /// 医院。
        Hospital,
        /// Government agency.
        /// 政府机构。
        GovernmentAgency,
        /// Foundation.
        /// 基金会。
        Foundation,
        /// Non-profit organisation.
        /// 非营利组织。
        NonProfit,
        /// Another kind.
        /// 其他。
        Other,
    }
}

choice! {
    /// Standing of a Hong Kong organisation.
    /// 香港机构身份。
    HongKongStatus {
        /// R&D centre.
        /// 研发中心。
        RdCentre,
        /// Designated local public research institute.
        /// 指定香港本地公营科研机构。
        DesignatedPublicResearchInstitute,
        /// Neither.
        /// 均不是。
        None,
    }
}

choice! {
    /// Staff status at RIKEN.
    /// 在日本理化学研究所的身份。
    RikenStaff {
        /// Regular researcher.
        /// 正式研究人员。
        FullResearcher,
        /// Visiting staff.
        /// 访问人员。
        Visiting,
        /// Student or trainee.
        /// 学生或实习生。
        Student,
        /// Other staff.
        /// 其他工作人员。
        OtherStaff,
        /// Not at RIKEN.
        /// 不在理化学研究所任职。
        None,
    }
}

choice! {
    /// The partner's application to its own authority.
    /// 合作方申报。
    CounterpartApplication {
        /// Submitted.
        /// 已提交。
        Submitted,
        /// Not submitted.
        /// 未提交。
        NotSubmitted,
    }
}

choice! {
    /// Who issued the foreign government's document.
    /// 外方政府文件出具方。
    EndorsementIssuer {
        /// A government body.
        /// 政府部门。
        Government,
        /// The partner institution itself.
        /// 外方合作单位自行出具。
        PartnerInstitution,
        /// There is no document.
        /// 没有文件。
        None,
    }
}

choice! {
    /// The prior ethics review.
    /// 事先伦理审查。
    EthicsApproval {
        /// Approved.
        /// 已通过。
        Approved,
        /// Needed, not yet approved.
        /// 需要但尚未通过。
        NotYetApproved,
        /// Not required.
        /// 不需要。
        NotRequired,
    }
}

impl MemberKind {
    /// The word files use.
    pub(crate) fn word(self) -> String {
        match InputType::to_value(&self) {
            Value::Enum(name) => name.to_string(),
            _ => String::new(),
        }
    }

    /// The kind of the word files use.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        InputType::parse(Some(Value::Enum(Name::new(word)))).ok()
    }
}

/// A consortium as the tree of values that a file of it would be.
pub(crate) fn consortium_node(input: &CheckConsortiumInput) -> Node {
    let mut node = tree(input.to_value());
    if let yaml::Value::Map(entries) = &mut node.value {
        entries.retain(|(key, _)| key.text != "common_rules");
        for (key, value) in entries {
            match (key.text.as_str(), &mut value.value) {
                ("project", _) => spread_other_facts(value, "project."),
                ("members", yaml::Value::List(members)) => {
                    members.iter_mut().for_each(|member| spread_other_facts(member, "member."));
                }
                _ => {}
            }
        }
    }
    node
}

/// An institution as the tree of values that a file of it would be.
pub(crate) fn institution_node(input: &CheckInstitutionInput) -> Node {
    let mut node = tree(input.institution.to_value());
    spread_other_facts(&mut node, "member.");
    node
}

/// A GraphQL value as a tree, names in the words of files.
fn tree(value: Value) -> Node {
    Node::synthetic(match value {
        Value::Null | Value::Binary(_) => yaml::Value::Null,
        Value::Number(number) => yaml::Value::Plain(number.to_string()),
        Value::Boolean(value) => yaml::Value::Plain(value.to_string()),
        Value::Enum(name) => yaml::Value::Plain(name.to_string()),
        Value::String(text) => yaml::Value::Text(text),
        Value::List(items) => yaml::Value::List(items.into_iter().map(tree).collect()),
        Value::Object(entries) => {
            let entry = |(name, value): (Name, Value)| (key(&snake(&name)), tree(value));
            yaml::Value::Map(entries.into_iter().map(entry).collect())
        }
    })
}

fn key(text: &str) -> Key {
    Key { text: text.to_owned(), line: 0, column: 0 }
}

/// Puts facts given by name where a file would have them: `project.a.b` below `a`, as `b`.
fn spread_other_facts(node: &mut Node, scope: &str) {
    let yaml::Value::Map(entries) = &mut node.value else { return };
    let Some(place) = entries.iter().position(|(key, _)| key.text == "other_facts") else { return };
    let (_, others) = entries.remove(place);
    let yaml::Value::List(others) = others.value else { return };
    for other in others {
        let (Some(fact), Some(value)) = (other.get("fact"), other.get("value")) else { continue };
        let (yaml::Value::Text(name) | yaml::Value::Plain(name)) = &fact.value else { continue };
        // What is no fact keeps its whole name, so that it is refused as unknown instead of taking the place of a key or a name.
        let path: Vec<&str> = match name.strip_prefix(scope) {
            None | Some("key" | "name") => vec![name],
            Some(path) => path.split('.').collect(),
        };
        insert(entries, &path, value.clone());
    }
}

fn insert(entries: &mut Vec<(Key, Node)>, path: &[&str], value: Node) {
    let Some((first, rest)) = path.split_first() else { return };
    // A fact that has its field as well then stands there twice, which its reader refuses.
    let value = match rest {
        [] => value,
        rest => {
            let mut below = Vec::new();
            insert(&mut below, rest, value);
            Node::synthetic(yaml::Value::Map(below))
        }
    };
    entries.push((key(first), value));
}

/// `independentLegalPerson` as files write it.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// `members[1].independent_legal_person` as inputs write it.
pub(crate) fn camel(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut raise = false;
    for letter in path.chars() {
        if letter == '_' {
            raise = true;
        } else if raise {
            camel.push(letter.to_ascii_uppercase());
            raise = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}
