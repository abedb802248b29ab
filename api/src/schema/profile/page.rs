//! A page of profiles, with why each stands where it stands and how many match by each value.

use std::sync::Arc;

use async_graphql::{Context, Enum, SimpleObject};
use eligibility::place::{Country, Subdivision};
use search::{Count, Matching as SearchMatching, Reason as SearchReason};
use service::{Directory, Found};

use super::{Assurance, ProfileObject, RegistryType, ResearchField};
use crate::schema::connection::PageInfo;
use crate::schema::direction::DirectionObject;
use crate::schema::fact::FactObject;
use crate::schema::input::MemberKind;
use crate::schema::institution::Role;
use crate::schema::place::CountryObject;
use crate::schema::report::Verdict;
use crate::schema::scalars::SubdivisionCode;

/// How the words of a query were matched.
/// 查询词的匹配方式。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "SearchMatching")]
pub(crate) enum Matching {
    /// Every profile has every word.
    /// 各单位均含全部词语。
    Exact,
    /// Words that no profile has were taken for similar ones, see `corrections`.
    /// 没有单位含有的词语按相近的词语处理，见 `corrections`。
    Corrected,
    /// No profile has all words; these have most of them.
    /// 没有单位含有全部词语；所列单位含有其中大部分。
    Partial,
}

/// What points are given for.
/// 计分的理由。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "SearchReason")]
pub(crate) enum ScoreReason {
    /// A word of the query in its name; the rarer the word, the more points.
    /// 查询词见于其正式名称；词越少见，分值越高。
    Label,
    /// A word in another name or an acronym of it.
    /// 查询词见于其别名或缩写。
    Alias,
    /// A word among its keywords, or a subject evident from its names.
    /// 查询词见于其关键词，或属于由其名称可看出的研究主题。
    Keyword,
    /// A word for the place it is in.
    /// 查询词为其所在地。
    Place,
    /// The pinyin of a word of its name.
    /// 查询词为其名称中某词的拼音。
    Pinyin,
    /// The query is its name.
    /// 查询与其正式名称完全相同。
    WholeLabel,
    /// The query is its acronym or usual short name.
    /// 查询与其缩写或常用简称完全相同。
    WholeAcronym,
    /// The query is another name of it.
    /// 查询与其别名完全相同。
    WholeAlias,
    /// The query is the pinyin of its name.
    /// 查询与其名称的全拼相同。
    WholePinyin,
    /// The query is the initials of its name's pinyin.
    /// 查询与其名称的拼音首字母相同。
    WholeInitials,
    /// How much of its shortest name the query is.
    /// 查询占其最短名称的比例。
    Coverage,
    /// How well it is known: its names, identifiers and the units below it.
    /// 知名程度：名称、标识符和下属单位的数量。
    Prominence,
    /// It is known to be eligible for the role.
    /// 已知符合所查角色的条件。
    Eligible,
    /// It could take the role unless a fact that is missing says otherwise.
    /// 可能符合所查角色的条件（取决于尚缺的事实）。
    Possible,
    /// It works on a topic of the direction.
    /// 从事该方向所列领域的研究。
    Boost,
}

/// One part of a score.
/// 得分的一项。
#[derive(Clone, SimpleObject)]
pub(crate) struct ScorePart {
    /// What it is given for.
    /// 理由。
    reason: ScoreReason,
    /// The word it is for, if it is for one.
    /// 所对应的词（如有）。
    word: Option<String>,
    /// The points it gives.
    /// 分值。
    points: u32,
}

/// Why a profile stands where it stands. Scores of one query can be compared, those of different queries cannot.
/// 排序得分及其构成。同一查询内可比，不同查询之间不可比。
#[derive(Clone, SimpleObject)]
pub(crate) struct Score {
    /// The sum of its parts.
    /// 各项之和。
    total: u32,
    /// Its parts.
    /// 各项。
    parts: Vec<ScorePart>,
}

impl From<search::Score> for Score {
    fn from(score: search::Score) -> Self {
        let part =
            |part: search::ScorePart| ScorePart { reason: part.reason.into(), word: part.term, points: part.points };
        Self { total: score.total, parts: score.parts.into_iter().map(part).collect() }
    }
}

/// A name in which the query was found.
/// 命中查询的名称。
#[derive(Clone, SimpleObject)]
pub(crate) struct Highlight {
    /// The name.
    /// 名称。
    name: String,
    /// Where, in characters from 0, in their order.
    /// 命中位置（以字符计，自 0 起，依次排列）。
    ranges: Vec<TextRange>,
}

