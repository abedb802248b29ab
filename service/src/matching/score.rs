//! The points of a match: what they are given for, and how that is said.

use std::collections::{HashMap, HashSet};

use ::matching::{Blend, Part as CollaborationPart, Parts};
use eligibility::place::Country;
use eligibility::{DirectionId, Localized, Role};
use profile::{ConceptId, Profile, ProfileId};
use search::{RankRequest, RankedHit};

use super::known::{ANSWERS_NEEDED, Answers, Known, day};
use super::weights::Weights;
use crate::clock;
use crate::directory::Directory;
use crate::partners::{Board, PublishedRequest};

/// How long a profile counts as new, in milliseconds: ninety days.
const NEW_FOR: i64 = 90 * 86_400_000;
/// The points of past collaboration that give half of its weight.
const HALF_OF_IT: u32 = 800;
/// The parts that rest on consortia which the seeker was in.
const OWN: [CollaborationPart; 3] =
    [CollaborationPart::Joint, CollaborationPart::JointOnSubject, CollaborationPart::Led];
/// How the parts of past collaboration are told.
const COLLABORATION: [(Reason, &[CollaborationPart]); 3] = [
    (Reason::WorkedTogether, &[CollaborationPart::Joint, CollaborationPart::JointOnSubject, CollaborationPart::Led]),
    (
        Reason::CommonPartners,
        &[CollaborationPart::TwoStep, CollaborationPart::TwoStepAnywhere, CollaborationPart::ThreeStep],
    ),
    (
        Reason::Experience,
        &[
            CollaborationPart::Activity,
            CollaborationPart::Alike,
            CollaborationPart::Related,
            CollaborationPart::Presence,
        ],
    ),
];
/// Parts that are said in one sentence.
const SAID_AT_MOST: usize = 4;
/// Concepts that are said by name.
const NAMED_AT_MOST: usize = 3;

/// What points of a match are given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It works on the subjects that are looked for.
    Subjects,
    /// It works in a field of the seeker.
    Field,
    /// It offers what the seeker looks for.
    Offers,
    /// It looks for what the seeker offers.
    Seeks,
    /// It has posted a request that the seeker answers.
    SeeksSuchAs,
    /// It answers a request of the seeker.
    IsSought,
    /// It has worked with the seeker.
    WorkedTogether,
    /// It has worked with partners of the seeker.
    CommonPartners,
    /// It has been in consortia of this direction.
    Experience,
    /// Its facts are declared by itself, or verified.
    Assurance,
    /// What decides about its roles is known.
    Completeness,
    /// How it answers expressions of interest.
    Responsiveness,
    /// It is new here.
    Newcomer,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is given for.
    pub reason: Reason,
    /// The points.
    pub points: u32,
    /// Why, as people read it, without a full stop.
    pub text: Localized,
    /// Whether it says something of this partner that is not said of most.
    pub is_notable: bool,
}

/// A score and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// The sum of the parts.
    pub total: u32,
    /// The parts, the greatest first.
    pub parts: Vec<Part>,
}

