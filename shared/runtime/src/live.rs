//! Live connections, on API Gateway's management of WebSocket connections.

use crate::environment::NotConfigured;
use app::Live;
use app::ports::{Frame, Reached, Unreachable};
use async_trait::async_trait;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::ProvideErrorMetadata;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use domain::live::ConnectionId;

const SERVICE: &str = "API Gateway";
/// API Gateway's name of a connection that has ended.
const GONE: &str = "GoneException";

/// Tells connections of the WebSocket API that the environment names. A frame is JSON.
#[derive(Debug, Clone)]
pub struct ApiGatewayLive {
    client: Option<Client>,
}

impl ApiGatewayLive {
    /// The API behind this client. Without one, telling somebody something is an error: the function has no business with it.
    pub fn new(client: Option<Client>) -> Self {
        Self { client }
    }

    fn client(&self) -> Result<&Client, Unreachable> {
        self.client.as_ref().ok_or_else(|| unreachable(NotConfigured("LIVE_URL")))
    }
}

#[async_trait]
impl Live for ApiGatewayLive {
    async fn tell(&self, connection: &ConnectionId, frame: &Frame) -> Result<Reached, Unreachable> {
        let data = Blob::new(serde_json::to_vec(frame).map_err(unreachable)?);
        let posted = self.client()?.post_to_connection().connection_id(connection.as_str()).data(data);
        match posted.send().await {
            Ok(_) => Ok(Reached::Client),
            Err(error) if error.code() == Some(GONE) => Ok(Reached::Nobody),
            Err(error) => Err(unreachable(error)),
        }
    }

    async fn close(&self, connection: &ConnectionId) -> Result<(), Unreachable> {
        let closed = self.client()?.delete_connection().connection_id(connection.as_str()).send().await;
        match closed {
            Err(error) if error.code() != Some(GONE) => Err(unreachable(error)),
            _ => Ok(()),
        }
    }
}

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