/// A part of a text, in Unicode code points.
/// 文字中的一段（以 Unicode 码位计）。
#[derive(Clone, SimpleObject)]
pub(crate) struct TextRange {
    /// Its first character, from 0.
    /// 起始字符，自 0 起。
    start: usize,
    /// The character after its last.
    /// 末字符之后的位置。
    end: usize,
}

/// Names of a listing that hold words of the query; the names as shown first.
fn highlights(directory: &Directory, text: Option<&str>, profile: &ProfileObject) -> Vec<Highlight> {
    let Some(text) = text else { return Vec::new() };
    let lexicon = directory.lexicon();
    let names = profile.listing.profile.names.iter();
    names
        .filter_map(|name| {
            let found = lexicon.highlight(text, &name.text);
            let characters = |byte: usize| name.text.get(..byte).map_or(0, |before| before.chars().count());
            let range = |range: std::ops::Range<usize>| TextRange {
                start: characters(range.start),
                end: characters(range.end),
            };
            (!found.is_empty())
                .then(|| Highlight { name: name.text.clone(), ranges: found.into_iter().map(range).collect() })
        })
        .collect()
}

/// A profile on a page and its cursor.
/// 一页中的一家单位及其游标。
pub(crate) struct ProfileEdge {
    cursor: String,
    node: ProfileObject,
    score: Score,
    words: Option<Arc<str>>,
}

/// A profile on a page and its cursor.
/// 一页中的一家单位及其游标。
#[async_graphql::Object(cache_control(max_age = 1))]
impl ProfileEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The profile.
    /// 单位资料。
    async fn node(&self) -> &ProfileObject {
        &self.node
    }

    /// Why it stands where it stands.
    /// 排序得分及其构成。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn score(&self) -> &Score {
        &self.score
    }

    /// Its names that hold words of the query; empty without a query.
    /// 含有查询词的名称；没有查询词时为空。
    #[graphql(complexity = "5 + 3 * child_complexity")]
    async fn highlights(&self) -> Vec<Highlight> {
        highlights(&self.node.directory, self.words.as_deref(), &self.node)
    }
}

/// A possible partner on a page and its cursor.
/// 一页中的一家可能的合作单位及其游标。
pub(crate) struct PartnerEdge {
    edge: ProfileEdge,
    direction: eligibility::DirectionId,
    role: eligibility::Role,
}

/// A possible partner on a page and its cursor.
/// 一页中的一家可能的合作单位及其游标。
#[async_graphql::Object(cache_control(max_age = 1))]
impl PartnerEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    async fn cursor(&self) -> &str {
        &self.edge.cursor
    }

    /// The profile.
    /// 单位资料。
    async fn node(&self) -> &ProfileObject {
        &self.edge.node
    }

    /// Why it stands where it stands.
    /// 排序得分及其构成。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn score(&self) -> &Score {
        &self.edge.score
    }

    /// Its names that hold words of the query; empty without a query.
    /// 含有查询词的名称；没有查询词时为空。
    #[graphql(complexity = "5 + 3 * child_complexity")]
    async fn highlights(&self) -> Vec<Highlight> {
        highlights(&self.edge.node.directory, self.edge.words.as_deref(), &self.edge.node)
    }

    /// Whether it could take the role: `ELIGIBLE`, or `UNDETERMINED` if that depends on facts that are missing.
    /// 能否承担该角色：`ELIGIBLE`（符合），或 `UNDETERMINED`（取决于尚缺的事实）。
    #[graphql(complexity = "5")]
    async fn verdict(&self) -> Verdict {
        let report = self.edge.node.role(self.direction, self.role);
        report.map_or(Verdict::Undetermined, |report| report.settled())
    }

    /// The facts that would decide it; empty if it is decided.
    /// 可据以判定的尚缺事实；已能判定时为空。
    #[graphql(complexity = "5 + 3 * child_complexity")]
    async fn missing_facts(&self) -> Vec<FactObject> {
        let report = self.edge.node.role(self.direction, self.role);
        report.map_or_else(Vec::new, |report| report.missing())
    }

    /// The facts that the verdict rests on and that their owner has not confirmed for too long; the verdict holds only if they still
    /// do.
    /// 结论所依据、但所有者久未确认的事实；这些事实仍属实时，结论才成立。
    #[graphql(complexity = "5 + 2 * child_complexity")]
    async fn stale_facts(&self, context: &Context<'_>) -> async_graphql::Result<Vec<FactObject>> {
        let stale = self.edge.node.stale(context)?;
        let report = self.edge.node.role(self.direction, self.role);
        Ok(report.map_or_else(Vec::new, |report| report.resting(&stale)))
    }
}

