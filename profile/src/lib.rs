//! What a profile is: names, identifiers, facts with their assurance, research fields; and how a profile is read from the
//! registries.
//!
//! Pure and synchronous: no I/O, no clock, no database, no index, no GraphQL types.

pub mod checks;
mod completeness;
mod content;
pub mod difference;
pub mod edit;
mod identifier;
mod judge;
mod merge;
#[cfg(test)]
mod random;
pub mod ror;
mod staleness;
#[cfg(test)]
mod support;
pub mod table;
mod taxonomy;

pub use completeness::{DirectionCompleteness, RoleCompleteness, completeness, missing_facts};
pub use content::{
    Assurance, Attested, Contact, Link, Name, NameKind, Person, Profile, ProfileId, RegistryType, Relation, Stamp,
    Stated,
};
pub use identifier::{Identifier, Scheme};
pub use judge::{Ability, RolePossibility, Standing, abilities, fact_key, member, member_of_key, standing};
pub use merge::{complete, merge};
pub use staleness::{rests_on, stale_facts};
pub use taxonomy::{Concept, ConceptId, Field, Taxonomy};
