//! The functions, linked in, called as Lambda calls them: an event in JSON, an answer in JSON.
//!
//! HTTP functions go through `lambda_http`'s own adapter, so that requests and answers are converted by the very
//! code that converts them in Lambda. An invocation that panics or takes longer than the function's time-out ends
//! like one of a process that died: with an error, its work dropped at the await it had reached.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, Service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How an invocation failed. What the caller of a function may know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The template names no such function.
    #[error("there is no such function")]
    Unknown,
    /// The event or the answer is not what the function's trigger uses.
    #[error("the event or the answer is not readable")]
    Unreadable,
    /// The handler returned an error.
    #[error("the function failed: {0}")]
    Failed(String),
    /// The handler panicked.
    #[error("the function panicked")]
    Panicked,
    /// The handler took too long.
    #[error("the function did not end within {0:?}")]
    TimedOut(Duration),
}

/// A function's code: from an event to an answer.
pub type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, InvokeError>> + Send + Sync>;

/// All functions of the template; clones share them.
#[derive(Clone)]
pub struct Functions(Arc<BTreeMap<String, (Duration, Handler)>>);

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Functions {
    /// Functions by the name of their resource, each with its time-out.
    pub fn new(functions: BTreeMap<String, (Duration, Handler)>) -> Self {
        Self(Arc::new(functions))
    }

    /// Calls a function and waits for its answer, at most its time-out.
    pub async fn invoke(&self, id: &str, event: Value) -> Result<Value, InvokeError> {
        let (timeout, handler) = self.0.get(id).ok_or(InvokeError::Unknown)?;
        let invocation = std::panic::AssertUnwindSafe(handler(event)).catch_unwind();
        match tokio::time::timeout(*timeout, invocation).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_panic)) => Err(InvokeError::Panicked),
            Err(_elapsed) => Err(InvokeError::TimedOut(*timeout)),
        }
    }
}

/// The handler of a function behind the HTTP API.
pub fn http(router: Router) -> Handler {
    Arc::new(move |event| {
        let router = router.clone();
        async move {
            // From text, because lambda_http looks at the event as raw JSON.
            let request: LambdaRequest =
                serde_json::from_str(&event.to_string()).map_err(|_| InvokeError::Unreadable)?;
            let event = LambdaEvent::new(request, Context::default());
            // The adapter itself may not be held across an await; an axum router is always ready to be called.
            let answer = Adapter::from(router).call(event);
            let answer = answer.await.map_err(|error: std::convert::Infallible| match error {})?;
            serde_json::to_value(answer).map_err(|_| InvokeError::Unreadable)
        }
        .boxed()
    })
}

/// The handler of a function behind an event source. An answer of `()` is `null`, as in Lambda.
pub fn batch<E, A, X, F>(handle: impl Fn(E) -> F + Send + Sync + 'static) -> Handler
where
    E: DeserializeOwned,
    A: Serialize,
    X: std::fmt::Display,
    F: Future<Output = Result<A, X>> + Send + 'static,
{
    Arc::new(move |event| match serde_json::from_value(event) {
        Err(_) => std::future::ready(Err(InvokeError::Unreadable)).boxed(),
        Ok(event) => {
            let answer = handle(event);
            async move {
                let answer = answer.await.map_err(|error| InvokeError::Failed(error.to_string()))?;
                serde_json::to_value(answer).map_err(|_| InvokeError::Unreadable)
            }
            .boxed()
        }
    })
}
