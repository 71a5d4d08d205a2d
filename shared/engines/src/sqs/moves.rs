//! Message move tasks: bringing dead letters back.
//!
//! A task here runs to its end at once, so it is never seen running and cannot be cancelled.

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::SqsError;
use super::{Queues, name_of};
use crate::lock;

/// A task that has run.
#[derive(Clone, Debug)]
pub(super) struct MoveTask {
    handle: String,
    source: String,
    destination: Option<String>,
    started_ms: u64,
    moved: usize,
    failure: Option<&'static str>,
}

/// A request of any of the three operations.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MoveRequest {
    source_arn: String,
    destination_arn: Option<String>,
    task_handle: String,
    max_results: Option<usize>,
}

impl Queues {
    pub(super) fn move_task(&self, operation: &str, request: MoveRequest) -> Result<Value, SqsError> {
        match operation {
            "StartMessageMoveTask" => self.start_move(request),
            "ListMessageMoveTasks" => Ok(self.list_moves(&request)),
            _ => {
                let known = lock(&self.state).moves.iter().any(|task| task.handle == request.task_handle);
                let message = if known { "Task is not running." } else { "Task does not exist." };
                Err(SqsError::no_such_resource(message))
            }
        }
    }

    fn start_move(&self, request: MoveRequest) -> Result<Value, SqsError> {
        let mut state = lock(&self.state);
        let source = name_of(&request.source_arn).to_owned();
        let missing = "The resource that you specified for the SourceArn parameter doesn't exist.";
        if !state.queues.contains_key(&source) {
            return Err(SqsError::no_such_resource(missing));
        }
        let is_target = |queue: &super::Queue| queue.settings.redrive().is_some_and(|r| r.target == source);
        if !state.queues.values().any(is_target) {
            return Err(SqsError::invalid_value("Source queue must be configured as a Dead Letter Queue."));
        }
        let destination = request.destination_arn.as_deref().map(name_of).map(str::to_owned);
        if destination.as_ref().is_some_and(|name| !state.queues.contains_key(name)) {
            let missing = "The resource that you specified for the DestinationArn parameter doesn't exist.";
            return Err(SqsError::no_such_resource(missing));
        }
        let mut task = MoveTask {
            handle: self.ambient.id().to_string(),
            source: request.source_arn,
            destination: request.destination_arn,
            started_ms: self.ambient.unix_ms(),
            moved: 0,
            failure: None,
        };
        let now = Instant::now();
        while let Some((place, message)) =
            state.queues.get(&source).and_then(|queue| queue.first_visible(now))
        {
            let back_to = message.source.as_deref().map(name_of).map(str::to_owned);
            let target = destination.clone().or(back_to).filter(|name| state.queues.contains_key(name));
            let Some(target) = target else {
                task.failure = Some("CouldNotDetermineMessageSource");
                break;
            };
            let message = state.queues.get_mut(&source).and_then(|queue| queue.remove(place));
            let (Some(message), Some(target)) = (message, state.queues.get_mut(&target)) else { break };
            // A moved message is a new one: its own id and time.
            let (id, sent_ms) = (self.ambient.id().to_string(), self.ambient.unix_ms());
            target.put_moved(super::message::Message { id, sent_ms, source: None, ..message }, now);
            task.moved += 1;
        }
        let handle = task.handle.clone();
        state.moves.push(task);
        drop(state);
        self.announce();
        Ok(json!({"TaskHandle": handle}))
    }

    fn list_moves(&self, request: &MoveRequest) -> Value {
        let state = lock(&self.state);
        let tasks = state.moves.iter().rev().filter(|task| task.source == request.source_arn);
        let results: Vec<_> = tasks.take(request.max_results.unwrap_or(1)).map(MoveTask::answer).collect();
        json!({"Results": results})
    }
}

impl MoveTask {
    fn answer(&self) -> Value {
        let status = if self.failure.is_some() { "FAILED" } else { "COMPLETED" };
        let mut answer = json!({
            "Status": status,
            "SourceArn": self.source,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.moved,
            "StartedTimestamp": self.started_ms,
        });
        if let Some(fields) = answer.as_object_mut() {
            fields.extend(self.destination.clone().map(|arn| ("DestinationArn".to_owned(), json!(arn))));
            fields.extend(self.failure.map(|reason| ("FailureReason".to_owned(), json!(reason))));
        }
        answer
    }
}
