//! `unsnooze` as a Lambda function behind a schedule.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = runtime::app().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| unsnooze::handle(&app, event.payload))).await
}
