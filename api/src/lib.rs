//! The service over HTTP: a read-only GraphQL API, its limits, an explorer and what operators need.
//!
//! Knows no rule of any call: it converts requests into what [`eligibility`] takes, and what that answers into responses.

mod config;
mod fault;
mod graphql;
mod http;
mod schema;

use std::sync::Arc;

pub use config::{Limits, ServerConfig};
use eligibility::Library;
pub use http::{RunningServer, ServeError, StopHandle, start};

/// The GraphQL schema, as text in the schema definition language.
pub fn schema_sdl(library: &Library) -> String {
    schema::build(Arc::new(library.clone()), &Limits::default()).sdl()
}
