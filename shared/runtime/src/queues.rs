//! The queues, on SQS.

use crate::environment::NotConfigured;
use app::Queues;
use app::ports::{JobTask, MailJob, MediaTask, RawWebhook, SendJob, Unreachable};
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use serde::Serialize;

const SERVICE: &str = "SQS";
/// The longest time for which SQS hides a message: twelve hours.
const VISIBILITY_SECONDS_MAX: u32 = 12 * 60 * 60;

/// Puts jobs on the queues whose addresses the environment names.
#[derive(Debug, Clone)]
pub struct SqsQueues {
    client: Client,
    sends_url: Option<String>,
    ingest_url: Option<String>,
    mails_url: Option<String>,
    jobs_url: Option<String>,
}

impl SqsQueues {
    /// Queues at these addresses. Without an address, putting something on that queue is an error: the function has
    /// no business with it.
    pub fn new(
        client: Client,
        sends_url: Option<String>,
        ingest_url: Option<String>,
        mails_url: Option<String>,
        jobs_url: Option<String>,
    ) -> Self {
        Self { client, sends_url, ingest_url, mails_url, jobs_url }
    }

    /// Puts a job on a standard queue; without an address, `variable` is not set.
    async fn enqueue(
        &self,
        url: Option<&str>,
        variable: &'static str,
        job: &(impl Serialize + Sync),
    ) -> Result<(), Unreachable> {
        let url = url.ok_or_else(|| unreachable(NotConfigured(variable)))?;
        let message = self.client.send_message().queue_url(url).message_body(json(job)?);
        message.send().await.map_err(unreachable)?;
        Ok(())
    }
}

#[async_trait]
impl Queues for SqsQueues {
    async fn enqueue_send(&self, job: &SendJob, deduplication: &str) -> Result<(), Unreachable> {
        let url = self.sends_url.as_deref().ok_or_else(|| unreachable(NotConfigured("SENDS_QUEUE_URL")))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(json(job)?)
            .message_group_id(job.conversation.to_string())
            .message_deduplication_id(deduplication)
            .send()
            .await
            .map_err(unreachable)?;
        Ok(())
    }

    async fn delay_send(&self, receipt_handle: &str, seconds: u32) -> Result<(), Unreachable> {
        let url = self.sends_url.as_deref().ok_or_else(|| unreachable(NotConfigured("SENDS_QUEUE_URL")))?;
        let seconds = i32::try_from(seconds.min(VISIBILITY_SECONDS_MAX)).map_err(unreachable)?;
        self.client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map_err(unreachable)?;
        Ok(())
    }

    async fn enqueue_ingest(&self, webhook: &RawWebhook) -> Result<(), Unreachable> {
        self.enqueue(self.ingest_url.as_deref(), "INGEST_QUEUE_URL", webhook).await
    }

    async fn enqueue_mail(&self, job: &MailJob) -> Result<(), Unreachable> {
        self.enqueue(self.mails_url.as_deref(), "MAILS_QUEUE_URL", job).await
    }

    async fn enqueue_job(&self, task: &JobTask) -> Result<(), Unreachable> {
        self.enqueue(self.jobs_url.as_deref(), "JOBS_QUEUE_URL", task).await
    }

    async fn enqueue_media(&self, task: &MediaTask) -> Result<(), Unreachable> {
        self.enqueue(self.jobs_url.as_deref(), "JOBS_QUEUE_URL", task).await
    }
}

fn json(job: &impl Serialize) -> Result<String, Unreachable> {
    serde_json::to_string(job).map_err(unreachable)
}

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
