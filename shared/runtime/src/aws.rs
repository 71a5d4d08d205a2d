//! The clients of AWS, put together by hand.
//!
//! `aws-config` would look for credentials and a region in a dozen places, which costs time at each cold start; in
//! Lambda they are in the environment and stay the same for the life of the process. All clients share one HTTP client.

use crate::environment::Environment;
use aws_sdk_dynamodb::config::{
    Credentials, Region, SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use secrecy::ExposeSecret;
use std::time::Duration;
use url::Url;

/// The roots of Amazon Trust Services, to which the endpoints of AWS lead
/// (<https://www.amazontrust.com/repository/>; the last of them expires in 2037).
///
/// Reading the system's roots instead takes milliseconds at each cold start, for certificates that are not needed.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon_trust_services.pem");

/// How long a connection may take to open. Within a region it takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt may take. Calls that are slower than this are lost, not slow.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call may take with all its attempts: a webhook has to be answered before its carrier loses patience,
/// with time left to put it on the queue instead (Twilio waits 15 seconds, others less).
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a call is tried. The waiting time between attempts begins with the SDK's default and doubles.
const ATTEMPTS_MAX: u32 = 3;

/// Makes the clients of single services from one configuration.
#[derive(Debug)]
pub struct Aws {
    region: Region,
    credentials: Credentials,
    endpoint_url: Option<Url>,
    http: SharedHttpClient,
}

/// Every service's SDK has its own type of configuration, with the same methods.
macro_rules! client {
    ($name:ident, $sdk:ident, $service:literal) => {
        #[doc = concat!("A client of ", $service, ".")]
        pub fn $name(&self) -> $sdk::Client {
            let mut config = $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region(self.region.clone())
                .credentials_provider(self.credentials.clone())
                .http_client(self.http.clone())
                .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
                .timeout_config(timeouts());
            if let Some(url) = &self.endpoint_url {
                config = config.endpoint_url(url.as_str());
            }
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl Aws {
    /// The configuration that the environment describes, with calls carried by `http` (see [`http_client`]).
    pub fn new(environment: &Environment, http: SharedHttpClient) -> Self {
        Self {
            region: Region::new(environment.region.clone()),
            credentials: Credentials::new(
                &environment.access_key_id,
                environment.secret_access_key.expose_secret(),
                environment.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
                None,
                "environment",
            ),
            endpoint_url: environment.endpoint_url.clone(),
            http,
        }
    }

    client!(dynamodb, aws_sdk_dynamodb, "DynamoDB");
    client!(sqs, aws_sdk_sqs, "SQS");
    client!(sns, aws_sdk_sns, "SNS");
    client!(ses, aws_sdk_sesv2, "SES");
    /// A client of the connections of the WebSocket API at this address.
    pub fn connections(&self, url: &Url) -> aws_sdk_apigatewaymanagement::Client {
        use aws_sdk_apigatewaymanagement::config::{BehaviorVersion, Builder};
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .timeout_config(timeouts())
            .endpoint_url(url.as_str().trim_end_matches('/'));
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }

    client!(secrets_manager, aws_sdk_secretsmanager, "Secrets Manager");
}

/// The HTTP client of all AWS calls: rustls with aws-lc. It trusts Amazon's own roots only; if AWS is somewhere else,
/// the system's roots. Plain `http` addresses, as of an emulator, work too.
pub fn http_client(endpoint_url: Option<&Url>) -> SharedHttpClient {
    let elsewhere = endpoint_url.is_some_and(|url| url.scheme() == "https");
    let trust = TrustStore::empty().with_native_roots(elsewhere).with_pem_certificate(AMAZON_TRUST_SERVICES);
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(trust).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        // Building a context from constants does not fail; if it ever does, the system's roots will do.
        Err(error) => {
            tracing::warn!(%error, "Amazon's roots could not be used; using the system's");
            builder.build_https()
        }
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(endpoint_url: &str) -> Aws {
        let environment = environment(endpoint_url);
        Aws::new(&environment, http_client(environment.endpoint_url.as_ref()))
    }

    fn environment(endpoint_url: &str) -> Environment {
        let variables = |name: &str| match name {
            "AWS_ENDPOINT_URL" => Some(endpoint_url.to_owned()),
            "PUBLIC_URL" | "LIVE_URL" => None,
            _ => Some("some-value".to_owned()),
        };
        Environment::from_variables(variables, &[]).unwrap()
    }

    #[test]
    fn the_certificates_can_be_read_and_are_all_there() {
        let text = std::str::from_utf8(AMAZON_TRUST_SERVICES).unwrap();
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 5);
        // Building a client parses them; a bad one would panic here.
        let _client = aws("").dynamodb();
    }

    #[tokio::test]
    async fn a_plain_http_endpoint_is_spoken_to_without_tls() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let length = socket.read(&mut head).await.unwrap();
            let body = r#"{"TableNames":["t"]}"#;
            let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            socket.write_all(reply.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&head[..length]).into_owned()
        });
        let tables = aws(&url).dynamodb().list_tables().send().await.unwrap();
        assert_eq!(tables.table_names(), ["t"]);
        let head = server.await.unwrap().to_lowercase();
        assert!(head.starts_with("post / http/1.1"), "{head}");
        assert!(head.contains("x-amz-security-token:"), "{head}");
    }
}
