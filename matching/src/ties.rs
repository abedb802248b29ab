use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Part, Parts};

/// Days after which a tie counts half.
const TIE_HALF_LIFE: f64 = 1_095.0;
/// Days after which activity in a subject counts half. What a party works on changes more slowly than whom it works with.
const ACTIVITY_HALF_LIFE: f64 = 2_190.0;
/// Spreads small weights over the curved part of the logarithm.
const SPREAD: f64 = 10.0;
/// Added to the length of a profile, so that one consortium is not yet a profile.
const PROFILE_PRIOR: f64 = 0.3;
/// Views that are kept: more than a call has directions.
const VIEWS_KEPT: usize = 32;

/// One past consortium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint<K, S> {
    /// Who took part, the lead included; one that is named twice counts once.
    pub parties: Vec<K>,
    /// Who led it, if that is known.
    pub lead: Option<K>,
    /// What it was about: directions or parts of a programme.
    pub subjects: Vec<S>,
    /// The day it began, as a number of days since any day that all of them share.
    pub on: i32,
}

/// Past consortia and the parties in them. Parties and subjects are whatever the caller knows them by.
#[derive(Clone, Debug)]
pub struct Ties<K, S> {
    parties: Vec<K>,
    places: HashMap<K, usize>,
    subjects: Vec<S>,
    joints: Vec<Held>,
    /// The consortia of each party.
    joints_of: Vec<Vec<usize>>,
    memory: Memory<S>,
}

#[derive(Clone, Debug)]
struct Held {
    members: Vec<usize>,
    lead: Option<usize>,
    subjects: Vec<usize>,
    on: i32,
}

/// What one consortium weighs on the day of the question; all zero if it began later.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    begun: bool,
    /// 1 on the day it began, half after the half-life of ties.
    recency: f64,
    /// The same with the half-life of activity.
    lasting: f64,
    /// Recency over ln(1 + members): two of three know each other better than two of thirty.
    closeness: f64,
    /// Recency over the number of other members.
    share: f64,
}

/// What is the same for every question of a day.
#[derive(Debug)]
struct Day {
    as_of: i32,
    weights: Vec<Weight>,
    /// For each party the sum of the recency of its consortia.
    presence: Vec<f64>,
    /// For each party as many numbers as there are subjects: what it works on, of length nearly 1.
    profiles: Vec<f64>,
}

/// What is the same for every question on some subjects on a day.
#[derive(Debug)]
struct View<S> {
    subjects: Vec<S>,
    /// For each consortium whether it is on the subjects.
    on_subject: Vec<bool>,
    /// The parts that do not depend on the seeker.
    parts: Vec<Parts>,
}

/// A day, and the views that were asked for on it.
type Seen<S> = (Arc<Day>, Vec<Arc<View<S>>>);

/// What need not be computed anew from one question to the next. A copy begins empty.
#[derive(Debug)]
struct Memory<S>(Mutex<Option<Seen<S>>>);

impl<S> Default for Memory<S> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<S> Clone for Memory<S> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What the seeker and one party did together.
#[derive(Clone, Copy, Default)]
struct Together {
    joint: f64,
    on_subject: f64,
    led: f64,
    near: f64,
}

impl<K, S> Default for Ties<K, S> {
    fn default() -> Self {
        Self {
            parties: Vec::new(),
            places: HashMap::new(),
            subjects: Vec::new(),
            joints: Vec::new(),
            joints_of: Vec::new(),
            memory: Memory::default(),
        }
    }
}

impl<K: Eq + Hash + Copy, S: Eq + Copy> Ties<K, S> {
    /// Adds one consortium. What was kept of earlier questions is forgotten.
    pub fn add(&mut self, joint: &Joint<K, S>) {
        let mut members = Vec::with_capacity(joint.parties.len());
        for key in joint.parties.iter().chain(&joint.lead) {
            let place = self.place(*key);
            if !members.contains(&place) {
                members.push(place);
            }
        }
        for place in &members {
            if let Some(joints) = self.joints_of.get_mut(*place) {
                joints.push(self.joints.len());
            }
        }
        let lead = joint.lead.and_then(|key| self.places.get(&key).copied());
        let subjects = joint.subjects.iter().map(|subject| self.subject(*subject)).collect();
        self.joints.push(Held { members, lead, subjects, on: joint.on });
        self.memory = Memory::default();
    }

