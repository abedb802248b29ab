//! The index of the published profiles: analysis of Chinese and English text, documents, queries, ranking, facets.
//!
//! Derived data: it can be built again from the profiles at any time. It knows no database, no GraphQL and no permissions.

mod analysis;
mod columns;
mod cursor;
mod document;
mod error;
mod execute;
mod folder;
mod index;
mod lexicon;
mod query;
mod rank;
mod request;
mod words;

#[cfg(test)]
mod tests;

pub use analysis::simplified;
pub use document::Document;
pub use error::{IndexError, QueryError};
pub use index::{Index, Snapshot, Writer};
pub use lexicon::Lexicon;
pub use rank::{RankRequest, RankedClass, RankedHit, RankedPage, RankedPlace};
pub use request::{
    By, Count, Facets, Filter, Hit, Matching, Order, Page, Reason, Request, RoleCount, RoleFilter, Score, ScorePart,
};
pub use words::{Asked, Words};
