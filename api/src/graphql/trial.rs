//! Validates documents without running them: what one costs, and whether what is wrong lies in its variables.

use std::sync::Arc;

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ErrorExtensionValues, Request, ServerError, ValidationResult, Value, Variables};
use futures_util::FutureExt;

use crate::schema::{Mutation, Query, Schema, Subscription};

/// The schema, without limits, that never runs anything.
pub(crate) struct Trial(Schema);

/// What a document is.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Valid, and of this cost.
    Valid(u64),
    /// Not valid.
    Invalid(Vec<ServerError>),
}

const COST: &str = "cost";

struct EndAfterValidation;

impl ExtensionFactory for EndAfterValidation {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for EndAfterValidation {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(context).await?;
        let mut extensions = ErrorExtensionValues::default();
        extensions.set(COST, u64::try_from(result.complexity).unwrap_or(u64::MAX));
        let mut end = ServerError::new("validated", None);
        end.extensions = Some(extensions);
        Err(vec![end])
    }
}

impl Trial {
    pub(crate) fn new() -> Self {
        let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
        Self(schema.extension(EndAfterValidation).finish())
    }

    pub(crate) fn of(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: Variables,
    ) -> Outcome {
        let mut request = Request::new("").variables(variables);
        request.set_parsed_query(document.clone());
        if let Some(name) = operation_name {
            request = request.operation_name(name);
        }
        // Nothing in validation waits for anything, so the future is ready at once.
        let Some(response) = self.0.execute(request).now_or_never() else { return Outcome::Invalid(Vec::new()) };
        let cost = response.errors.first().and_then(|error| match error.extensions.as_ref()?.get(COST)? {
            Value::Number(cost) => cost.as_u64(),
            _ => None,
        });
        match cost {
            Some(cost) => Outcome::Valid(cost),
            None => Outcome::Invalid(response.errors),
        }
    }
}