    /// How many parties have been in a consortium.
    pub fn len(&self) -> usize {
        self.parties.len()
    }

    /// Whether there is no consortium yet.
    pub fn is_empty(&self) -> bool {
        self.parties.is_empty()
    }

    /// The parts of every party, as seen from the seeker on a day. What began later is not looked at. A seeker without a past sees
    /// activity alone; the parts of the seeker itself are zero.
    pub fn around(&self, seeker: K, subjects: &[S], as_of: i32) -> Around<'_, K, S> {
        let (day, view) = self.seen(subjects, as_of);
        let mut parts = view.parts.clone();
        if let Some(seeker) = self.places.get(&seeker).copied() {
            let mut is_own = vec![false; self.joints.len()];
            let mut together = vec![Together::default(); self.parties.len()];
            for joint in self.joints_of.get(seeker).into_iter().flatten().copied() {
                let (Some(held), Some(weight)) = (self.joints.get(joint), day.weights.get(joint)) else { continue };
                if !weight.begun {
                    continue;
                }
                if let Some(is_own) = is_own.get_mut(joint) {
                    *is_own = true;
                }
                let on_subject = view.on_subject.get(joint).is_some_and(|is_on| *is_on);
                for place in &held.members {
                    let Some(with) = together.get_mut(*place) else { continue };
                    with.joint += 1.0;
                    with.on_subject += if on_subject { weight.closeness } else { 0.0 };
                    with.led += if held.lead == Some(seeker) { weight.closeness } else { 0.0 };
                    with.near += weight.share;
                }
            }
            for (of_party, with) in parts.iter_mut().zip(&together).filter(|(_, with)| with.joint > 0.0) {
                of_party.joint = with.joint.ln_1p();
                of_party.joint_on_subject = (SPREAD * with.on_subject).ln_1p();
                of_party.led = (SPREAD * with.led).ln_1p();
            }
            let others = |joint: usize| is_own.get(joint).is_some_and(|is_own| !is_own);
            let others_on_subject =
                |joint: usize| others(joint) && view.on_subject.get(joint).is_some_and(|is_on| *is_on);
            let mut near: Vec<f64> = together.iter().map(|with| spread(with.near)).collect();
            clear(&mut near, seeker);
            let two = self.step(&near, &day, others_on_subject);
            put(&mut parts, Part::TwoStep, &two);
            put(&mut parts, Part::TwoStepAnywhere, &self.step(&near, &day, others));
            let mut next: Vec<f64> = two.into_iter().map(spread).collect();
            clear(&mut next, seeker);
            put(&mut parts, Part::ThreeStep, &self.step(&next, &day, others_on_subject));
            let profiles = || day.profiles.chunks_exact(self.subjects.len().max(1));
            for (of_party, profile) in parts.iter_mut().zip(profiles()) {
                let own = profiles().nth(seeker).into_iter().flatten();
                of_party.alike = profile.iter().zip(own).map(|(one, other)| one * other).sum();
            }
            clear(&mut parts, seeker);
        }
        Around { ties: self, parts }
    }

    fn place(&mut self, key: K) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.parties.push(key);
            self.joints_of.push(Vec::new());
            self.parties.len() - 1
        })
    }

    fn subject(&mut self, subject: S) -> usize {
        self.subjects.iter().position(|known| *known == subject).unwrap_or_else(|| {
            self.subjects.push(subject);
            self.subjects.len() - 1
        })
    }

    /// What does not depend on the seeker: kept for one day, and for the views asked for last.
    fn seen(&self, subjects: &[S], as_of: i32) -> (Arc<Day>, Arc<View<S>>) {
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, views) = match memory.take() {
            Some(seen) if seen.0.as_of == as_of => memory.insert(seen),
            _ => memory.insert((Arc::new(self.day(as_of)), Vec::new())),
        };
        if let Some(view) = views.iter().find(|view| view.subjects == subjects) {
            return (Arc::clone(day), Arc::clone(view));
        }
        let view = Arc::new(self.view(subjects, day));
        if views.len() >= VIEWS_KEPT {
            views.remove(0);
        }
        views.push(Arc::clone(&view));
        (Arc::clone(day), view)
    }

    fn day(&self, as_of: i32) -> Day {
        let weights: Vec<Weight> = self.joints.iter().map(|held| weigh(held, as_of)).collect();
        let width = self.subjects.len().max(1);
        let mut presence = vec![0.0; self.parties.len()];
        let mut profiles = vec![0.0; self.parties.len() * width];
        for (held, weight) in self.joints.iter().zip(&weights) {
            give(&mut presence, &held.members, weight.recency);
            for place in &held.members {
                let of_party = profiles.chunks_exact_mut(width).nth(*place);
                give(of_party.unwrap_or_default(), &held.subjects, weight.lasting);
            }
        }
        for profile in profiles.chunks_exact_mut(width) {
            profile.iter_mut().for_each(|value| *value = value.ln_1p());
            let length = profile.iter().map(|value| value * value).sum::<f64>().sqrt();
            profile.iter_mut().for_each(|value| *value /= length + PROFILE_PRIOR);
        }
        Day { as_of, weights, presence, profiles }
    }

    fn view(&self, subjects: &[S], day: &Day) -> View<S> {
        let asked: Vec<bool> = self.subjects.iter().map(|subject| subjects.contains(subject)).collect();
        let is_asked = |subject: &usize| asked.get(*subject).is_some_and(|is_asked| *is_asked);
        let on_subject: Vec<bool> = self.joints.iter().map(|held| held.subjects.iter().any(is_asked)).collect();
        let sums = || vec![0.0; self.parties.len()];
        let (mut activity, mut presence, mut related) = (sums(), sums(), sums());
        let weighed = || self.joints.iter().zip(&day.weights).zip(&on_subject);
        for ((held, weight), is_on) in weighed() {
            give(&mut presence, &held.members, weight.lasting);
            if *is_on {
                give(&mut activity, &held.members, weight.lasting);
            }
        }
        // Consortia on other subjects, each as much as the share of its members that are active in these.
        for ((held, weight), _) in weighed().filter(|(_, is_on)| !**is_on) {
            let active = held.members.iter().filter(|place| value_at(&activity, **place) > 0.0).count();
            let share = count(active) / count(held.members.len()).max(1.0);
            give(&mut related, &held.members, weight.lasting * share);
        }
        let mut parts = vec![Parts::default(); self.parties.len()];
        put(&mut parts, Part::Activity, &activity);
        put(&mut parts, Part::Related, &related);
        put(&mut parts, Part::Presence, &presence);
        View { subjects: subjects.to_vec(), on_subject, parts }
    }

    /// One step further, through some consortia: each passes on what its members bring, less of those that are everywhere.
    fn step(&self, near: &[f64], day: &Day, through: impl Fn(usize) -> bool) -> Vec<f64> {
        let brings =
            |(near, presence): (&f64, &f64)| if *near > 0.0 && *presence > 0.0 { near / presence.sqrt() } else { 0.0 };
        let brings: Vec<f64> = near.iter().zip(&day.presence).map(brings).collect();
        let mut far = vec![0.0; self.parties.len()];
        for (_, (held, weight)) in self.joints.iter().zip(&day.weights).enumerate().filter(|(joint, _)| through(*joint))
        {
            let brought: f64 = held.members.iter().map(|place| value_at(&brings, *place)).sum();
            give(&mut far, &held.members, brought * weight.share);
        }
        far
    }
}

