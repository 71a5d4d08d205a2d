//! `sweep` as a Lambda function behind a schedule.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::Need;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = runtime::app_needing(&[Need::CursorKey, Need::SendsQueue, Need::JobsQueue]).await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| sweep::handle(&app, event.payload))).await
}