/// How many profiles match by one country or region.
/// 某一国家/地区的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct CountryCount {
    /// The country or region; null for those of which it is not known.
    /// 国家/地区；不详的为 null。
    country: Option<CountryObject>,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by one subdivision.
/// 某一行政区的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct SubdivisionCount {
    /// The subdivision.
    /// 行政区。
    subdivision: SubdivisionCode,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by one kind of institution.
/// 某一单位类型的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct KindCount {
    /// The kind; null for those whose kind is not known.
    /// 类型；类型不详的为 null。
    kind: Option<MemberKind>,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by one type of the Research Organization Registry.
/// 某一登记库类型的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct RegistryTypeCount {
    /// The type.
    /// 类型。
    registry_type: RegistryType,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by one research field.
/// 某一研究领域的单位数。
#[derive(SimpleObject)]
pub(crate) struct FieldCount {
    /// The field.
    /// 领域。
    field: ResearchField,
    /// How many; those of the fields below it included.
    /// 单位数（含下级领域）。
    count: usize,
}

/// How many profiles match by whether they are independent legal persons.
/// 按独立法人资格统计的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct LegalPersonCount {
    /// Whether they are; null for those of which it is not known.
    /// 是否具有独立法人资格；不详的为 null。
    independent_legal_person: Option<bool>,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by who vouches for their country, kind and registration.
/// 按国家/地区、类型和注册信息的核实程度统计的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct AssuranceCount {
    /// The weakest of the three.
    /// 三者中最低的核实程度。
    assurance: Assurance,
    /// How many.
    /// 单位数。
    count: usize,
}

/// How many profiles match by a role they could take in a direction.
/// 可在某一方向承担某一角色的单位数。
#[derive(Clone, SimpleObject)]
pub(crate) struct RoleCount {
    /// The direction.
    /// 方向。
    direction: DirectionObject,
    /// The role.
    /// 角色。
    role: Role,
    /// How many are known to be eligible.
    /// 已知符合条件的单位数。
    eligible: usize,
    /// For how many it depends on facts that are missing.
    /// 取决于尚缺事实的单位数。
    undetermined: usize,
}

/// How many profiles match by each value, counted over all of them, not over the page. The most frequent first; values that none
/// has are left out.
/// 各项取值的单位数，按全部命中单位（而非本页）统计；由多到少排列，数目为零的不列。
pub(crate) struct Facets {
    directory: Arc<Directory>,
    facets: search::Facets,
}

/// How many profiles match by each value, counted over all of them, not over the page. The most frequent first; values that none
/// has are left out.
/// 各项取值的单位数，按全部命中单位（而非本页）统计；由多到少排列，数目为零的不列。
#[async_graphql::Object(name = "ProfileFacets", cache_control(max_age = 1))]
impl Facets {
    /// By country or region.
    /// 按国家/地区。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn countries(&self) -> Vec<CountryCount> {
        let library = self.directory.library();
        let counts = self.facets.countries.iter();
        let country = |count: &Count<Option<Country>>| CountryCount {
            country: count.value.and_then(|country| CountryObject::of(library, country)),
            count: count.count,
        };
        counts.map(country).collect()
    }

    /// By subdivision.
    /// 按行政区。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn subdivisions(&self) -> Vec<SubdivisionCount> {
        let counts = self.facets.subdivisions.iter();
        let subdivision = |count: &Count<Subdivision>| SubdivisionCount {
            subdivision: SubdivisionCode(count.value.as_str().to_owned()),
            count: count.count,
        };
        counts.map(subdivision).collect()
    }

    /// By kind.
    /// 按单位类型。
    #[graphql(complexity = "1 + 8 * child_complexity")]
    async fn kinds(&self) -> Vec<KindCount> {
        let counts = self.facets.kinds.iter();
        let kind = |count: &Count<Option<String>>| KindCount {
            kind: count.value.as_deref().and_then(MemberKind::of_word),
            count: count.count,
        };
        counts.map(kind).collect()
    }

    /// By type in the Research Organization Registry.
    /// 按研究机构登记库（ROR）中的类型。
    #[graphql(complexity = "1 + 9 * child_complexity")]
    async fn registry_types(&self) -> Vec<RegistryTypeCount> {
        let counts = self.facets.registry_types.iter();
        counts.map(|count| RegistryTypeCount { registry_type: count.value.into(), count: count.count }).collect()
    }

    /// By research field, named by the institution or evident from its names and keywords.
    /// 按研究领域（单位自填，或可由其名称、关键词看出）。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn fields(&self) -> Vec<FieldCount> {
        let counts = self.facets.fields.iter();
        counts
            .filter_map(|count| {
                Some(FieldCount { field: ResearchField::of(&self.directory, &count.value)?, count: count.count })
            })
            .collect()
    }

    /// By independent legal personality.
    /// 按独立法人资格。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn legal_persons(&self) -> Vec<LegalPersonCount> {
        let counts = self.facets.legal_person.iter();
        counts.map(|count| LegalPersonCount { independent_legal_person: count.value, count: count.count }).collect()
    }

    /// By who vouches for their facts.
    /// 按事实的核实程度。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn assurances(&self) -> Vec<AssuranceCount> {
        let counts = self.facets.assurance.iter();
        counts.map(|count| AssuranceCount { assurance: count.value.into(), count: count.count }).collect()
    }

    /// By role in a direction, in the order of the directions.
    /// 按方向和角色，依方向顺序排列。
    #[graphql(complexity = "1 + 40 * child_complexity")]
    async fn roles(&self) -> Vec<RoleCount> {
        let library = self.directory.library();
        let counts = self.facets.roles.iter();
        counts
            .filter_map(|count| {
                Some(RoleCount {
                    direction: DirectionObject::of(library, count.direction)?,
                    role: count.role.into(),
                    eligible: count.eligible,
                    undetermined: count.possible,
                })
            })
            .collect()
    }
}

