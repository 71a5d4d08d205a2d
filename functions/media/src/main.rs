//! `media` as a Lambda function behind the HTTP API.

use runtime::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let app = runtime::app_needing(&[Need::MediaBucket]).await?;
    lambda_http::run(http_api::service(media::routes(), app)).await
}
