//! `work` as a Lambda function behind a queue.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::Need;
use worker::SqsEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app =
        runtime::app_needing(&[Need::JobsQueue, Need::CursorKey, Need::SecretPrefix, Need::MediaBucket])
            .await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| work::handle(&app, event.payload))).await
}