impl Score {
    /// Why somebody is suggested, in one sentence: how they stand, then the parts that say something of them, the greatest first.
    pub fn why(&self, standing: &Localized) -> Localized {
        let said = self.parts.iter().filter(|part| part.is_notable).map(|part| &part.text).take(SAID_AT_MOST);
        let joined = Localized::join(std::iter::once(standing).chain(said), "；", "; ");
        Localized::new(format!("{}。", joined.zh), format!("{}.", capitalised(&joined.en)))
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// For whom partners are ranked, and what is known of everybody for that.
pub(super) struct Scoring<'a> {
    directory: &'a Directory,
    weights: Weights,
    fields: Vec<(String, u32)>,
    subjects: Vec<(ConceptId, u32)>,
    /// What the seeker looks for, and what it offers.
    wanted: Vec<ConceptId>,
    offered: Vec<ConceptId>,
    seed: u64,
    known: &'a Known,
    ties: HashMap<ProfileId, Parts>,
    seekers: HashMap<ProfileId, &'a PublishedRequest>,
    sought: Vec<Sought>,
    blend: Blend,
}

/// What a request of the seeker looks for.
struct Sought {
    subjects: HashSet<ConceptId>,
    countries: Vec<Country>,
    title: String,
}

/// Who seeks, and what for.
#[derive(Clone, Debug)]
pub(super) struct Wish<'a> {
    pub(super) seeker: ProfileId,
    pub(super) content: &'a Profile,
    pub(super) direction: DirectionId,
    /// The topic of the direction, if it is settled.
    pub(super) topic: Option<&'a str>,
    /// The role that the seeker takes.
    pub(super) own_role: Role,
    /// The role that is looked for; any, if not given.
    pub(super) role: Option<Role>,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        directory: &'a Directory,
        weights: Weights,
        known: &'a Known,
        board: &'a Board,
        wish: &Wish<'_>,
    ) -> Self {
        let lexicon = directory.lexicon();
        let content = wish.content;
        let fields = content.fields.iter().map(|field| (field.value.clone(), weights.field)).collect();

        // What the seeker says it looks for counts most, then the topic of the project, then what it works on itself where
        // the direction has that among its topics, then the direction's other topics.
        let wanted: Vec<ConceptId> = content.seeks.iter().flat_map(|seeks| lexicon.concepts_in(&seeks.value)).collect();
        let topics = directory.topic_concepts(wish.direction, None);
        let topic: Vec<ConceptId> =
            wish.topic.map(|topic| directory.topic_concepts(wish.direction, Some(topic))).unwrap_or_default();
        let own: HashSet<ConceptId> = content
            .keywords
            .iter()
            .map(|keyword| keyword.value.as_str())
            .chain(content.offers.iter().map(|offers| offers.value.as_str()))
            .chain(content.names.iter().map(|name| name.text.as_str()))
            .flat_map(|text| lexicon.concepts_in(text))
            .collect();
        let mut subjects: Vec<(ConceptId, u32)> = Vec::new();
        let mut add = |concepts: &mut dyn Iterator<Item = ConceptId>, hundredths: u32| {
            for concept in concepts {
                if subjects.iter().all(|(known, _)| *known != concept) {
                    subjects.push((concept, Weights::share(weights.subjects, hundredths)));
                }
            }
        };
        add(&mut wanted.iter().copied(), 60);
        add(&mut topic.into_iter(), 60);
        add(&mut topics.iter().copied().filter(|concept| own.contains(concept)), 50);
        add(&mut own.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter(), 30);
        if wish.topic.is_none() {
            add(&mut topics.iter().copied(), 20);
        }

        // What the seeker was in itself counts at once; what others do together, only once it is long over.
        let today = day(clock::now());
        let mut ties: HashMap<ProfileId, Parts> = HashMap::new();
        for (of, is_own) in [(&known.ties, true), (&known.past, false)] {
            for (party, parts) in of.around(wish.seeker, &[wish.direction], today).iter() {
                let known = ties.entry(party).or_default();
                for part in CollaborationPart::ALL.into_iter().filter(|part| OWN.contains(part) == is_own) {
                    known.set(part, parts.get(part));
                }
            }
        }
        let country = content.country();
        let mut seekers = HashMap::new();
        let mut sought = Vec::new();
        for request in board.of_direction(wish.direction) {
            if request.profile == wish.seeker {
                if wish.role.is_none_or(|role| request.role.is_none_or(|wanted| wanted == role)) {
                    sought.push(Sought {
                        subjects: lexicon.concepts_in(&request.seeks).into_iter().collect(),
                        countries: request.countries.clone(),
                        title: request.title.clone(),
                    });
                }
                continue;
            }
            let role_fits = request.role.is_none_or(|wanted| wanted == wish.own_role);
            let place_fits =
                request.countries.is_empty() || country.is_some_and(|country| request.countries.contains(&country));
            if role_fits && place_fits {
                seekers.entry(request.profile).or_insert(request);
            }
        }
        Self {
            directory,
            weights,
            fields,
            subjects,
            wanted,
            offered: content.offers.iter().flat_map(|offers| lexicon.concepts_in(&offers.value)).collect(),
            // Who comes first of those with the same points is another for each seeker, so that nobody always is.
            seed: wish.seeker.0.as_u64_pair().1,
            known,
            ties,
            seekers,
            sought,
            blend: Blend::default(),
        }
    }

    /// What the index ranks by.
    pub(super) fn request(&self) -> RankRequest {
        let weights = self.weights;
        let prior = Weights::share(weights.responsiveness, Answers::default().hundredths());
        let mut extra: HashMap<ProfileId, u32> = HashMap::new();
        let named = self.ties.keys().chain(self.seekers.keys()).copied();
        for id in named.chain(self.known.all_answers().map(|(id, _)| id)) {
            extra.entry(id).or_insert_with(|| {
                let collaboration: u32 = self.collaboration(id).into_iter().map(|(_, points)| points).sum();
                collaboration + self.responsiveness(id) + self.is_seeker(id)
            });
        }
        RankRequest {
            fields: self.fields.clone(),
            concepts: self.subjects(),
            concepts_at_most: weights.subjects.max(Weights::share(weights.requests, 50)),
            assurance: [0, weights.assurance / 2, weights.assurance],
            completeness: weights.completeness,
            newcomer: Some((clock::now() - NEW_FOR, weights.newcomer)),
            extra,
            everyone: prior,
            offers: self.wanted.iter().map(|concept| (*concept, weights.requests / 2)).collect(),
            seeks: self.offered.iter().map(|concept| (*concept, weights.requests / 2)).collect(),
            exchange_at_most: weights.requests,
            seed: self.seed,
            ..RankRequest::default()
        }
    }

    /// Subjects with their points; those that a request of the seeker names give half of that weight as well.
    fn subjects(&self) -> Vec<(ConceptId, u32)> {
        let mut subjects = self.subjects.clone();
        let points = Weights::share(self.weights.requests, 50);
        for concept in self.sought.iter().flat_map(|sought| &sought.subjects) {
            match subjects.iter_mut().find(|(known, _)| known == concept) {
                Some((_, known)) => *known = (*known).max(points),
                None => subjects.push((*concept, points)),
            }
        }
        subjects.sort_unstable();
        subjects
    }

    fn responsiveness(&self, id: ProfileId) -> u32 {
        Weights::share(self.weights.responsiveness, self.known.answers(id).hundredths())
    }

    fn is_seeker(&self, id: ProfileId) -> u32 {
        if self.seekers.contains_key(&id) { self.weights.requests } else { 0 }
    }

    /// The points for past collaboration, part by part.
    fn collaboration(&self, id: ProfileId) -> Vec<(Reason, u32)> {
        let Some(parts) = self.ties.get(&id) else { return Vec::new() };
        // Past collaboration counts less the more there is of it: nobody is out of reach of those who begin.
        let total = self.blend.points(parts);
        let most = u64::from(self.weights.collaboration) * u64::from(total) / u64::from(total.max(1) + HALF_OF_IT);
        COLLABORATION
            .iter()
            .map(|(reason, of)| {
                let mut some = Parts::default();
                for part in *of {
                    some.set(*part, parts.get(*part));
                }
                let points = most * u64::from(self.blend.points(&some)) / u64::from(total.max(1));
                (*reason, u32::try_from(points).unwrap_or(u32::MAX))
            })
            .collect()
    }

    /// The score of somebody who was ranked, part by part.
    pub(super) fn score(&self, hit: &RankedHit, country: Option<Country>) -> Score {
        let mut parts = Vec::new();
        let answers = self.known.answers(hit.id);
        let mut add = |reason, points, zh: String, en: String| {
            if points > 0 {
                let is_notable = match reason {
                    Reason::Completeness => false,
                    Reason::Responsiveness => answers.asked >= ANSWERS_NEEDED,
                    _ => true,
                };
                parts.push(Part { reason, points, text: Localized::new(zh, en), is_notable });
            }
        };
        let lexicon = self.directory.lexicon();
        let mut named: Vec<(ConceptId, u32)> = hit.concepts.clone();
        named.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
        let subject_points = named.iter().map(|(_, points)| *points).sum::<u32>();
        let subject_points = subject_points.min(self.weights.subjects.max(Weights::share(self.weights.requests, 50)));
        let names: Vec<Localized> =
            named.iter().take(NAMED_AT_MOST).filter_map(|(concept, _)| lexicon.concept_name(*concept)).collect();
        let names = Localized::join(&names, "、", ", ");
        let requested = named.iter().find_map(|(concept, _)| {
            let place_fits = |sought: &&Sought| {
                sought.countries.is_empty() || country.is_some_and(|country| sought.countries.contains(&country))
            };
            let of = self.sought.iter().filter(place_fits).find(|sought| sought.subjects.contains(concept));
            of.map(|sought| &sought.title)
        });
        match requested {
            Some(title) => add(
                Reason::IsSought,
                subject_points,
                format!("研究方向包括{}，符合贵单位发布的需求“{title}”", names.zh),
                format!("works on {}, as your request “{title}” asks", names.en),
            ),
            None => add(
                Reason::Subjects,
                subject_points,
                format!("研究方向包括{}", names.zh),
                format!("works on {}", names.en),
            ),
        }
        let mut left = self.weights.requests;
        for (reason, concepts) in [(Reason::Offers, &hit.offers), (Reason::Seeks, &hit.seeks)] {
            let points = concepts.iter().map(|(_, points)| *points).sum::<u32>().min(left);
            left -= points;
            let names = concepts.iter().take(NAMED_AT_MOST);
            let names: Vec<Localized> = names.filter_map(|(concept, _)| lexicon.concept_name(*concept)).collect();
            let names = Localized::join(&names, "、", ", ");
            match reason {
                Reason::Offers => {
                    add(
                        reason,
                        points,
                        format!("能提供贵单位所寻求的{}", names.zh),
                        format!("offers {}, which you seek", names.en),
                    );
                }
                _ => add(
                    reason,
                    points,
                    format!("正寻求贵单位所能提供的{}", names.zh),
                    format!("seeks {}, which you offer", names.en),
                ),
            }
        }
        if let Some((code, points)) = &hit.field
            && let Some((_, field)) = lexicon.taxonomy().field(code)
        {
            add(
                Reason::Field,
                *points,
                format!("与贵单位同属{}领域", field.label.zh),
                format!("works in your field {}", field.label.en),
            );
        }
        if let Some(request) = self.seekers.get(&hit.id) {
            add(
                Reason::SeeksSuchAs,
                self.is_seeker(hit.id),
                format!("正在寻找贵单位这样的合作方（“{}”）", request.title),
                format!("is looking for a partner like you (“{}”)", request.title),
            );
        }
        for (reason, points) in self.collaboration(hit.id) {
            let (zh, en) = match reason {
                Reason::WorkedTogether => {
                    ("曾与贵单位共同组建联合体".to_owned(), "was in a consortium with you".to_owned())
                }
                Reason::CommonPartners => {
                    ("与贵单位的合作伙伴有合作".to_owned(), "has worked with partners of yours".to_owned())
                }
                _ => (
                    "有联合申报的组队经验".to_owned(),
                    "has been in consortia before, of this direction or others".to_owned(),
                ),
            };
            add(reason, points, zh, en);
        }
        let verified = hit.assurance >= self.weights.assurance;
        add(
            Reason::Assurance,
            hit.assurance,
            if verified { "关键事实已核实".to_owned() } else { "关键事实由其自行申报".to_owned() },
            if verified { "its key facts are verified".to_owned() } else { "declares its key facts itself".to_owned() },
        );
        let hundredths = (100 * hit.completeness).checked_div(self.weights.completeness).unwrap_or_default();
        add(
            Reason::Completeness,
            hit.completeness,
            format!("判定资格所需的事实已知 {hundredths}%"),
            format!("{hundredths} % of the facts that decide about its roles are known"),
        );
        let points = self.responsiveness(hit.id);
        if answers.asked >= ANSWERS_NEEDED {
            let days = answers.median_hours.div_ceil(24).max(1);
            add(
                Reason::Responsiveness,
                points,
                format!("答复过 {}/{} 次合作意向，通常在 {days} 天内", answers.answered, answers.asked),
                format!(
                    "has answered {} of {} expressions of interest, usually within {days} {}",
                    answers.answered,
                    answers.asked,
                    if days == 1 { "day" } else { "days" }
                ),
            );
        } else {
            add(
                Reason::Responsiveness,
                points,
                "答复记录不足，暂无法评价（按一半计）".to_owned(),
                "has not been asked often enough to say how it answers (counted as half)".to_owned(),
            );
        }
        add(Reason::Newcomer, hit.newcomer, "新近加入".to_owned(), "is new here".to_owned());
        parts.sort_by_key(|part| std::cmp::Reverse(part.points));
        Score { total: hit.total, parts }
    }
}
