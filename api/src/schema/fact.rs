//! The vocabulary: the facts that calls ask about.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::Library;
use eligibility::vocabulary::{Choice, FactDefinition, FactId, FactType, Scope};

use crate::schema::library;
use crate::schema::node;
use crate::schema::text::LocalizedText;

/// Whose fact it is.
/// 事实的归属。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum FactScope {
    /// A member's.
    /// 成员的事实。
    Member,
    /// The project's.
    /// 项目的事实。
    Project,
}

/// The type of a fact.
/// 事实的类型。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "FactType")]
pub(crate) enum FactKind {
    /// Yes or no.
    /// 是或否。
    Boolean,
    /// A whole number of at least 0.
    /// 不小于 0 的整数。
    Integer,
    /// Whole CNY.
    /// 人民币元（整数）。
    Money,
    /// A partial date.
    /// 日期（可只写到年或月）。
    PartialDate,
    /// A text.
    /// 文字。
    Text,
    /// One of `values`.
    /// `values` 之一。
    Choice,
    /// A country or region, ISO 3166-1.
    /// 国家/地区（ISO 3166-1）。
    Country,
    /// A subdivision, ISO 3166-2.
    /// 行政区（ISO 3166-2）。
    Subdivision,
    /// Member keys or names.
    /// 成员代号或名称。
    Parties,
    /// A topic key of the direction, or `OTHER`.
    /// 本方向的领域键，或 `OTHER`。
    Topic,
    /// Exclusion keys of the direction.
    /// 本方向的不支持内容键。
    Exclusions,
}

/// A fact that requirements ask about. A fact that is not given is unknown, never false.
/// 要求所涉的事实。未给出的事实视为未知，而不是“否”。
#[derive(Clone)]
pub(crate) struct FactObject {
    library: Arc<Library>,
    name: String,
}

impl FactObject {
    pub(crate) fn find(library: &Arc<Library>, name: &str) -> Option<Self> {
        library.vocabulary.find(name)?;
        Some(Self { library: Arc::clone(library), name: name.to_owned() })
    }

    /// The fact of an id of the vocabulary.
    pub(crate) fn of(library: &Arc<Library>, id: FactId) -> Option<Self> {
        Self::find(library, &library.vocabulary.definition(id)?.name)
    }

    fn definition(&self) -> Option<&FactDefinition> {
        self.library.vocabulary.find(&self.name).map(|(_, definition)| definition)
    }
}

/// A fact that requirements ask about. A fact that is not given is unknown, never false.
/// 要求所涉的事实。未给出的事实视为未知，而不是“否”。
#[Object(name = "Fact")]
impl FactObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Fact", &self.name)
    }

    /// Its name, as files write it: `member.registered_on`, `project.title`. Inputs write it in camel case.
    /// 名称（文件中的写法）：`member.registered_on`、`project.title`；接口输入用驼峰写法。
    async fn name(&self) -> &str {
        &self.name
    }

    /// Whose fact it is.
    /// 归属。
    async fn scope(&self) -> FactScope {
        match self.library.vocabulary.find(&self.name).map(|(id, _)| id.scope) {
            Some(Scope::Project) => FactScope::Project,
            _ => FactScope::Member,
        }
    }

    /// Its type.
    /// 类型。
    #[graphql(name = "type")]
    async fn kind(&self) -> FactKind {
        match self.definition().map(|definition| &definition.fact_type) {
            Some(FactType::Bool) => FactKind::Boolean,
            Some(FactType::Integer(_)) => FactKind::Integer,
            Some(FactType::Money) => FactKind::Money,
            Some(FactType::Date) => FactKind::PartialDate,
            Some(FactType::Choice(_)) => FactKind::Choice,
            Some(FactType::Country) => FactKind::Country,
            Some(FactType::Subdivision) => FactKind::Subdivision,
            Some(FactType::Parties) => FactKind::Parties,
            Some(FactType::Topic) => FactKind::Topic,
            Some(FactType::Exclusions) => FactKind::Exclusions,
            Some(FactType::Text) | None => FactKind::Text,
        }
    }

    /// Its unit, if it is a number with one.
    /// 单位（如有）。
    async fn unit(&self) -> Option<LocalizedText> {
        match &self.definition()?.fact_type {
            FactType::Integer(unit) => unit.as_ref().map(LocalizedText::from),
            _ => None,
        }
    }

    /// The values of a choice; empty for other types.
    /// 可选值；其他类型为空。
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn values(&self) -> Vec<FactChoice> {
        match self.definition().map(|definition| &definition.fact_type) {
            Some(FactType::Choice(choices)) => choices.iter().map(FactChoice::from).collect(),
            _ => Vec::new(),
        }
    }

    /// What it is called.
    /// 名目。
    async fn label(&self) -> Option<LocalizedText> {
        self.definition().map(|definition| LocalizedText::from(&definition.label))
    }

    /// What it means.
    /// 含义。
    async fn help(&self) -> Option<LocalizedText> {
        self.definition().map(|definition| LocalizedText::from(&definition.help))
    }
}

/// A value of a choice.
/// 一个可选值。
#[derive(SimpleObject)]
pub(crate) struct FactChoice {
    /// The value, as inputs write it.
    /// 取值（输入时的写法）。
    value: String,
    /// What it is called.
    /// 名目。
    label: LocalizedText,
}

impl From<&Choice> for FactChoice {
    fn from(choice: &Choice) -> Self {
        Self { value: choice.value.clone(), label: LocalizedText::from(&choice.label) }
    }
}

#[derive(Default)]
pub(crate) struct FactQuery;

#[Object]
impl FactQuery {
    /// The facts that calls ask about: what a form has to collect.
    /// 各指南所涉的事实，即申报表单应采集的内容。
    #[graphql(complexity = "1 + 50 * child_complexity")]
    async fn facts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of members, or of the project.\n仅列成员的或项目的事实。")] scope: Option<
            FactScope,
        >,
    ) -> async_graphql::Result<Vec<FactObject>> {
        let library = library(context)?;
        let wanted = |name: &&str| match scope {
            None => true,
            Some(FactScope::Member) => name.starts_with("member."),
            Some(FactScope::Project) => name.starts_with("project."),
        };
        Ok(library.vocabulary.names().filter(wanted).filter_map(|name| FactObject::find(library, name)).collect())
    }
}