/// A word of the query that was taken for another.
/// 被按另一词处理的查询词。
#[derive(Clone, SimpleObject)]
pub(crate) struct Correction {
    /// The word as it was typed.
    /// 输入的词。
    typed: String,
    /// What it was taken for.
    /// 所采用的词。
    used: Vec<String>,
}

/// A page as it was found, before it is an object of the schema.
pub(crate) struct Pages {
    pub(crate) directory: Arc<Directory>,
    pub(crate) found: Found,
    pub(crate) words: Option<Arc<str>>,
}

/// What both connections of profiles have.
macro_rules! profile_connection {
    ($connection:ident, $edge:ident) => {
        /// A page of profiles.
        /// 单位资料的一页。
        #[derive(SimpleObject)]
        #[graphql(cache_control(max_age = 1))]
        pub(crate) struct $connection {
            /// The items of the page with their cursors.
            /// 本页条目及游标。
            edges: Vec<$edge>,
            /// The items of the page.
            /// 本页条目。
            nodes: Vec<ProfileObject>,
            /// Where the page stands in the list.
            /// 分页信息。
            page_info: PageInfo,
            /// How many profiles match in all.
            /// 命中单位总数。
            total_count: usize,
            /// How the words of the query were matched.
            /// 查询词的匹配方式。
            matching: Matching,
            /// Words of the query that were taken for others.
            /// 被按其他词处理的查询词。
            corrections: Vec<Correction>,
            /// How many profiles match by each value.
            /// 各项取值的单位数。
            facets: Option<Facets>,
        }

        impl $connection {
            pub(crate) fn new(page: Pages, edge: impl Fn(ProfileEdge) -> $edge) -> Self {
                let Pages { directory, found, words } = page;
                let Found { hits, total, facets, matching, corrections, has_previous, has_next } = found;
                let mut nodes = Vec::with_capacity(hits.len());
                let mut edges = Vec::with_capacity(hits.len());
                let mut cursors = Vec::with_capacity(hits.len());
                for hit in hits {
                    let node = ProfileObject::new(&directory, hit.listing);
                    nodes.push(node.clone());
                    cursors.push(hit.cursor.clone());
                    edges.push(edge(ProfileEdge {
                        cursor: hit.cursor,
                        node,
                        score: hit.score.into(),
                        words: words.clone(),
                    }));
                }
                Self {
                    page_info: PageInfo::new(has_previous, has_next, cursors.first().cloned(), cursors.pop()),
                    edges,
                    nodes,
                    total_count: total,
                    matching: matching.into(),
                    corrections: corrections.into_iter().map(|(typed, used)| Correction { typed, used }).collect(),
                    facets: facets.map(|facets| Facets { directory, facets }),
                }
            }
        }
    };
}

profile_connection!(ProfileConnection, ProfileEdge);
profile_connection!(PartnerConnection, PartnerEdge);

impl From<Pages> for ProfileConnection {
    fn from(page: Pages) -> Self {
        Self::new(page, |edge| edge)
    }
}

impl PartnerConnection {
    /// A page of possible partners for a role.
    pub(crate) fn of(page: Pages, direction: eligibility::DirectionId, role: eligibility::Role) -> Self {
        Self::new(page, |edge| PartnerEdge { edge, direction, role })
    }
}
