//! Runs GraphQL requests: bounds before and after the parse, the run itself, and what is told of its errors.

mod answer;
mod documents;
mod measure;
mod nulls;
mod scan;
mod trial;

use std::any::Any;
use std::future::{self, Future};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Positioned, Request, Response, ServerError, Value, Variables};
use eligibility::Lang;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use service::Platform;

pub(crate) use self::answer::{Answer, Fate, Lasting, refusal};
use self::documents::Documents;
use self::nulls::FieldTypes;
use self::trial::{Outcome, Trial};
use crate::config::Limits;
use crate::fault::{Code, Fault, shortened};
use crate::schema::caller::Caller;
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
    /// Who asks.
    pub(crate) caller: Arc<Caller>,
}

/// A request that is bounded, and ready to be validated and run.
struct Prepared {
    document: Arc<ExecutableDocument>,
    /// The operation that was asked for by name.
    asked_name: Option<String>,
    /// The operation that was chosen.
    name: Option<String>,
    kind: OperationType,
    variables: Variables,
    lang: Lang,
    caller: Arc<Caller>,
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
    pub(crate) fn new(platform: Arc<Platform>, limits: Limits) -> Self {
        let library = Arc::clone(platform.directory().library());
        let schema = schema::build(library, Some(platform), &limits);
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
        let run = async {
            let prepared = self.prepare(ask, &mut known)?;
            self.run(&prepared, failure_id).await
        };
        let answer = match caught(run).await {
            Ok(result) => result.unwrap_or_else(|refused| self.refused(refused, lang)),
            Err(message) => self.failed(&message, lang, failure_id),
        };
        (answer, known)
    }

    /// Answers a request as often as it has something to tell: a query or a mutation once, a subscription until it ends. An
    /// answer that is a refusal is the last one.
    pub(crate) fn stream(self: Arc<Self>, ask: Ask, failure_id: String) -> impl Stream<Item = Answer> {
        let lang = ask.lang;
        let once = |answer| stream::once(future::ready(answer)).left_stream();
        let opened = async move {
            let prepared = match caught(async { self.prepare(ask, &mut false) }).await {
                Ok(Ok(prepared)) => prepared,
                Ok(Err(refused)) => return once(self.refused(refused, lang)),
                Err(message) => return once(self.failed(&message, lang, &failure_id)),
            };
            if prepared.kind != OperationType::Subscription {
                return match caught(self.run(&prepared, &failure_id)).await {
                    Ok(result) => once(result.unwrap_or_else(|refused| self.refused(refused, lang))),
                    Err(message) => once(self.failed(&message, lang, &failure_id)),
                };
            }
            if !asks_for_one_field(&prepared) {
                let fault = Fault::new(
                    Code::InvalidQuery,
                    "一个 subscription 只能选择一个字段，且不使用片段",
                    "a subscription selects exactly one field, without a fragment",
                );
                return once(self.refused(fault.into(), lang));
            }
            let responses = AssertUnwindSafe(self.schema.execute_stream(prepared.request())).catch_unwind();
            let answers = responses.enumerate().map(move |(place, response)| match response {
                Ok(response) if place == 0 => self.first(&prepared, response, &failure_id),
                Ok(response) => self.executed(&prepared, response, &failure_id),
                Err(payload) => self.failed(&words(&*payload), lang, &failure_id),
            });
            answers.right_stream()
        };
        stream::once(opened).flatten()
    }

    fn prepare(&self, ask: Ask, known: &mut bool) -> Result<Prepared, Refused> {
        let Ask { query, operation_name: asked_name, variables, lang, only_queries, caller } = ask;
        let document = self.documents.read(&query, &self.limits).map(|(document, was_known)| {
            *known = was_known;
            document
        })?;
        let (name, operation) = documents::operation(&document, asked_name.as_deref())?;
        let (name, kind) = (name.map(ToString::to_string), operation.node.ty);
        if only_queries && kind != OperationType::Query {
            return Err(Refused::WrongMethod);
        }
        let missing = missing(operation, &variables);
        let prepared = Prepared { document, asked_name, name, kind, variables, lang, caller };
        if !missing.is_empty() {
            return Err(Refused::Faults(match self.try_out(&prepared, Variables::default()) {
                Outcome::Invalid(errors) if !errors.iter().all(for_want_of_variables) => {
                    errors.into_iter().map(invalid_query).collect()
                }
                Outcome::Invalid(_) | Outcome::Valid(_) => missing,
            }));
        }
        Ok(prepared)
    }

    async fn run(&self, prepared: &Prepared, failure_id: &str) -> Result<Answer, Refused> {
        if prepared.kind == OperationType::Subscription {
            return Err(self.not_once(prepared));
        }
        let response = self.schema.execute(prepared.request()).await;
        if !answer::has_run(&response) {
            return Err(Refused::Faults(self.faults(response, prepared)));
        }
        Ok(self.executed(prepared, response, failure_id))
    }

