//! The embedded services as the one HTTP client that a function's SDK clients share.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use engines::connections::{CONNECTIONS, Connections};
use engines::connector;
use engines::dynamo::Dynamo;
use engines::secrets::SecretsManager;
use engines::ses::{SEND_EMAIL, Ses};
use engines::sns::Sns;
use engines::sqs::Sqs;

/// The embedded services; clones share them.
#[derive(Debug, Clone)]
pub struct Engines {
    /// The table.
    pub dynamo: Dynamo,
    /// The queues.
    pub sqs: Sqs,
    /// The topics.
    pub sns: Sns,
    /// The mail service, with everybody's mailbox.
    pub ses: Ses,
    /// The secrets.
    pub secrets: SecretsManager,
    /// The live connections.
    pub connections: Connections,
}

impl HttpClient for Engines {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            dynamo: self.dynamo.http_connector(settings, components),
            sqs: self.sqs.http_connector(settings, components),
            sns: self.sns.http_connector(settings, components),
            ses: self.ses.http_connector(settings, components),
            secrets: self.secrets.http_connector(settings, components),
            connections: self.connections.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Connector {
    dynamo: SharedHttpConnector,
    sqs: SharedHttpConnector,
    sns: SharedHttpConnector,
    ses: SharedHttpConnector,
    secrets: SharedHttpConnector,
    connections: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let service = match target.split('.').next().unwrap_or_default() {
            "AmazonSQS" => &self.sqs,
            "secretsmanager" => &self.secrets,
            // REST protocols, whose target is the path.
            "" if connector::path(&request).contains(CONNECTIONS) => &self.connections,
            "" if connector::path(&request) == SEND_EMAIL => &self.ses,
            // SNS alone speaks the query protocol, which has no target.
            "" => &self.sns,
            _ => &self.dynamo,
        };
        service.call(request)
    }
}
