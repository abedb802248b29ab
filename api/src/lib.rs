//! The service over HTTP: a read-only GraphQL API, its limits, an explorer and what operators need.
//!
//! Knows no rule of any call: it converts requests into what [`eligibility`] takes, and what that answers into responses.

mod cache;
mod config;
mod fault;
mod graphql;
mod http;
mod pages;
mod schema;

use std::sync::Arc;

use async_graphql::SDLExportOptions;
pub use config::{Limits, ServerConfig};
use eligibility::Library;
pub use http::{RunningServer, ServeError, StopHandle, start};

/// The GraphQL schema, as text in the schema definition language.
pub fn schema_sdl(library: &Library) -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    schema::build(Arc::new(library.clone()), None, &Limits::default()).sdl_with_options(options)
}
