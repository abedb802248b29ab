//! Runs GraphQL requests: bounds before and after the parse, the run itself, and what is told of its errors.

mod answer;
mod documents;
mod measure;
mod nulls;
mod scan;
mod trial;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Positioned, Request, Response, ServerError, Variables};
use eligibility::Lang;
use futures_util::FutureExt;
use service::Directory;

pub(crate) use self::answer::{Answer, Fate, Lasting, refusal};
use self::documents::Documents;
use self::nulls::FieldTypes;
use self::trial::{Outcome, Trial};
use crate::config::Limits;
use crate::fault::{Code, Fault, shortened};
use crate::schema::{self, Schema};

/// What async-graphql says of a document over a limit; it says no number.
const TOO_COMPLEX: &str = "Query is too complex.";
const TOO_NESTED: [&str; 2] = ["Query is nested too deep.", "The recursion depth of the query cannot be greater than"];

/// Everything that answers requests: the schema over the calls, and the documents read so far.
pub(crate) struct Engine {
    schema: Schema,
    field_types: FieldTypes,
    trial: Trial,
    documents: Documents,
    limits: Limits,
}

/// A request, as any transport brings it.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    pub(crate) lang: Lang,
    /// Whether only queries may run: GET runs nothing else.
    pub(crate) only_queries: bool,
}

/// Why a request does not run.
enum Refused {
    WrongMethod,
    Faults(Vec<Fault>),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

impl Engine {
    pub(crate) fn new(directory: Arc<Directory>, limits: Limits) -> Self {
        let schema = schema::build(Arc::clone(directory.library()), Some(directory), &limits);
        Self {
            field_types: FieldTypes::new(&schema.sdl()),
            schema,
            trial: Trial::new(),
            documents: Documents::new(&limits),
            limits,
        }
    }

    /// Bytes of documents kept, about.
    pub(crate) fn document_bytes(&self) -> usize {
        self.documents.bytes()
    }

    /// Answers a request; also says whether its document was known. `failure_id` is told for an error of the service itself,
    /// whose cause is logged under it.
    pub(crate) async fn answer(&self, ask: Ask, failure_id: &str) -> (Answer, bool) {
        let lang = ask.lang;
        let mut known = false;
        let refused = |faults: &[Fault], fate| refusal(faults, fate, lang, self.limits.errors);
        let answer = match caught(self.run(ask, failure_id, &mut known)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Refused::Faults(faults))) => refused(&faults, Fate::Refused),
            Ok(Err(Refused::WrongMethod)) => {
                let fault = Fault::new(
                    Code::MethodNotAllowed,
                    "GET 只能执行 query 操作；请使用 POST",
                    "GET runs queries only; use POST",
                );
                refused(&[fault], Fate::WrongMethod)
            }
            Err(message) => {
                tracing::error!(id = failure_id, message, "a request panicked");
                refused(&[Fault::internal(failure_id)], Fate::Failed)
            }
        };
        (answer, known)
    }

    async fn run(&self, ask: Ask, failure_id: &str, known: &mut bool) -> Result<Answer, Refused> {
        let document = self.documents.read(&ask.query, &self.limits).map(|(document, was_known)| {
            *known = was_known;
            document
        })?;
        let (name, operation) = documents::operation(&document, ask.operation_name.as_deref())?;
        let name = name.map(ToString::to_string);
        if ask.only_queries && operation.node.ty != OperationType::Query {
            return Err(Refused::WrongMethod);
        }
        let asked = Asked { document: &document, name: name.as_deref(), variables: &ask.variables };
        let missing = missing(operation, &ask.variables);
        if !missing.is_empty() {
            return Err(Refused::Faults(match self.trial.of(&document, asked.name, Variables::default()) {
                Outcome::Invalid(errors) if !errors.iter().all(for_want_of_variables) => {
                    errors.into_iter().map(invalid_query).collect()
                }
                Outcome::Invalid(_) | Outcome::Valid(_) => missing,
            }));
        }
        let mut request = Request::new("").variables(ask.variables.clone()).data(ask.lang);
        request.set_parsed_query(ExecutableDocument::clone(&document));
        if let Some(name) = &name {
            request = request.operation_name(name);
        }
        let mut response = self.schema.execute(request).await;
        if !answer::has_run(&response) {
            return Err(Refused::Faults(self.faults(response, &asked)));
        }
        if !response.errors.is_empty() {
            nulls::complete(&mut response.data, &response.errors, &self.field_types, &document, &operation.node);
        }
        let mut answer = answer::executed(response, ask.lang, self.limits.errors, failure_id);
        answer.operation = name;
        Ok(answer)
    }

    /// What is told of a request that async-graphql refused.
    fn faults(&self, response: Response, asked: &Asked<'_>) -> Vec<Fault> {
        if let Some(error) = response.errors.first() {
            if error.message == TOO_COMPLEX {
                return match self.trial.of(asked.document, asked.name, asked.variables.clone()) {
                    Outcome::Valid(cost) => vec![Fault::too_expensive(cost, self.limits.cost)],
                    Outcome::Invalid(errors) => errors.into_iter().map(invalid_query).collect(),
                };
            }
            if TOO_NESTED.iter().any(|said| error.message.starts_with(said)) {
                return vec![Fault::too_deep(self.limits.depth)];
            }
        }
        // What is wrong without the variables' values as well lies in the document; the rest in those values.
        let of_document = match self.trial.of(asked.document, asked.name, Variables::default()) {
            Outcome::Valid(_) => Vec::new(),
            Outcome::Invalid(errors) => errors,
        };
        let is_of_document = |error: &ServerError| {
            of_document.iter().any(|known| known.message == error.message && known.locations == error.locations)
        };
        let errors = response.errors.into_iter();
        errors
            .map(|error| if is_of_document(&error) { invalid_query(error) } else { invalid_variable(error) })
            .collect()
    }
}

