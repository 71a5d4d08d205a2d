//! The steps by which the world moves: what Lambda's event sources, schedules and carriers do, one at a time.

use std::time::Duration;

use app::{
    deliver::DeliverError,
    mail::SendError,
    media::Copied,
    ports::{MailJob, RawWebhook, SendJob, Task},
    webhook::{Address, WebhookError, accept, accept_later, read_path},
};
use engines::phones::WebhookRequest;
use http::StatusCode;
use serde_json::Value;

use crate::{INGEST, JOBS, MAILS, SENDS, World};

/// At most this many rounds until a world has settled; more means that something feeds itself.
const ROUNDS_MAX: usize = 500;

/// A job taken from a queue, not yet deleted.
pub struct Taken<T> {
    /// What is to be done.
    pub job: T,
    /// The handle for deleting or delaying it.
    pub receipt_handle: String,
}

impl World {
    /// The next records of the table's stream that no [`World::advance_stream`] has passed.
    pub fn stream_records(&self, limit: usize) -> Vec<Value> {
        self.stream.lock().expect("no panic while reading").read(limit).expect("the stream answers")
    }

    /// Moves the stream behind a record.
    pub fn advance_stream(&self, record: &Value) {
        self.stream.lock().expect("no panic while reading").advance(record);
    }

    /// Dispatches one record of the stream.
    pub async fn dispatch(&self, record: &Value) -> Result<(), app::Failure> {
        let happened = record["eventName"].as_str().expect("what happened");
        app::dispatch::record(&self.app, happened, image(record, "OldImage"), image(record, "NewImage")).await
    }

    /// The next records of the stream that are not projected yet.
    pub fn unprojected(&self, limit: usize) -> Vec<Value> {
        self.projections.lock().expect("no panic while reading").read(limit).expect("the stream answers")
    }

    /// Moves the projections behind a record.
    pub fn advance_projections(&self, record: &Value) {
        self.projections.lock().expect("no panic while reading").advance(record);
    }

    /// Projects one record of the stream.
    pub async fn project(&self, record: &Value) -> Result<(), app::Failure> {
        app::project::record(&self.app, image(record, "OldImage"), image(record, "NewImage")).await
    }

    /// Takes jobs from the queue of messages on their way.
    pub fn take_sends(&self, max: usize) -> Vec<Taken<SendJob>> {
        self.take(SENDS, max)
    }

    /// Takes webhooks that the table could not take.
    pub fn take_ingest(&self, max: usize) -> Vec<Taken<RawWebhook>> {
        self.take(INGEST, max)
    }

    /// Takes mails on their way.
    pub fn take_mails(&self, max: usize) -> Vec<Taken<MailJob>> {
        self.take(MAILS, max)
    }

    /// Takes jobs that are to be worked on.
    pub fn take_jobs(&self, max: usize) -> Vec<Taken<Task>> {
        self.take(JOBS, max)
    }

    fn take<T: serde::de::DeserializeOwned>(&self, queue: &str, max: usize) -> Vec<Taken<T>> {
        let records = self.sqs.receive(queue, max, None).expect("the queue answers");
        let read = |record: Value| Taken {
            job: serde_json::from_str(record["body"].as_str().expect("a body")).expect("a job"),
            receipt_handle: record["receiptHandle"].as_str().expect("a handle").to_owned(),
        };
        records.into_iter().map(read).collect()
    }

    /// Delivers a job as the function does: done jobs leave the queue, others come back when they said.
    pub async fn deliver(&self, taken: &Taken<SendJob>) -> Result<(), DeliverError> {
        let outcome = app::deliver::deliver(&self.app, &taken.job).await;
        match &outcome {
            // Where two workers have the same job, the second finds it gone.
            Ok(()) => drop(self.sqs.delete(SENDS, &taken.receipt_handle)),
            Err(DeliverError::Later { seconds }) => {
                let after = Duration::from_secs(u64::from(*seconds));
                drop(self.sqs.change_visibility(SENDS, &taken.receipt_handle, after));
            }
            Err(DeliverError::Failure(_)) => {}
        }
        outcome
    }

