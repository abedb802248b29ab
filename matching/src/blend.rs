use serde::{Deserialize, Serialize};

/// What a score of past collaboration is made of. `docs/matching.md` has the formulae.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Consortia in which both were.
    Joint,
    /// Joint consortia on the subjects, recent and small ones more.
    JointOnSubject,
    /// Joint consortia that the seeker led, recent and small ones more.
    Led,
    /// Consortia on the subjects with partners of the seeker.
    TwoStep,
    /// Consortia on any subject with partners of the seeker.
    TwoStepAnywhere,
    /// Consortia on the subjects with partners of those.
    ThreeStep,
    /// Work on the same subjects as the seeker, in the same proportions.
    Alike,
    /// Consortia on the subjects, with anybody.
    Activity,
    /// Consortia on other subjects, as far as their members are active in these.
    Related,
    /// Consortia on any subject.
    Presence,
}

impl Part {
    /// Every part, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Joint,
        Self::JointOnSubject,
        Self::Led,
        Self::TwoStep,
        Self::TwoStepAnywhere,
        Self::ThreeStep,
        Self::Alike,
        Self::Activity,
        Self::Related,
        Self::Presence,
    ];
}

/// One number a part; each is zero or more, and zero without a past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parts {
    /// [`Part::Joint`].
    pub joint: f64,
    /// [`Part::JointOnSubject`].
    pub joint_on_subject: f64,
    /// [`Part::Led`].
    pub led: f64,
    /// [`Part::TwoStep`].
    pub two_step: f64,
    /// [`Part::TwoStepAnywhere`].
    pub two_step_anywhere: f64,
    /// [`Part::ThreeStep`].
    pub three_step: f64,
    /// [`Part::Alike`].
    pub alike: f64,
    /// [`Part::Activity`].
    pub activity: f64,
    /// [`Part::Related`].
    pub related: f64,
    /// [`Part::Presence`].
    pub presence: f64,
}

impl Parts {
    /// The number of one part.
    pub fn get(&self, part: Part) -> f64 {
        match part {
            Part::Joint => self.joint,
            Part::JointOnSubject => self.joint_on_subject,
            Part::Led => self.led,
            Part::TwoStep => self.two_step,
            Part::TwoStepAnywhere => self.two_step_anywhere,
            Part::ThreeStep => self.three_step,
            Part::Alike => self.alike,
            Part::Activity => self.activity,
            Part::Related => self.related,
            Part::Presence => self.presence,
        }
    }

    /// Sets the number of one part.
    pub fn set(&mut self, part: Part, value: f64) {
        *match part {
            Part::Joint => &mut self.joint,
            Part::JointOnSubject => &mut self.joint_on_subject,
            Part::Led => &mut self.led,
            Part::TwoStep => &mut self.two_step,
            Part::TwoStepAnywhere => &mut self.two_step_anywhere,
            Part::ThreeStep => &mut self.three_step,
            Part::Alike => &mut self.alike,
            Part::Activity => &mut self.activity,
            Part::Related => &mut self.related,
            Part::Presence => &mut self.presence,
        } = value;
    }
}

/// What each part weighs in the score. The defaults are fitted by the evaluation tool.
/// A part that a configuration leaves out weighs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blend(pub Parts);

impl Default for Blend {
    fn default() -> Self {
        Self(Parts {
            joint: 3.2,
            joint_on_subject: 5.7,
            led: 2.1,
            two_step: 14.0,
            two_step_anywhere: 3.9,
            three_step: 7.8,
            alike: 2.3,
            activity: 1.95,
            related: 0.2,
            presence: 0.05,
        })
    }
}

impl Blend {
    /// The weighted sum of the parts.
    pub fn score(&self, parts: &Parts) -> f64 {
        Part::ALL.iter().map(|part| self.0.get(*part) * parts.get(*part)).sum()
    }

    /// The score in whole points, a hundred to one, never less than zero; for use in a sum with other points.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float has no other way to a whole number; the cast saturates"
    )]
    pub fn points(&self, parts: &Parts) -> u32 {
        (100.0 * self.score(parts)).round() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_weighted_sum_and_points_are_hundredths() {
        let blend = Blend(Parts { joint: 2.0, activity: 0.5, ..Parts::default() });
        let parts = Parts { joint: 1.5, activity: 0.25, led: 9.0, ..Parts::default() };
        assert_eq!(blend.score(&parts), 3.125);
        assert_eq!(blend.points(&parts), 313);
        let negative = Blend(Parts { led: -1.0, ..Parts::default() });
        assert_eq!(negative.points(&parts), 0);
    }

    #[test]
    fn every_part_is_set_and_got_by_its_own_name() {
        for (number, part) in Part::ALL.into_iter().enumerate() {
            let mut parts = Parts::default();
            parts.set(part, 1.0);
            let name = serde_json::to_value(part).unwrap();
            let told = serde_json::to_value(parts).unwrap();
            assert_eq!(told[name.as_str().unwrap()], 1.0, "{number}");
            assert_eq!(Part::ALL.iter().map(|part| parts.get(*part)).sum::<f64>(), 1.0);
            assert_eq!(parts.get(part), 1.0);
        }
    }

    #[test]
    fn a_configuration_names_known_parts_only() {
        let blend: Blend = serde_json::from_str(r#"{"joint": 3.0}"#).unwrap();
        assert_eq!(blend, Blend(Parts { joint: 3.0, ..Parts::default() }));
        assert!(serde_json::from_str::<Blend>(r#"{"friends": 3.0}"#).is_err());
    }
}
