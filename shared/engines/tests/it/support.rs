//! SDK clients over the engines: dummy credentials, no retries, no socket.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::http::HttpClient;
use engines::dynamo::Dynamo;
use serde_json::{Value, json};

macro_rules! client {
    ($name:ident, $sdk:ident) => {
        pub(crate) fn $name(http_client: impl HttpClient + 'static) -> $sdk::Client {
            use $sdk::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(engines::REGION))
                .credentials_provider(Credentials::new("local", "local", None, None, "engines"))
                .retry_config(RetryConfig::disabled())
                .http_client(http_client)
                .build();
            $sdk::Client::from_conf(config)
        }
    };
}

client!(dynamo_client, aws_sdk_dynamodb);
client!(secrets_client, aws_sdk_secretsmanager);
client!(ses_client, aws_sdk_sesv2);
client!(sns_client, aws_sdk_sns);
client!(sqs_client, aws_sdk_sqs);

/// A table like the product's: `pk`/`sk`, one sparse index, a stream, a time to live.
pub(crate) fn table() -> Value {
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    json!({
        "TableName": "main",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("pk"), attribute("sk"), attribute("gpk"), attribute("gsk")],
        "KeySchema": key("pk", "sk"),
        "GlobalSecondaryIndexes":
            [{"IndexName": "by_g", "KeySchema": key("gpk", "gsk"), "Projection": {"ProjectionType": "ALL"}}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true},
    })
}

/// An empty table in memory and a client for it.
pub(crate) fn world() -> (Dynamo, aws_sdk_dynamodb::Client) {
    let dynamo = Dynamo::memory().unwrap();
    dynamo.create_table(table()).unwrap();
    let client = dynamo_client(dynamo.clone());
    (dynamo, client)
}

/// Queue or topic attributes.
pub(crate) fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
