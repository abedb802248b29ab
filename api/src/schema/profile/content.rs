//! What a revision says, for those who write and review it; and what they write.

use std::sync::Arc;

use async_graphql::{InputObject, MaybeUndefined, Object, SimpleObject, Value};
use profile::edit::{Edit, FactEdit, IdentifierEdit, NameEdit, Patch, PersonEdit};
use profile::{Contact as ProfileContact, Identifier, Profile, Scheme, Stated};
use service::Directory;

use super::{IdentifierScheme, NameKind, ProfileFact, ProfileIdentifier, ProfileName, ResearchField};
use crate::schema::fact::FactObject;
use crate::schema::scalars::{Date, FactValue, Url};
use crate::schema::text::LocalizedText;

/// How to reach an institution. Only its members see it, and whom they accept.
/// 单位联系方式。仅资料成员及其接受的对方可见。
#[derive(SimpleObject)]
#[graphql(name = "ProfileContact")]
pub(crate) struct Contact {
    /// Whom to ask for.
    /// 联系人。
    name: Option<String>,
    /// E-mail address.
    /// 邮箱。
    email: Option<String>,
    /// Telephone number.
    /// 电话。
    phone: Option<String>,
}

impl From<ProfileContact> for Contact {
    fn from(ProfileContact { name, email, phone }: ProfileContact) -> Self {
        Self { name, email, phone }
    }
}

/// A person who would lead projects at an institution.
/// 拟在该单位承担项目的负责人。
#[derive(SimpleObject)]
#[graphql(name = "ProfilePerson")]
pub(crate) struct Person {
    /// The person's name.
    /// 姓名。
    name: String,
    /// The person's ORCID iD.
    /// ORCID iD。
    orcid: Option<Url>,
    /// The person's status at RIKEN, a value of the fact `member.principal_investigator.riken_staff`.
    /// 在理化学研究所的身份（事实 `member.principal_investigator.riken_staff` 的取值）。
    riken_staff: Option<String>,
}

/// When a fact was verified.
/// 事实的核实日期。
#[derive(SimpleObject)]
pub(crate) struct VerificationStamp {
    /// The fact.
    /// 事实。
    fact: FactObject,
    /// The day it was verified on.
    /// 核实日期。
    on: Date,
    /// The last day of the verification; null if it has none.
    /// 核实有效期的最后一天；无期限时为 null。
    until: Option<Date>,
}

impl VerificationStamp {
    /// The stamps of the facts that are verified.
    pub(crate) fn all(directory: &Directory, profile: &Profile) -> Vec<Self> {
        let stamps = profile.verifications.iter();
        stamps
            .filter_map(|(name, stamp)| {
                let fact = FactObject::find(directory.library(), &format!("member.{name}"))?;
                Some(Self { fact, on: stamp.on.into(), until: stamp.until.map(Date::from) })
            })
            .collect()
    }
}

/// What a revision of a profile says.
/// 资料某一版本的内容。
pub(crate) struct ProfileContent {
    directory: Arc<Directory>,
    content: Profile,
}

impl ProfileContent {
    pub(crate) fn new(directory: &Arc<Directory>, content: Profile) -> Self {
        Self { directory: Arc::clone(directory), content }
    }
}

/// The names of a profile.
pub(super) fn names(profile: &Profile) -> Vec<ProfileName> {
    let names = profile.names.iter();
    names
        .map(|name| ProfileName {
            value: name.text.clone(),
            lang: name.lang.clone(),
            kind: name.kind.into(),
            assurance: name.assurance.into(),
        })
        .collect()
}

/// The identifiers of a profile.
pub(super) fn identifiers(profile: &Profile) -> Vec<ProfileIdentifier> {
    let identifiers = profile.identifiers.iter();
    identifiers
        .map(|identifier| ProfileIdentifier {
            scheme: identifier.value.scheme().into(),
            value: identifier.value.value().to_owned(),
            url: identifier.value.url().map(Url),
            assurance: identifier.assurance.into(),
        })
        .collect()
}

/// The facts of a profile.
pub(super) fn facts(directory: &Directory, profile: &Profile) -> Vec<ProfileFact> {
    let facts = profile.facts.iter();
    facts
        .filter_map(|(name, stated)| {
            Some(ProfileFact {
                fact: FactObject::find(directory.library(), &format!("member.{name}"))?,
                value: FactValue(match &stated.value {
                    Stated::Bool(value) => (*value).into(),
                    Stated::Text(text) => text.as_str().into(),
                    Stated::List(items) => Value::List(items.iter().map(Into::into).collect()),
                }),
                assurance: stated.assurance.into(),
            })
        })
        .collect()
}

