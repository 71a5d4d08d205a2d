//! Makes the resources of the template in the embedded services.

use std::collections::BTreeMap;

use engines::dynamo::DynamoError;
use engines::sns::SnsError;
use engines::sqs::SqsError;
use serde_json::json;

use crate::engines_client::Engines;
use crate::template::{Queue, Template, TemplateError};

/// A resource cannot be made as the template says.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The table.
    #[error("the table cannot be made")]
    Table(#[from] DynamoError),
    /// A queue.
    #[error("a queue cannot be made")]
    Queue(#[from] SqsError),
    /// A topic.
    #[error("a topic cannot be made")]
    Topic(#[from] SnsError),
    /// The template contradicts itself.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Properties of a table that mean something only in AWS.
const ONLY_IN_AWS: [&str; 3] =
    ["PointInTimeRecoverySpecification", "SSESpecification", "DeletionProtectionEnabled"];

/// Makes what does not exist yet.
pub fn create(template: &Template, engines: &Engines) -> Result<(), ResourceError> {
    let mut table = template.table.properties.clone();
    if let Some(fields) = table.as_object_mut() {
        fields.retain(|name, _| !ONLY_IN_AWS.contains(&name.as_str()));
        fields.insert("TableName".to_owned(), template.table.id.clone().into());
    }
    engines.dynamo.create_table(table)?;
    // Dead-letter queues first: the others name them.
    let (dead, others): (Vec<_>, Vec<_>) = template.queues.iter().partition(|queue| queue.redrive.is_none());
    for queue in dead.into_iter().chain(others) {
        create_queue(queue, template, engines)?;
    }
    for topic in &template.topics {
        engines.sns.create_topic(topic, BTreeMap::new())?;
    }
    Ok(())
}

fn create_queue(queue: &Queue, template: &Template, engines: &Engines) -> Result<(), ResourceError> {
    let mut attributes = queue.attributes.clone();
    if let Some((dead, receives)) = &queue.redrive {
        let dead = engines.sqs.arn(name(&template.queue(dead)?.url));
        let policy = json!({"deadLetterTargetArn": dead, "maxReceiveCount": receives});
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    engines.sqs.create_queue(name(&queue.url), &attributes)?;
    Ok(())
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
