//! The life of a profile: one state machine. The status is that of the newest revision; whether a profile is listed depends on
//! the published one, so that what is published stays so while the next revision is written and reviewed.

use entity::profile::{Model, Status};

/// What can become of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Its owner writes a new revision.
    Edit,
    /// Its owner sends the newest revision to review.
    Submit,
    /// Its owner takes it back from review.
    Withdraw,
    /// A moderator sends it back.
    RequestChanges,
    /// A moderator publishes the newest revision.
    Publish,
    /// Its owner goes back to the published revision.
    Discard,
    /// A moderator takes it off the list.
    Suspend,
    /// A moderator puts it back.
    Restore,
    /// Its owner takes it off the list.
    Archive,
    /// Its owner puts it back.
    Reopen,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Edit,
        Self::Submit,
        Self::Withdraw,
        Self::RequestChanges,
        Self::Publish,
        Self::Discard,
        Self::Suspend,
        Self::Restore,
        Self::Archive,
        Self::Reopen,
    ];
}

/// How the newest revision stands to the published one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Publication {
    /// Nothing is published.
    Never,
    /// A revision before the newest is.
    Earlier,
    /// The newest is.
    Newest,
}

impl Publication {
    /// Of a profile.
    pub fn of(row: &Model) -> Self {
        match row.published_revision {
            None => Self::Never,
            Some(number) if number == row.latest_revision => Self::Newest,
            Some(_) => Self::Earlier,
        }
    }
}

/// The status after a step; `None` where the step cannot be taken.
pub fn next(status: Status, step: Step, publication: Publication) -> Option<Status> {
    use Status::{Archived, ChangesRequested, Draft, Published, Submitted, Suspended};
    let back = if publication == Publication::Newest { Published } else { Draft };
    match (status, step) {
        (Draft | Published, Step::Edit) => Some(Draft),
        // It says until it is submitted again that changes were asked for.
        (ChangesRequested, Step::Edit) => Some(ChangesRequested),
        (Draft | ChangesRequested, Step::Submit) => Some(Submitted),
        (Submitted, Step::Withdraw) => Some(Draft),
        (Submitted, Step::RequestChanges) => Some(ChangesRequested),
        (Submitted, Step::Publish) => Some(Published),
        (Draft | ChangesRequested, Step::Discard) if publication == Publication::Earlier => Some(Published),
        (Draft | Submitted | ChangesRequested | Published | Archived, Step::Suspend) => Some(Suspended),
        (Suspended, Step::Restore) | (Archived, Step::Reopen) => Some(back),
        (Draft | Submitted | ChangesRequested | Published, Step::Archive) => Some(Archived),
        _ => None,
    }
}

/// Whether everybody may see the published revision.
pub fn is_listed(row: &Model) -> bool {
    row.published_revision.is_some() && !matches!(row.status, Status::Suspended | Status::Archived)
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn the_machine_is_this_one() {
        let mut steps = Vec::new();
        for status in Status::iter() {
            for publication in [Publication::Never, Publication::Earlier, Publication::Newest] {
                for step in Step::ALL {
                    if let Some(next) = next(status, step, publication) {
                        steps.push(format!("{status:?} {publication:?} {step:?} {next:?}"));
                    }
                }
            }
        }
        let of =
            |start: &str| steps.iter().filter(|step| step.starts_with(start)).map(String::as_str).collect::<Vec<_>>();
        assert_eq!(
            of("Draft Earlier"),
            [
                "Draft Earlier Edit Draft",
                "Draft Earlier Submit Submitted",
                "Draft Earlier Discard Published",
                "Draft Earlier Suspend Suspended",
                "Draft Earlier Archive Archived",
            ]
        );
        assert_eq!(
            of("Submitted Never"),
            [
                "Submitted Never Withdraw Draft",
                "Submitted Never RequestChanges ChangesRequested",
                "Submitted Never Publish Published",
                "Submitted Never Suspend Suspended",
                "Submitted Never Archive Archived",
            ]
        );
        assert_eq!(
            of("ChangesRequested Earlier"),
            [
                "ChangesRequested Earlier Edit ChangesRequested",
                "ChangesRequested Earlier Submit Submitted",
                "ChangesRequested Earlier Discard Published",
                "ChangesRequested Earlier Suspend Suspended",
                "ChangesRequested Earlier Archive Archived",
            ]
        );
        assert_eq!(
            of("Published Newest"),
            ["Published Newest Edit Draft", "Published Newest Suspend Suspended", "Published Newest Archive Archived"]
        );
        assert_eq!(of("Suspended Newest"), ["Suspended Newest Restore Published"]);
        assert_eq!(of("Suspended Earlier"), ["Suspended Earlier Restore Draft"]);
        assert_eq!(of("Archived Never"), ["Archived Never Suspend Suspended", "Archived Never Reopen Draft"]);
        assert_eq!(of("Archived Newest"), ["Archived Newest Suspend Suspended", "Archived Newest Reopen Published"]);
    }
}