struct Asked<'a> {
    document: &'a ExecutableDocument,
    name: Option<&'a str>,
    variables: &'a Variables,
}

/// Variables that must be given and are not.
fn missing(operation: &Positioned<OperationDefinition>, variables: &Variables) -> Vec<Fault> {
    let definitions = operation.node.variable_definitions.iter();
    let absent = definitions.filter(|definition| {
        let variable = &definition.node;
        match variables.get(&variable.name.node) {
            Some(async_graphql::Value::Null) => !variable.var_type.node.nullable,
            Some(_) => false,
            None => !variable.var_type.node.nullable && variable.default_value.is_none(),
        }
    });
    let fault = |definition: &Positioned<async_graphql::parser::types::VariableDefinition>| {
        let (name, of) = (&definition.node.name.node, &definition.node.var_type.node);
        let fault = Fault::new(
            Code::InvalidVariable,
            format!("变量 `${name}` 必填（{of}）"),
            format!("variable `${name}` is required ({of})"),
        );
        fault.at(definition.pos)
    };
    absent.map(fault).collect()
}

/// Whether async-graphql only misses a value: it prices fields by their arguments before it looks for values.
fn for_want_of_variables(error: &ServerError) -> bool {
    error.message.starts_with("Variable ") && error.message.trim_end_matches('.').ends_with(" is not defined")
}

fn invalid_query(error: ServerError) -> Fault {
    of_validation(Code::InvalidQuery, "查询不符合模式", &error)
}

fn invalid_variable(error: ServerError) -> Fault {
    of_validation(Code::InvalidVariable, "变量不符合类型", &error)
}

fn of_validation(code: Code, zh: &str, error: &ServerError) -> Fault {
    let said = shortened(&error.message);
    let fault = Fault::new(code, format!("{zh}：{said}"), said);
    match error.locations.first() {
        Some(position) => fault.at(*position),
        None => fault,
    }
}

/// What a future gives; what it says, if it panics.
async fn caught<F: Future>(future: F) -> Result<F::Output, String> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_caught_with_its_words() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        assert_eq!(caught(async { panic!("a {}", "b") }).await.map(|(): ()| 0), Err("a b".to_owned()));
    }
}