    /// Applies a kept webhook as the function does.
    pub async fn ingest(&self, taken: &Taken<RawWebhook>) -> Result<(), app::Failure> {
        app::webhook::apply_kept(&self.app, &taken.job).await?;
        self.sqs.delete(INGEST, &taken.receipt_handle).expect("the queue answers");
        Ok(())
    }

    /// Sends a mail as the function does.
    pub async fn mail(&self, taken: &Taken<MailJob>) -> Result<(), SendError> {
        app::mail::send(&self.app, &taken.job).await?;
        self.sqs.delete(MAILS, &taken.receipt_handle).expect("the queue answers");
        Ok(())
    }

    /// Works on a job for a slice, as the function does.
    pub async fn work(&self, taken: &Taken<Task>) -> Result<(), app::Failure> {
        match &taken.job {
            Task::Job(task) => app::jobs::work(&self.app, task).await?,
            // It comes back by itself.
            Task::Media(task) if app::media::copy(&self.app, task).await? == Copied::NotYet => return Ok(()),
            Task::Media(_) => {}
        }
        self.sqs.delete(JOBS, &taken.receipt_handle).expect("the queue answers");
        Ok(())
    }

    /// Brings a webhook to its address as the functions do, and says what the carrier hears.
    pub async fn bring(&self, request: &WebhookRequest) -> StatusCode {
        let webhook = request.webhook();
        let path = request.url.path().to_owned();
        let Some(address): Option<Address> = read_path(&path) else { return StatusCode::NOT_FOUND };
        let now = self.now();
        match accept(&self.app, address, &webhook, now).await {
            Ok(reply) => reply.status,
            Err(WebhookError::NotFound) => StatusCode::NOT_FOUND,
            Err(WebhookError::Forged(_)) => StatusCode::FORBIDDEN,
            Err(WebhookError::Unreadable(_)) => StatusCode::BAD_REQUEST,
            Err(WebhookError::NotConfigured) => StatusCode::SERVICE_UNAVAILABLE,
            Err(WebhookError::Failure(_)) => match accept_later(&self.app, &path, &webhook, now).await {
                Ok(()) => StatusCode::OK,
                Err(_) => StatusCode::SERVICE_UNAVAILABLE,
            },
        }
    }

    /// Lets everything happen that is due now, until nothing is. Time does not pass by itself.
    pub async fn settle(&self) {
        for _ in 0..ROUNDS_MAX {
            let mut busy = false;
            for record in self.stream_records(100) {
                busy = true;
                if self.dispatch(&record).await.is_err() {
                    break;
                }
                self.advance_stream(&record);
            }
            for record in self.unprojected(100) {
                busy = true;
                if self.project(&record).await.is_err() {
                    break;
                }
                self.advance_projections(&record);
            }
            for taken in self.take_sends(10) {
                busy |= self.deliver(&taken).await.is_ok();
            }
            for taken in self.take_ingest(10) {
                busy |= self.ingest(&taken).await.is_ok();
            }
            for taken in self.take_mails(10) {
                busy |= self.mail(&taken).await.is_ok();
            }
            for taken in self.take_jobs(10) {
                busy |= self.work(&taken).await.is_ok();
            }
            for webhook in self.phones.take_due_webhooks(self.now()) {
                busy = true;
                if !self.bring(&webhook).await.is_success() {
                    self.phones.return_webhook(webhook, self.now());
                }
            }
            if !busy {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Lets time pass in steps, doing in each what falls due, with the schedules running every minute.
    pub async fn pass(&self, time: Duration) {
        const STEP: Duration = Duration::from_mins(1);
        let mut left = time;
        self.settle().await;
        while !left.is_zero() {
            let step = left.min(STEP);
            tokio::time::advance(step).await;
            left -= step;
            self.settle().await;
            app::unsnooze::wake_due(&self.app).await.ok();
            app::send::send_due(&self.app).await.ok();
            app::sweep::sweep(&self.app).await.ok();
            app::jobs::queue_stuck(&self.app).await.ok();
            self.settle().await;
        }
    }
}

/// An image of a record; empty if it has none.
fn image(record: &Value, name: &str) -> app::dispatch::Image {
    let image = record["dynamodb"].get(name).cloned().unwrap_or_else(|| serde_json::json!({}));
    serde_json::from_value(image).expect("an image in DynamoDB's JSON")
}
