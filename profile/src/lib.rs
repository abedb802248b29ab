//! What a profile is: names, identifiers, facts with their assurance, research fields; and how a profile is read from the
//! registries.
//!
//! Pure and synchronous: no I/O, no clock, no database, no index, no GraphQL types.

mod content;
mod identifier;
mod judge;
mod merge;
pub mod ror;
#[cfg(test)]
mod support;
pub mod table;
mod taxonomy;

pub use content::{
    Assurance, Attested, Contact, Link, Name, NameKind, Person, Profile, ProfileId, RegistryType, Relation, Stated,
};
pub use identifier::{Identifier, Scheme};
pub use judge::{Ability, RolePossibility, abilities, member};
pub use merge::{complete, merge};
pub use taxonomy::{Concept, ConceptId, Field, Taxonomy};
