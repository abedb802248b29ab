//! Who asks, from a resolver's context, and what a refusal becomes.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::Context;
use service::{Actor, Platform, Refusal};

use crate::fault::{Code, Detail, Fault};
use crate::schema::user_error::UserError;

/// Who asks. An answer that was made without looking at it is the same for everybody.
#[derive(Debug)]
pub(crate) struct Caller {
    actor: Actor,
    address: Option<IpAddr>,
    was_asked: AtomicBool,
}

impl Caller {
    pub(crate) fn new(actor: Actor, address: Option<IpAddr>) -> Self {
        Self { actor, address, was_asked: AtomicBool::new(false) }
    }

    /// Nobody who is known.
    pub(crate) fn anonymous() -> Self {
        Self::new(Actor::Anonymous, None)
    }

    /// Who it is.
    pub(crate) fn actor(&self) -> &Actor {
        self.was_asked.store(true, Ordering::Relaxed);
        &self.actor
    }

    /// Where the request came from, as text; what is throttled by it is throttled together where it is not known.
    pub(crate) fn address(&self) -> String {
        self.was_asked.store(true, Ordering::Relaxed);
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// Whether the answer may depend on who asked.
    pub(crate) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }
}

/// Who asks, from a resolver's context.
pub(crate) fn caller<'c>(context: &Context<'c>) -> async_graphql::Result<&'c Arc<Caller>> {
    context.data::<Arc<Caller>>()
}

/// Who asks, as use cases take it.
pub(crate) fn actor<'c>(context: &Context<'c>) -> async_graphql::Result<&'c Actor> {
    Ok(caller(context)?.actor())
}

/// What the use cases work on, from a resolver's context.
pub(crate) fn platform<'c>(context: &Context<'c>) -> async_graphql::Result<&'c Arc<Platform>> {
    context.data::<Arc<Platform>>()
}

/// What a use case gave, or what the caller has to mend: the two parts of a payload. What the caller cannot mend is an error of
/// the field.
pub(crate) fn settled<T>(result: Result<T, Refusal>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Refusal::Invalid(errors)) => Ok((None, errors.into_iter().map(UserError::from).collect())),
        Err(Refusal::NotFound) => settled(Err(Refusal::not_found(""))),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// What a query gave: nothing for what is not there or not for the caller to see.
pub(crate) fn seen<T>(result: Result<T, Refusal>) -> async_graphql::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Refusal::NotFound) => Ok(None),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// What is told of a refusal that the caller cannot mend by another input.
pub(crate) fn refused(refusal: Refusal) -> async_graphql::Error {
    match refusal {
        Refusal::Unauthenticated => Fault::new(Code::Unauthenticated, "请先登录", "sign in first").into(),
        Refusal::SecondFactorRequired => Fault::new(
            Code::SecondFactorRequired,
            "此操作须以两步验证登录；请先启用两步验证，再重新登录",
            "this needs a sign-in with a second factor; set one up, then sign in with it",
        )
        .into(),
        Refusal::Forbidden(needed) => Fault::new(
            Code::Forbidden,
            format!("无权执行；须为{}", needed.zh),
            format!("not allowed; it takes {}", needed.en),
        )
        .into(),
        Refusal::Throttled { seconds } => {
            let mut fault = Fault::new(
                Code::RateLimited,
                format!("尝试过于频繁；请在 {seconds} 秒后再试"),
                format!("too many attempts; try again in {seconds} s"),
            );
            fault.details = vec![("retryAfterSeconds", Detail::Number(seconds))];
            fault.into()
        }
        Refusal::Invalid(errors) => {
            let said = errors.into_iter().next();
            let message = said.map(|error| error.message).unwrap_or_default();
            Fault::of(Code::InvalidArgument, message).into()
        }
        Refusal::NotFound => {
            Fault::new(Code::InvalidArgument, "找不到，或您无权查看", "it is not there, or not for you to see").into()
        }
        // Without a code, it is logged and told by an id.
        Refusal::Failed(error) => async_graphql::Error::new(error.message().en),
    }
}
