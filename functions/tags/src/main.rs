//! `tags` as a Lambda function behind the HTTP API.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let app = runtime::app().await?;
    lambda_http::run(http_api::service(tags::routes(), app)).await
}
