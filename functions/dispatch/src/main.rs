//! `dispatch` as a Lambda function behind the table's stream.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::Need;
use worker::StreamEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app =
        runtime::app_needing(&[Need::SendsQueue, Need::MailsQueue, Need::JobsQueue, Need::PushApplications])
            .await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<StreamEvent>| dispatch::handle(&app, event.payload)))
        .await
}