    /// The first answer of a subscription: it may have been refused as a whole.
    fn first(&self, prepared: &Prepared, response: Response, failure_id: &str) -> Answer {
        if !answer::has_run(&response) {
            let faults = self.faults(response, prepared);
            return self.refused(Refused::Faults(faults), prepared.lang);
        }
        if response.data == Value::Null && !response.errors.is_empty() {
            return answer::not_begun(response, prepared.lang, self.limits.errors, failure_id);
        }
        self.executed(prepared, response, failure_id)
    }

    fn executed(&self, prepared: &Prepared, mut response: Response, failure_id: &str) -> Answer {
        if !response.errors.is_empty()
            && let Ok((_, operation)) = documents::operation(&prepared.document, prepared.asked_name.as_deref())
        {
            let (errors, document) = (&response.errors, &prepared.document);
            nulls::complete(&mut response.data, errors, &self.field_types, document, &operation.node);
        }
        let mut answer = answer::executed(response, prepared.lang, self.limits.errors, failure_id);
        answer.operation.clone_from(&prepared.name);
        if prepared.kind != OperationType::Query || prepared.caller.was_asked() {
            answer.lasting = Lasting::Never;
        }
        answer
    }

    fn refused(&self, refused: Refused, lang: Lang) -> Answer {
        match refused {
            Refused::Faults(faults) => refusal(&faults, Fate::Refused, lang, self.limits.errors),
            Refused::WrongMethod => {
                let fault = Fault::new(
                    Code::MethodNotAllowed,
                    "GET 只能执行 query 操作；请使用 POST",
                    "GET runs queries only; use POST",
                );
                refusal(&[fault], Fate::WrongMethod, lang, 1)
            }
        }
    }

    fn failed(&self, message: &str, lang: Lang, failure_id: &str) -> Answer {
        tracing::error!(id = failure_id, message, "a request panicked");
        refusal(&[Fault::internal(failure_id)], Fate::Failed, lang, 1)
    }

    /// What is told of a subscription where it could have one answer only.
    fn not_once(&self, prepared: &Prepared) -> Refused {
        match self.try_out(prepared, prepared.variables.clone()) {
            Outcome::Invalid(errors) => Refused::Faults(errors.into_iter().map(invalid_query).collect()),
            Outcome::Valid(_) => Refused::from(Fault::new(
                Code::WebsocketRequired,
                "subscription 须经 WebSocket（graphql-transport-ws）执行，地址相同",
                "subscriptions run over a WebSocket (graphql-transport-ws) at the same address",
            )),
        }
    }

    fn try_out(&self, prepared: &Prepared, variables: Variables) -> Outcome {
        self.trial.of(&prepared.document, prepared.name.as_deref(), variables)
    }

    /// What is told of a request that async-graphql refused.
    fn faults(&self, response: Response, prepared: &Prepared) -> Vec<Fault> {
        if let Some(error) = response.errors.first() {
            if error.message == TOO_COMPLEX {
                return match self.try_out(prepared, prepared.variables.clone()) {
                    Outcome::Valid(cost) => vec![Fault::too_expensive(cost, self.limits.cost)],
                    Outcome::Invalid(errors) => errors.into_iter().map(invalid_query).collect(),
                };
            }
            if TOO_NESTED.iter().any(|said| error.message.starts_with(said)) {
                return vec![Fault::too_deep(self.limits.depth)];
            }
        }
        // What is wrong without the variables' values as well lies in the document; the rest in those values.
        let of_document = match self.try_out(prepared, Variables::default()) {
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

impl Prepared {
    fn request(&self) -> Request {
        let mut request = Request::new("").variables(self.variables.clone());
        request = request.data(self.lang).data(Arc::clone(&self.caller));
        request.set_parsed_query(ExecutableDocument::clone(&self.document));
        match &self.name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

/// Whether the operation selects one field of the subscription type and nothing else, as the specification has it. async-graphql
/// would run several side by side, and leave out what stands in fragments.
fn asks_for_one_field(prepared: &Prepared) -> bool {
    let operation = documents::operation(&prepared.document, prepared.asked_name.as_deref());
    let selections = operation.map(|(_, operation)| operation.node.selection_set.node.items.as_slice());
    match selections.unwrap_or_default() {
        [only] => matches!(&only.node, Selection::Field(field) if !field.node.name.node.starts_with("__")),
        _ => false,
    }
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
    AssertUnwindSafe(future).catch_unwind().await.map_err(|payload| words(&*payload))
}

/// What a panic says.
fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
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
