//! The SDK's operations: from the JSON of a request to the JSON of its answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::batch::{self, BATCH_ENTRIES_MAX};
use super::error::{CONTENT_TYPE, SqsError};
use super::queue::Queue;
use super::settings::{Settings, is_known};
use super::{Queues, Sent, WAIT_SECONDS_MAX, is_fifo, message, name_of, url};
use crate::connector::{Engine, Refusal, Request, Response};
use crate::lock;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Create {
    queue_name: String,
    attributes: BTreeMap<String, String>,
    // The one member that the service spells in lower case.
    #[serde(rename = "tags")]
    tags: BTreeMap<String, String>,
}

/// The members of the small requests that name one queue.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OnQueue {
    queue_url: String,
    queue_name: String,
    queue_name_prefix: String,
    attributes: BTreeMap<String, String>,
    attribute_names: Vec<String>,
    receipt_handle: String,
    visibility_timeout: Option<u64>,
    tags: BTreeMap<String, String>,
    tag_keys: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<u64>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    attribute_names: Vec<String>,
    message_system_attribute_names: Vec<String>,
    message_attribute_names: Vec<String>,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| SqsError::unreadable(&error))
}

impl Engine for Queues {
    fn operation(&self, request: &Request) -> String {
        request.target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        match self.run(operation, &request.body).await {
            Ok(answer) => Response::new(200, CONTENT_TYPE, answer.to_string()),
            Err(error) => error.response(),
        }
    }

    fn refuse(&self, refusal: Refusal, _: &str, _: &Request) -> Option<Response> {
        (refusal == Refusal::Throttled).then(|| SqsError::throttled().response())
    }
}

impl Queues {
    async fn run(&self, operation: &str, body: &[u8]) -> Result<Value, SqsError> {
        match operation {
            "ReceiveMessage" => return self.receive_message(parse(body)?).await,
            "SendMessage" => {
                let queue = parse::<OnQueue>(body)?.queue_url;
                let sent: Sent = parse(body)?;
                let answer = self.on_queue(&queue, |queue| queue.send(sent, &self.ambient))?;
                self.announce();
                return Ok(answer);
            }
            "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
                return self.batch(operation, &parse(body)?);
            }
            "StartMessageMoveTask" | "ListMessageMoveTasks" | "CancelMessageMoveTask" => {
                return self.move_task(operation, parse(body)?);
            }
            "CreateQueue" => {
                let request: Create = parse(body)?;
                let url = self.create(&request.queue_name, &request.attributes, request.tags)?;
                return Ok(json!({"QueueUrl": url}));
            }
            _ => {}
        }
        let request: OnQueue = parse(body)?;
        match operation {
            "ListQueues" => Ok(self.list(&request.queue_name_prefix)),
            "DeleteQueue" => {
                let removed = lock(&self.state).queues.remove(name_of(&request.queue_url));
                removed.map(|_| json!({})).ok_or_else(SqsError::no_such_queue)
            }
            "ListDeadLetterSourceQueues" => self.dead_letter_sources(name_of(&request.queue_url)),
            "SetQueueAttributes" => self.set_attributes(&request).map(|()| json!({})),
            "GetQueueUrl" => {
                self.on_queue(&request.queue_name, |queue| Ok(json!({"QueueUrl": url(&queue.name)})))
            }
            "ChangeMessageVisibility" => {
                let seconds =
                    request.visibility_timeout.ok_or_else(|| SqsError::missing("VisibilityTimeout"))?;
                let changed = |queue: &mut Queue| queue.change_visibility(&request.receipt_handle, seconds);
                self.on_queue(&request.queue_url, changed)?;
                self.announce();
                Ok(json!({}))
            }
            _ => {
                let answer = self.on_queue(&request.queue_url, |queue| queue.run(operation, &request))?;
                if operation == "DeleteMessage" {
                    // It may have held up the rest of its group.
                    self.announce();
                }
                Ok(answer)
            }
        }
    }

    pub(super) fn create(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
    ) -> Result<String, SqsError> {
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fifo = attributes.get("FifoQueue").is_some_and(|value| value == "true");
        if stem.is_empty() || name.len() > 80 || !stem.chars().all(legal) || fifo != is_fifo(name) {
            return Err(SqsError::invalid_value(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length. The name \
                 of a FIFO queue, and of no other, ends in .fifo",
            ));
        }
        let settings = Settings::parse(attributes.clone())?;
        let mut state = lock(&self.state);
        if let Some(existing) = state.queues.get(name) {
            return match existing.settings.first_difference(attributes) {
                None => Ok(url(name)),
                Some(attribute) => Err(SqsError::name_taken(&attribute)),
            };
        }
        check_target(&settings, fifo, &state.queues)?;
        let queue = Queue::new(name.to_owned(), settings, tags, self.ambient.unix_ms());
        state.queues.insert(name.to_owned(), queue);
        Ok(url(name))
    }

    fn set_attributes(&self, request: &OnQueue) -> Result<(), SqsError> {
        let mut state = lock(&self.state);
        let name = name_of(&request.queue_url);
        let queue = state.queues.get(name).ok_or_else(SqsError::no_such_queue)?;
        let mut settings = queue.settings.clone();
        settings.update(request.attributes.clone())?;
        check_target(&settings, queue.settings.is_fifo(), &state.queues)?;
        if let Some(queue) = state.queues.get_mut(name) {
            queue.settings = settings;
        }
        Ok(())
    }

    fn list(&self, prefix: &str) -> Value {
        let state = lock(&self.state);
        let names = state.queues.keys().filter(|name| name.starts_with(prefix));
        json!({"QueueUrls": names.map(|name| url(name)).collect::<Vec<_>>()})
    }

    fn dead_letter_sources(&self, target: &str) -> Result<Value, SqsError> {
        let state = lock(&self.state);
        if !state.queues.contains_key(target) {
            return Err(SqsError::no_such_queue());
        }
        let sources = state.queues.values().filter(|queue| queue.fails_into(target));
        Ok(json!({"queueUrls": sources.map(|queue| url(&queue.name)).collect::<Vec<_>>()}))
    }

    async fn receive_message(&self, request: Receive) -> Result<Value, SqsError> {
        let max = request.max_number_of_messages.unwrap_or(1);
        let max = usize::try_from(max).ok().filter(|max| (1..=BATCH_ENTRIES_MAX).contains(max)).ok_or_else(|| {
            SqsError::invalid_value(format!(
                "Value {max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if \
                 provided."
            ))
        })?;
        let queue = &request.queue_url;
        let default_wait =
            || self.on_queue(queue, |q| Ok(q.settings.number("ReceiveMessageWaitTimeSeconds")));
        let wait = request.wait_time_seconds.map_or_else(default_wait, Ok)?;
        if wait > WAIT_SECONDS_MAX
            || request.visibility_timeout.is_some_and(|v| v > super::VISIBILITY_SECONDS_MAX)
        {
            return Err(SqsError::invalid_value(
                "WaitTimeSeconds must be between 0 and 20, VisibilityTimeout between 0 and 43200.",
            ));
        }
        let found =
            self.take_waiting(queue, max, request.visibility_timeout, Duration::from_secs(wait)).await?;
        if found.messages.is_empty() {
            return Ok(json!({}));
        }
        let mut system = request.attribute_names;
        system.extend(request.message_system_attribute_names);
        let wanted = request.message_attribute_names;
        let answers: Vec<_> =
            found.messages.iter().map(|message| message.received(name_of(queue), &system, &wanted)).collect();
        Ok(json!({"Messages": answers}))
    }

    fn batch(&self, operation: &str, request: &batch::Batch) -> Result<Value, SqsError> {
        let entries = request.checked()?;
        let answer = self.on_queue(&request.queue_url, |queue| {
            Ok(batch::run(entries, |entry| match operation {
                "SendMessageBatch" => queue.send(entry.sent.clone(), &self.ambient),
                "DeleteMessageBatch" => queue.delete(&entry.receipt_handle).map(|()| json!({})),
                _ => {
                    let seconds = entry.visibility_timeout.unwrap_or_default();
                    queue.change_visibility(&entry.receipt_handle, seconds).map(|()| json!({}))
                }
            }))
        })?;
        self.announce();
        Ok(answer)
    }
}

