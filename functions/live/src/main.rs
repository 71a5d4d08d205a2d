//! `live` as a Lambda function behind the WebSocket API.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use live::SocketEvent;
use runtime::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = runtime::app_needing(&[Need::LinkKey, Need::LiveUrl]).await?;
    let handle = async |event: LambdaEvent<SocketEvent>| {
        // API Gateway knows nothing of our errors but that there was one.
        live::handle(&app, event.payload).await.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(handle)).await
}
