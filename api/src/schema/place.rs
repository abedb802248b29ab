//! Countries, regions and groups of them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use eligibility::Library;
use eligibility::place::{Country, Group, Membership, Place};

use crate::schema::library;
use crate::schema::node;
use crate::schema::scalars::{CountryCode, Date, SubdivisionCode};
use crate::schema::text::LocalizedText;

/// A country or region.
/// 国家或地区。
#[derive(Clone)]
pub(crate) struct CountryObject {
    library: Arc<Library>,
    country: Country,
}

impl CountryObject {
    pub(crate) fn find(library: &Arc<Library>, code: &str) -> Option<Self> {
        Self::of(library, Country::parse(code)?)
    }

    pub(crate) fn of(library: &Arc<Library>, country: Country) -> Option<Self> {
        library.places.country(country)?;
        Some(Self { library: Arc::clone(library), country })
    }
}

/// A country or region.
/// 国家或地区。
#[Object(name = "Country")]
impl CountryObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Country", self.country.as_str())
    }

    /// Its code.
    /// 代码。
    async fn code(&self) -> CountryCode {
        CountryCode(self.country.as_str().to_owned())
    }

    /// Its name; Hong Kong, Macao and Taiwan are named as regions of China.
    /// 名称；中国香港、中国澳门、中国台湾为地区。
    async fn name(&self) -> LocalizedText {
        self.library.places.name(self.country).into()
    }

    /// Short names by which the Chinese title of a project may call it, longest first.
    /// 中文项目名称中可用的简称，由长到短。
    async fn short_names(&self) -> Vec<String> {
        self.library.places.country(self.country).map(|info| info.short.clone()).unwrap_or_default()
    }
}

/// One membership in a group.
/// 国家组的一项成员资格。
#[derive(SimpleObject)]
pub(crate) struct GroupMember {
    /// The country or region; of a subdivision, the one it belongs to.
    /// 国家或地区；成员为行政区时，为其所属国家。
    country: CountryObject,
    /// The subdivision, where only that is the member.
    /// 行政区（仅该行政区为成员时）。
    subdivision: Option<SubdivisionCode>,
    /// First day of membership; null: not recorded, or always.
    /// 成员资格起始日；null 表示未记载或一直是。
    #[graphql(name = "from")]
    since: Option<Date>,
    /// First day without it; null: none.
    /// 成员资格终止日（当日起不再是）；null 表示没有。
    until: Option<Date>,
}

/// A group of countries, regions or subdivisions, with dated membership.
/// 国家组：由国家、地区或行政区组成，成员资格有起止日期。
#[derive(Clone)]
pub(crate) struct CountryGroupObject {
    library: Arc<Library>,
    key: String,
    as_of: Option<eligibility::date::Date>,
}

impl CountryGroupObject {
    pub(crate) fn find(library: &Arc<Library>, key: &str, as_of: Option<eligibility::date::Date>) -> Option<Self> {
        library.places.find_group(key)?;
        Some(Self { library: Arc::clone(library), key: key.to_owned(), as_of })
    }

    fn group(&self) -> Option<&Group> {
        self.library.places.find_group(&self.key).map(|(_, group)| group)
    }

    fn member(&self, membership: &Membership) -> GroupMember {
        let (country, subdivision) = match membership.place {
            Place::Country(country) => (country, None),
            Place::Subdivision(subdivision, country) => {
                (country, Some(SubdivisionCode(subdivision.as_str().to_owned())))
            }
        };
        GroupMember {
            country: CountryObject { library: Arc::clone(&self.library), country },
            subdivision,
            since: membership.from.map(Date::from),
            until: membership.until.map(Date::from),
        }
    }
}

/// A group of countries, regions or subdivisions, with dated membership.
/// 国家组：由国家、地区或行政区组成，成员资格有起止日期。
#[Object(name = "CountryGroup")]
impl CountryGroupObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("CountryGroup", &self.key)
    }

    /// Its key, such as `asean`.
    /// 键，如 `asean`。
    async fn key(&self) -> &str {
        &self.key
    }

    /// Its name.
    /// 名称。
    async fn name(&self) -> Option<LocalizedText> {
        self.group().map(|group| LocalizedText::from(&group.name))
    }

    /// Where its membership is taken from.
    /// 成员名单的来源。
    async fn source(&self) -> Option<&str> {
        self.group().map(|group| group.source.as_str())
    }

    /// Its members on the day asked for; all, ended ones included, if no day was.
    /// 所查日期的成员；未指定日期时列出全部（含已终止的）。
    #[graphql(complexity = "1 + 40 * child_complexity")]
    async fn members(&self) -> Vec<GroupMember> {
        let Some(group) = self.group() else { return Vec::new() };
        let current = |membership: &&Membership| self.as_of.is_none_or(|day| membership.holds_on(day));
        group.members.iter().filter(current).map(|membership| self.member(membership)).collect()
    }
}

#[derive(Default)]
pub(crate) struct PlaceQuery;

#[Object]
impl PlaceQuery {
    /// Groups of countries and regions that requirements speak of.
    /// 各项要求所用的国家组。
    #[graphql(complexity = "1 + 12 * child_complexity")]
    async fn country_groups(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The day whose members are listed; without it all memberships are, ended ones included.\n列出该日的成员；不填时列出全部成员资格（含已终止的）。"
        )]
        as_of: Option<Date>,
    ) -> async_graphql::Result<Vec<CountryGroupObject>> {
        let library = library(context)?;
        let as_of = as_of.map(|day| day.day("asOf")).transpose()?;
        let groups = library.places.groups().iter();
        Ok(groups.filter_map(|group| CountryGroupObject::find(library, &group.key, as_of)).collect())
    }

    /// All countries and regions, by code.
    /// 全部国家和地区，按代码排列。
    #[graphql(complexity = "1 + 250 * child_complexity")]
    async fn countries(&self, context: &Context<'_>) -> async_graphql::Result<Vec<CountryObject>> {
        let library = library(context)?;
        let countries = library.places.countries().iter();
        Ok(countries.map(|info| CountryObject { library: Arc::clone(library), country: info.country }).collect())
    }
}
