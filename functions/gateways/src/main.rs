//! `gateways` as a Lambda function behind the HTTP API.

use runtime::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let app = runtime::app_needing(&[Need::CursorKey, Need::SecretPrefix, Need::PublicUrl]).await?;
    lambda_http::run(http_api::service(gateways::routes(), app)).await
}