/// What a revision of a profile says.
/// 资料某一版本的内容。
#[Object]
impl ProfileContent {
    /// The name to show it under.
    /// 显示名称。
    async fn name(&self) -> LocalizedText {
        self.content.display_names().into()
    }

    /// All its names, the one to show first.
    /// 全部名称，显示名称在前。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn names(&self) -> Vec<ProfileName> {
        names(&self.content)
    }

    /// All its identifiers.
    /// 全部标识符。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn identifiers(&self) -> Vec<ProfileIdentifier> {
        identifiers(&self.content)
    }

    /// What is known of it that requirements ask about.
    /// 各项要求所涉的已知事实。
    #[graphql(complexity = "1 + 6 * child_complexity")]
    async fn facts(&self) -> Vec<ProfileFact> {
        facts(&self.directory, &self.content)
    }

    /// When its verified facts were verified.
    /// 已核实事实的核实日期。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn verifications(&self) -> Vec<VerificationStamp> {
        VerificationStamp::all(&self.directory, &self.content)
    }

    /// The town; null if not known.
    /// 所在城市；不详时为 null。
    async fn city(&self) -> Option<&str> {
        self.content.city.as_ref().map(|city| city.value.as_str())
    }

    /// The research fields it names.
    /// 所填研究领域。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn fields(&self) -> Vec<ResearchField> {
        let fields = self.content.fields.iter();
        fields.filter_map(|field| ResearchField::of(&self.directory, &field.value)).collect()
    }

    /// Its keywords.
    /// 关键词。
    async fn keywords(&self) -> Vec<&str> {
        self.content.keywords.iter().map(|keyword| keyword.value.as_str()).collect()
    }

    /// Domains of its e-mail addresses, as its registry has them.
    /// 邮箱域名（取自登记库）。
    async fn domains(&self) -> &[String] {
        &self.content.domains
    }

    /// Its web site; null if not known.
    /// 网站；不详时为 null。
    async fn website(&self) -> Option<Url> {
        self.content.website.as_ref().map(|website| Url(website.value.clone()))
    }

    /// What it offers to a joint project; null if it says nothing.
    /// 可为合作项目提供的条件；未填写时为 null。
    async fn offers(&self) -> Option<&str> {
        self.content.offers.as_ref().map(|offers| offers.value.as_str())
    }

    /// What it seeks in a partner; null if it says nothing.
    /// 对合作方的期望；未填写时为 null。
    async fn seeks(&self) -> Option<&str> {
        self.content.seeks.as_ref().map(|seeks| seeks.value.as_str())
    }

    /// People who would lead projects there; not public.
    /// 拟承担项目的负责人；不公开。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn people(&self) -> Vec<Person> {
        let people = self.content.people.iter();
        people
            .map(|person| Person {
                name: person.name.clone(),
                orcid: person.orcid.as_ref().and_then(Identifier::url).map(Url),
                riken_staff: person.riken_staff.as_ref().map(|status| status.value.clone()),
            })
            .collect()
    }

    /// How to reach it; null if it says nothing, and for whoever may not see it.
    /// 联系方式；未填写或无权查看时为 null。
    async fn contact(&self) -> Option<Contact> {
        self.content.contact.clone().map(Contact::from)
    }
}

/// What a profile shall say. What is left out stays as it is; null takes it back; a list takes the place of the whole list.
/// 资料的内容。未填写的部分保持不变；null 表示删除；列表整体替换。
#[derive(Clone, InputObject)]
pub(crate) struct ProfileInput {
    /// The names, the one to show first.
    /// 名称，显示名称在前。
    names: MaybeUndefined<Vec<NameInput>>,
    /// The identifiers.
    /// 标识符。
    identifiers: MaybeUndefined<Vec<IdentifierInput>>,
    /// Facts to state or to take back; others stay as they are.
    /// 要填写或删除的事实；其他事实保持不变。
    facts: Option<Vec<FactInput>>,
    /// The town.
    /// 所在城市。
    city: MaybeUndefined<String>,
    /// Codes of research fields of the OECD's Fields of Research and Development: `2`, `2.7`.
    /// 研究领域代码（经合组织研究与发展领域），如 `2`、`2.7`。
    fields: MaybeUndefined<Vec<String>>,
    /// Keywords, in any language.
    /// 关键词，语言不限。
    keywords: MaybeUndefined<Vec<String>>,
    /// The web site.
    /// 网站。
    website: MaybeUndefined<Url>,
    /// What it offers to a joint project.
    /// 可为合作项目提供的条件。
    offers: MaybeUndefined<String>,
    /// What it seeks in a partner.
    /// 对合作方的期望。
    seeks: MaybeUndefined<String>,
    /// People who would lead projects there; not public.
    /// 拟承担项目的负责人；不公开。
    people: MaybeUndefined<Vec<PersonInput>>,
    /// How to reach it; only members see it, and whom they accept.
    /// 联系方式；仅资料成员及其接受的对方可见。
    contact: MaybeUndefined<ContactInput>,
}

