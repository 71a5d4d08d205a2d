//! Push notifications, on SNS.

use crate::environment::NotConfigured;
use app::Notifier;
use app::ports::{Push, Unreachable};
use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;

const SERVICE: &str = "SNS";

/// Publishes to the topic that the environment names.
///
/// The message is the push as JSON, ids and the kind only. Account and user are attributes as well, so that a
/// subscription may filter by them.
#[derive(Debug, Clone)]
pub struct SnsNotifier {
    client: Client,
    topic_arn: Option<String>,
}

impl SnsNotifier {
    /// A notifier to this topic. Without one, publishing is an error: the function has no business with it.
    pub fn new(client: Client, topic_arn: Option<String>) -> Self {
        Self { client, topic_arn }
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    async fn push(&self, push: &Push) -> Result<(), Unreachable> {
        let topic = self.topic_arn.as_deref().ok_or_else(|| unreachable(NotConfigured("PUSH_TOPIC_ARN")))?;
        self.client
            .publish()
            .topic_arn(topic)
            .message(serde_json::to_string(push).map_err(unreachable)?)
            .message_attributes("account", text(push.account.to_string()).map_err(unreachable)?)
            .message_attributes("user", text(push.user.to_string()).map_err(unreachable)?)
            .send()
            .await
            .map_err(unreachable)?;
        Ok(())
    }
}

fn text(value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
