//! How near two parties are by what they did together.
//!
//! [`Ties`] holds past consortia. Asked for a seeker and subjects, it gives each party its [`Parts`]: how often both worked together,
//! how many ways lead from one to the other, how active the party is in the subjects. A [`Blend`] makes one number of them. Nothing
//! here knows of persons, databases or the network.

mod blend;
mod ties;

pub use blend::{Blend, Part, Parts};
pub use ties::{Around, Joint, Ties};