/// A name.
/// 名称。
#[derive(Clone, InputObject)]
#[graphql(name = "ProfileNameInput")]
pub(crate) struct NameInput {
    /// The name.
    /// 名称。
    value: String,
    /// Its language, ISO 639-1.
    /// 语言（ISO 639-1）。
    lang: Option<String>,
    /// What kind of name it is.
    /// 种类。
    #[graphql(default_with = "NameKind::Label")]
    kind: NameKind,
}

/// An identifier.
/// 标识符。
#[derive(Clone, InputObject)]
#[graphql(name = "ProfileIdentifierInput")]
pub(crate) struct IdentifierInput {
    /// Who gives it.
    /// 颁发体系。
    scheme: IdentifierScheme,
    /// The identifier, in any of its spellings.
    /// 标识符，写法不限。
    value: String,
}

/// A fact.
/// 事实。
#[derive(Clone, InputObject)]
#[graphql(name = "ProfileFactInput")]
pub(crate) struct FactInput {
    /// Its name, such as `member.registered_on`; `facts` of the schema lists them.
    /// 名称，如 `member.registered_on`；可用 `facts` 查询全部事实。
    fact: String,
    /// What is stated; null takes the fact back.
    /// 取值；null 表示删除。
    value: Option<FactValue>,
}

/// A person who would lead projects at an institution.
/// 拟在该单位承担项目的负责人。
#[derive(Clone, InputObject)]
#[graphql(name = "ProfilePersonInput")]
pub(crate) struct PersonInput {
    /// The person's name.
    /// 姓名。
    name: String,
    /// The person's ORCID iD.
    /// ORCID iD。
    orcid: Option<String>,
    /// The person's status at RIKEN, a value of the fact `member.principal_investigator.riken_staff`.
    /// 在理化学研究所的身份（事实 `member.principal_investigator.riken_staff` 的取值）。
    riken_staff: Option<String>,
}

/// How to reach an institution.
/// 联系方式。
#[derive(Clone, InputObject)]
#[graphql(name = "ProfileContactInput")]
pub(crate) struct ContactInput {
    /// Whom to ask for.
    /// 联系人。
    name: Option<String>,
    /// E-mail address.
    /// 邮箱。
    email: Option<String>,
    /// Telephone number.
    /// 电话。
    phone: Option<String>,
}

impl From<ContactInput> for ProfileContact {
    fn from(ContactInput { name, email, phone }: ContactInput) -> Self {
        Self { name, email, phone }
    }
}

/// What an input does with a part.
pub(crate) fn patch<T, U>(value: MaybeUndefined<T>, read: impl FnOnce(T) -> U) -> Patch<U> {
    match value {
        MaybeUndefined::Undefined => Patch::Unchanged,
        MaybeUndefined::Null => Patch::Removed,
        MaybeUndefined::Value(value) => Patch::Set(read(value)),
    }
}

/// A value as files write it; what the vocabulary does not take is told by its reader.
pub(crate) fn stated(value: Value) -> Stated {
    match value {
        Value::Boolean(value) => Stated::Bool(value),
        Value::List(items) => Stated::List(items.into_iter().map(text).collect()),
        other => Stated::Text(text(other)),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

impl From<ProfileInput> for Edit {
    fn from(input: ProfileInput) -> Self {
        let ProfileInput { names, identifiers, facts, city, fields, keywords, website, offers, seeks, people, contact } =
            input;
        let name = |name: NameInput| NameEdit { text: name.value, lang: name.lang, kind: name.kind.into() };
        let identifier =
            |given: IdentifierInput| IdentifierEdit { scheme: Scheme::from(given.scheme), text: given.value };
        let fact = |given: FactInput| FactEdit { name: given.fact, value: given.value.map(|value| stated(value.0)) };
        let person =
            |given: PersonInput| PersonEdit { name: given.name, orcid: given.orcid, riken_staff: given.riken_staff };
        Self {
            names: patch(names, |names| names.into_iter().map(name).collect()),
            identifiers: patch(identifiers, |identifiers| identifiers.into_iter().map(identifier).collect()),
            facts: facts.unwrap_or_default().into_iter().map(fact).collect(),
            city: patch(city, |city| city),
            fields: patch(fields, |fields| fields),
            keywords: patch(keywords, |keywords| keywords),
            website: patch(website, |website| website.0),
            offers: patch(offers, |offers| offers),
            seeks: patch(seeks, |seeks| seeks),
            people: patch(people, |people| people.into_iter().map(person).collect()),
            contact: patch(contact, ProfileContact::from),
        }
    }
}