/// A dead-letter queue must exist and be of the same kind.
fn check_target(settings: &Settings, fifo: bool, queues: &BTreeMap<String, Queue>) -> Result<(), SqsError> {
    let Some(redrive) = settings.redrive() else { return Ok(()) };
    let reason = match queues.get(&redrive.target) {
        None => "Dead letter target does not exist.",
        Some(target) if target.settings.is_fifo() != fifo => {
            "Dead-letter queue must be same type of queue as the source."
        }
        Some(_) => return Ok(()),
    };
    Err(SqsError::invalid_value(format!("Value for parameter RedrivePolicy is invalid. Reason: {reason}")))
}

impl Queue {
    /// Operations that concern one queue alone and make no message visible.
    fn run(&mut self, operation: &str, request: &OnQueue) -> Result<Value, SqsError> {
        match operation {
            "GetQueueAttributes" => return self.attributes(&request.attribute_names),
            "PurgeQueue" => self.purge(),
            "DeleteMessage" => self.delete(&request.receipt_handle)?,
            "ListQueueTags" => return Ok(json!({"Tags": self.tags})),
            "TagQueue" => self.tags.extend(request.tags.clone()),
            "UntagQueue" => self.tags.retain(|key, _| !request.tag_keys.contains(key)),
            other => {
                return Err(SqsError::unsupported(format!("{other:?} is not an operation of this engine")));
            }
        }
        Ok(json!({}))
    }

    fn fails_into(&self, target: &str) -> bool {
        self.settings.redrive().is_some_and(|redrive| redrive.target == target)
    }

    fn attributes(&self, asked: &[String]) -> Result<Value, SqsError> {
        if let Some(unknown) = asked.iter().find(|name| !is_known(name)) {
            return Err(SqsError::invalid_attribute_name(unknown));
        }
        let counts = self.counts();
        let created = (self.created_ms / 1_000).to_string();
        let mut all = self.settings.all();
        all.extend(
            [
                ("ApproximateNumberOfMessages", counts.visible.to_string()),
                ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
                ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
                ("CreatedTimestamp", created.clone()),
                ("LastModifiedTimestamp", created),
                ("QueueArn", message::arn(&self.name)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        all.retain(|name, _| asked.iter().any(|wanted| wanted == "All" || wanted == name));
        Ok(if all.is_empty() { json!({}) } else { json!({"Attributes": all}) })
    }
}