fn weigh(held: &Held, as_of: i32) -> Weight {
    if held.on > as_of {
        return Weight::default();
    }
    let age = f64::from(as_of) - f64::from(held.on);
    let members = count(held.members.len());
    let recency = (-age / TIE_HALF_LIFE).exp2();
    Weight {
        begun: true,
        recency,
        lasting: (-age / ACTIVITY_HALF_LIFE).exp2(),
        closeness: recency / members.ln_1p(),
        share: recency / (members - 1.0).max(1.0),
    }
}

fn spread(value: f64) -> f64 {
    if value > 0.0 { (SPREAD * value).ln_1p() } else { 0.0 }
}

fn put(parts: &mut [Parts], part: Part, values: &[f64]) {
    for (of_party, value) in parts.iter_mut().zip(values).filter(|(_, value)| **value > 0.0) {
        of_party.set(part, value.ln_1p());
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn give(sums: &mut [f64], members: &[usize], value: f64) {
    if value != 0.0 {
        for place in members {
            if let Some(sum) = sums.get_mut(*place) {
                *sum += value;
            }
        }
    }
}

fn value_at(values: &[f64], place: usize) -> f64 {
    values.get(place).copied().unwrap_or_default()
}

fn clear<T: Default>(values: &mut [T], place: usize) {
    if let Some(value) = values.get_mut(place) {
        *value = T::default();
    }
}

/// The parts of all parties, as seen from one seeker.
#[derive(Clone, Debug)]
pub struct Around<'a, K, S> {
    ties: &'a Ties<K, S>,
    parts: Vec<Parts>,
}

impl<K: Eq + Hash + Copy, S> Around<'_, K, S> {
    /// The parts of one party; all zero for one that has no past.
    pub fn parts(&self, party: K) -> Parts {
        self.ties.places.get(&party).and_then(|place| self.parts.get(*place)).copied().unwrap_or_default()
    }

    /// Every party with a past, and its parts.
    pub fn iter(&self) -> impl Iterator<Item = (K, &Parts)> {
        self.ties.parties.iter().copied().zip(&self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joint(parties: &[char], lead: char, subjects: &[u8], on: i32) -> Joint<char, u8> {
        Joint { parties: parties.to_vec(), lead: Some(lead), subjects: subjects.to_vec(), on }
    }

    /// The profile of one consortium of today on one subject.
    fn alone() -> f64 {
        1.0_f64.ln_1p() / (1.0_f64.ln_1p() + 0.3)
    }

    fn of(joints: &[Joint<char, u8>]) -> Ties<char, u8> {
        let mut ties = Ties::default();
        joints.iter().for_each(|joint| ties.add(joint));
        ties
    }

    #[test]
    fn a_joint_consortium_of_today_counts_in_full_and_only_where_it_was_led() {
        let ties = of(&[joint(&['a', 'b', 'c'], 'a', &[1], 0)]);
        let close = (10.0 / 3.0_f64.ln_1p()).ln_1p();
        let one = 1.0_f64.ln_1p();
        let alike = alone() * alone();
        let past = Parts { joint: one, led: close, alike, presence: one, ..Parts::default() };
        let seen = Parts { joint_on_subject: close, activity: one, ..past };
        assert_eq!(ties.around('a', &[1], 0).parts('b'), seen);
        assert_eq!(ties.around('b', &[1], 0).parts('c'), Parts { led: 0.0, ..seen });
        assert_eq!(ties.around('a', &[2], 0).parts('b'), past);
    }

    #[test]
    fn ties_fade_faster_than_activity_and_joint_work_is_counted_for_good() {
        let ties = of(&[joint(&['a', 'b'], 'b', &[1], 0)]);
        let parts = ties.around('a', &[1], 2_190).parts('b');
        assert_eq!(parts.joint, 1.0_f64.ln_1p());
        assert_eq!(parts.joint_on_subject, (10.0 * (0.25 / 2.0_f64.ln_1p())).ln_1p());
        assert_eq!((parts.activity, parts.presence), (0.5_f64.ln_1p(), 0.5_f64.ln_1p()));
    }

    #[test]
    fn what_begins_later_and_the_seeker_itself_and_strangers_have_nothing() {
        let ties = of(&[joint(&['a', 'b'], 'a', &[1], 10)]);
        assert_eq!(ties.around('a', &[1], 9).parts('b'), Parts::default());
        let around = ties.around('a', &[1], 10);
        assert_eq!(around.parts('a'), Parts::default());
        assert_eq!(around.parts('z'), Parts::default());
        assert_eq!(around.iter().map(|(key, _)| key).collect::<Vec<_>>(), ['a', 'b']);
    }

    #[test]
    fn a_seeker_without_a_past_sees_activity_alone() {
        let ties = of(&[joint(&['b', 'c'], 'b', &[1], 0)]);
        let one = 1.0_f64.ln_1p();
        assert_eq!(ties.around('z', &[1], 0).parts('b'), Parts { activity: one, presence: one, ..Parts::default() });
    }

    #[test]
    fn two_and_three_steps_lead_through_partners_on_the_subject() {
        let chain =
            [joint(&['a', 'b'], 'a', &[1], 0), joint(&['b', 'c'], 'b', &[1], 0), joint(&['c', 'd'], 'c', &[1], 0)];
        let ties = of(&chain);
        let around = ties.around('a', &[1], 0);
        let two = 10.0_f64.ln_1p() / 2.0_f64.sqrt();
        assert_eq!(around.parts('c').two_step, two.ln_1p());
        assert_eq!(around.parts('d').two_step, 0.0);
        let three = (10.0 * two).ln_1p() / 2.0_f64.sqrt();
        assert_eq!(around.parts('d').three_step, three.ln_1p());
        assert_eq!(around.parts('c').two_step_anywhere, two.ln_1p());
        let elsewhere = ties.around('a', &[2], 0).parts('c');
        assert_eq!((elsewhere.two_step, elsewhere.two_step_anywhere, elsewhere.three_step), (0.0, two.ln_1p(), 0.0));
    }

    #[test]
    fn parties_are_alike_as_far_as_they_work_on_the_same_subjects() {
        let ties = of(&[joint(&['a'], 'a', &[1], 0), joint(&['b'], 'b', &[1, 2], 0), joint(&['c'], 'c', &[2], 0)]);
        let around = ties.around('a', &[3], 0);
        let one = 1.0_f64.ln_1p();
        let both = one / ((one * one + one * one).sqrt() + 0.3);
        assert_eq!(around.parts('b').alike, both * alone());
        assert_eq!(around.parts('c').alike, 0.0);
    }

    #[test]
    fn what_is_kept_of_one_question_changes_no_other() {
        let first = joint(&['a', 'b'], 'a', &[1], 5);
        let mut ties = of(std::slice::from_ref(&first));
        let asked = |ties: &Ties<char, u8>, subject, as_of| ties.around('a', &[subject], as_of).parts('b').activity;
        let one = 1.0_f64.ln_1p();
        let all =
            |ties: &Ties<char, u8>| [(1, 5), (2, 5), (1, 4), (1, 5)].map(|(subject, on)| asked(ties, subject, on));
        assert_eq!(all(&ties), [one, 0.0, 0.0, one]);
        let copy = ties.clone();
        ties.add(&first);
        assert_eq!(all(&ties), [2.0_f64.ln_1p(), 0.0, 0.0, 2.0_f64.ln_1p()]);
        assert_eq!(all(&copy), [one, 0.0, 0.0, one]);
        for subject in 0..40 {
            assert_eq!(asked(&copy, subject, 5), if subject == 1 { one } else { 0.0 }, "{subject}");
        }
        assert_eq!(asked(&copy, 1, 5), one);
    }

    #[test]
    fn another_subject_counts_as_far_as_its_members_are_active_in_this_one() {
        let ties = of(&[joint(&['b', 'c'], 'b', &[1], 0), joint(&['b', 'd'], 'b', &[2], 0)]);
        let around = ties.around('z', &[1], 0);
        assert_eq!(around.parts('d').related, 0.5_f64.ln_1p());
        assert_eq!(around.parts('c').related, 0.0);
    }

    #[test]
    fn one_named_twice_is_one_and_a_lead_that_is_not_named_takes_part() {
        let ties = of(&[joint(&['b', 'b'], 'a', &[1], 0)]);
        assert_eq!(ties.len(), 2);
        assert_eq!(ties.around('a', &[1], 0).parts('b').joint, 1.0_f64.ln_1p());
        assert!(Ties::<char, u8>::default().is_empty());
    }
}
