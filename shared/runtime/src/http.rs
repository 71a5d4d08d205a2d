//! The way to the carriers.

use async_trait::async_trait;
use carriers::{ExecuteError, HttpExecutor, HttpReply, HttpRequest, ReqwestExecutor};
use std::sync::OnceLock;

/// Builds the HTTP client at the first call: it reads the system's certificates, which takes longer than all the rest
/// of a start, and only one function ever calls a carrier.
#[derive(Debug, Default)]
pub struct LazyExecutor(OnceLock<ReqwestExecutor>);

impl LazyExecutor {
    fn client(&self) -> Result<&ReqwestExecutor, ExecuteError> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = ReqwestExecutor::new().map_err(|error| {
            tracing::error!(%error, cause = ?std::error::Error::source(&error), "there is no way to the carriers");
            ExecuteError::NotSent
        })?;
        Ok(self.0.get_or_init(|| client))
    }
}

#[async_trait]
impl HttpExecutor for LazyExecutor {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        self.client()?.execute(request).await
    }
}
