//! The service over HTTP: the GraphQL API, its limits, an explorer and what operators need.
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
pub use config::{Limits, ServerConfig, Sockets};
use eligibility::{Lang, Library};
pub use http::{RunningServer, ServeError, StopHandle, start};
use service::Platform;

use crate::schema::caller::Caller;

/// Answers requests in this process, without HTTP and without keeping answers.
pub struct InProcess {
    engine: graphql::Engine,
    limits: Limits,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl InProcess {
    /// What answers on a platform.
    pub fn new(platform: Arc<Platform>, limits: Limits) -> Self {
        Self { engine: graphql::Engine::new(platform, limits), limits }
    }

    /// The answer to the JSON body of a request, as JSON; in English.
    pub async fn answer(&self, body: &[u8]) -> Vec<u8> {
        match http::of_body(body, &self.limits, Lang::En, Arc::new(Caller::anonymous())) {
            Ok(ask) => self.engine.answer(ask, "").await.0.body,
            Err(fault) => graphql::refusal(&[fault], graphql::Fate::Refused, Lang::En, self.limits.errors).body,
        }
    }
}

/// The GraphQL schema, as text in the schema definition language.
pub fn schema_sdl(library: &Library) -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    schema::build(Arc::new(library.clone()), None, &Limits::default()).sdl_with_options(options)
}

/// The id by which requests name a consortium.
pub fn consortium_id(id: service::ConsortiumId) -> String {
    schema::node::id("Consortium", &id.to_string()).to_string()
}
