//! Judges a consortium against the directions of a call, clause by clause.
//!
//! Pure and synchronous: no I/O, no clock, no database, no GraphQL types. Callers bring texts and get values. Nothing
//! about a direction is here: calls are data (see `docs/guide-format.md`).

pub mod audit;
pub mod completion;
pub mod date;
pub mod evaluate;
pub mod facts;
pub mod guide;
mod load;
pub mod place;
pub mod predicate;
pub mod problem;
pub mod profile;
mod reader;
pub mod repair;
pub mod report;
pub mod text;
pub mod truth;
pub mod vocabulary;
pub mod words;
pub mod yaml;

pub use completion::{
    Addition, Class, CompletionLimits, CompletionSet, Completions, Composition, Join, OpenSlot, Parties, Pool, Side,
};
pub use evaluate::FactRef;
pub use facts::{Case, Consortium, FactValue, Facts, Member};
pub use guide::{Direction, DirectionId, Guide, Library, Requirement, SourceFile};
pub use problem::Problem;
pub use profile::{Role, RoleReport};
pub use repair::{Change, Repair, Slot, Wanted};
pub use report::{CommonReport, Finding, Outcome, Report, Verdict};
pub use text::{Lang, Localized};
pub use truth::Truth;
