use std::collections::HashMap;
use std::hash::Hash;

use crate::{Part, Parts};

/// Days after which a tie counts half.
const TIE_HALF_LIFE: f64 = 1_095.0;
/// Days after which activity in a subject counts half. What a party works on changes more slowly than whom it works with.
const ACTIVITY_HALF_LIFE: f64 = 2_190.0;
/// Spreads small weights over the curved part of the logarithm.
const SPREAD: f64 = 10.0;

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
    joints: Vec<Held<S>>,
}

#[derive(Clone, Debug)]
struct Held<S> {
    members: Vec<usize>,
    lead: Option<usize>,
    subjects: Vec<S>,
    on: i32,
}

/// What one consortium weighs on the day of the question; all zero if it began later.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// 1 for each that has begun.
    begun: f64,
    /// 1 on the day it began, half after the half-life of ties.
    recency: f64,
    /// The same with the half-life of activity.
    lasting: f64,
    /// Recency over ln(1 + members): two of three know each other better than two of thirty.
    closeness: f64,
    /// Recency over the number of other members.
    share: f64,
    on_subject: bool,
    with_seeker: bool,
    led: bool,
}

impl<K, S> Default for Ties<K, S> {
    fn default() -> Self {
        Self { parties: Vec::new(), places: HashMap::new(), joints: Vec::new() }
    }
}

impl<K: Eq + Hash + Copy, S: Eq + Copy> Ties<K, S> {
    /// Adds one consortium; nothing that was there is computed anew.
    pub fn add(&mut self, joint: &Joint<K, S>) {
        let mut members = Vec::with_capacity(joint.parties.len());
        for key in joint.parties.iter().chain(&joint.lead) {
            let place = self.place(*key);
            if !members.contains(&place) {
                members.push(place);
            }
        }
        let lead = joint.lead.and_then(|key| self.places.get(&key).copied());
        self.joints.push(Held { members, lead, subjects: joint.subjects.clone(), on: joint.on });
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
        let seeker = self.places.get(&seeker).copied();
        let weights: Vec<Weight> = self.joints.iter().map(|held| weigh(held, seeker, subjects, as_of)).collect();
        let sum = |pick: &dyn Fn(&Weight) -> f64| -> Vec<f64> { self.sum(&weights, pick) };
        let mut parts = vec![Parts::default(); self.parties.len()];
        let mut put = |part: Part, values: &[f64], spread: f64| {
            for (of_party, value) in parts.iter_mut().zip(values).filter(|(_, value)| **value > 0.0) {
                of_party.set(part, (spread * value).ln_1p());
            }
        };
        let activity = sum(&|weight| if weight.on_subject { weight.lasting } else { 0.0 });
        put(Part::Activity, &activity, 1.0);
        put(Part::Related, &self.related(&activity, &weights), 1.0);
        put(Part::Presence, &sum(&|weight| weight.lasting), 1.0);
        if seeker.is_some() {
            let joint = |weight: &Weight, value: f64| if weight.with_seeker { value } else { 0.0 };
            put(Part::Joint, &sum(&|weight| joint(weight, weight.begun)), 1.0);
            let on_subject = sum(&|weight| joint(weight, if weight.on_subject { weight.closeness } else { 0.0 }));
            put(Part::JointOnSubject, &on_subject, SPREAD);
            put(Part::Led, &sum(&|weight| if weight.led { weight.closeness } else { 0.0 }), SPREAD);

            let presence = sum(&|weight| weight.recency);
            let mut near = sum(&|weight| joint(weight, weight.share));
            clear(&mut near, seeker);
            let near: Vec<f64> = near.iter().map(|value| (SPREAD * value).ln_1p()).collect();
            let two = self.step(&near, &presence, &weights);
            put(Part::TwoStep, &two, 1.0);
            let mut next: Vec<f64> = two.iter().map(|value| (SPREAD * value).ln_1p()).collect();
            clear(&mut next, seeker);
            put(Part::ThreeStep, &self.step(&next, &presence, &weights), 1.0);
        }
        clear(&mut parts, seeker);
        Around { ties: self, parts }
    }

    fn place(&mut self, key: K) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.parties.push(key);
            self.parties.len() - 1
        })
    }

    /// For each party the sum over its consortia.
    fn sum(&self, weights: &[Weight], pick: &dyn Fn(&Weight) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.parties.len()];
        for (held, weight) in self.joints.iter().zip(weights) {
            give(&mut sums, &held.members, pick(weight));
        }
        sums
    }

    /// Consortia on other subjects, each as much as the share of its members that are active in the subjects.
    fn related(&self, activity: &[f64], weights: &[Weight]) -> Vec<f64> {
        let mut sums = vec![0.0; self.parties.len()];
        for (held, weight) in self.joints.iter().zip(weights).filter(|(_, weight)| !weight.on_subject) {
            let active = held.members.iter().filter(|place| value_at(activity, **place) > 0.0).count();
            let share = count(active) / count(held.members.len()).max(1.0);
            give(&mut sums, &held.members, weight.lasting * share);
        }
        sums
    }

    /// One step further, through consortia on the subjects in which the seeker is not: each passes on what its members bring, less of
    /// those that are everywhere.
    fn step(&self, near: &[f64], presence: &[f64], weights: &[Weight]) -> Vec<f64> {
        let brings =
            |(near, presence): (&f64, &f64)| if *near > 0.0 && *presence > 0.0 { near / presence.sqrt() } else { 0.0 };
        let brings: Vec<f64> = near.iter().zip(presence).map(brings).collect();
        let mut far = vec![0.0; self.parties.len()];
        for (held, weight) in self.joints.iter().zip(weights) {
            if weight.on_subject && !weight.with_seeker {
                let brought: f64 = held.members.iter().map(|place| value_at(&brings, *place)).sum();
                give(&mut far, &held.members, brought * weight.share);
            }
        }
        far
    }
}

fn weigh<S: Eq>(held: &Held<S>, seeker: Option<usize>, subjects: &[S], as_of: i32) -> Weight {
    if held.on > as_of {
        return Weight::default();
    }
    let age = f64::from(as_of) - f64::from(held.on);
    let members = count(held.members.len());
    let recency = (-age / TIE_HALF_LIFE).exp2();
    Weight {
        begun: 1.0,
        recency,
        lasting: (-age / ACTIVITY_HALF_LIFE).exp2(),
        closeness: recency / members.ln_1p(),
        share: recency / (members - 1.0).max(1.0),
        on_subject: held.subjects.iter().any(|subject| subjects.contains(subject)),
        with_seeker: seeker.is_some_and(|place| held.members.contains(&place)),
        led: seeker.is_some() && held.lead == seeker,
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

fn clear<T: Default>(values: &mut [T], place: Option<usize>) {
    if let Some(value) = place.and_then(|place| values.get_mut(place)) {
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
        let seen =
            Parts { joint: one, joint_on_subject: close, led: close, activity: one, presence: one, ..Parts::default() };
        assert_eq!(ties.around('a', &[1], 0).parts('b'), seen);
        assert_eq!(ties.around('b', &[1], 0).parts('c'), Parts { led: 0.0, ..seen });
        let apart = Parts { joint: one, led: close, presence: one, ..Parts::default() };
        assert_eq!(ties.around('a', &[2], 0).parts('b'), apart);
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
        assert_eq!(ties.around('a', &[2], 0).parts('c').two_step, 0.0);
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
