//! Each function may do on a laptop what its policy in the template allows, and nothing else.
//!
//! In AWS a missing permission shows after deployment, in production, on the one path that nobody tried. Here every
//! request of a function to DynamoDB, SQS, SNS, SES, Secrets Manager and live connections passes a [`Gate`], which compares it with the
//! function's statements as IAM does and answers `AccessDeniedException`. So the tests prove that the policies are
//! wide enough, and the list of statements can stay as short as it is.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use engines::{connections::CONNECTIONS, connector, ses::SEND_EMAIL};
use serde_json::{Value, json};

use crate::template::Statement;

/// The template's name of the WebSocket API.
const LIVE_API: &str = "LiveApi";

/// What was refused since the start, one line each; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Denials(Arc<Mutex<Vec<String>>>);

impl Denials {
    /// The refusals, oldest first.
    pub fn list(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, denial: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(denial);
    }
}

/// An SDK's HTTP client that asks a function's policy first.
#[derive(Debug, Clone)]
pub struct Gate {
    function: String,
    statements: Arc<[Statement]>,
    denials: Denials,
    inner: SharedHttpClient,
}

impl Gate {
    /// Puts the policy of `function` in front of a client.
    pub fn new(function: &str, statements: &[Statement], denials: &Denials, inner: SharedHttpClient) -> Self {
        Self { function: function.to_owned(), statements: statements.into(), denials: denials.clone(), inner }
    }

    /// The first permission that the request needs and the function does not have.
    fn missing(&self, method: &str, path: &str, target: Option<&str>, body: &[u8]) -> Option<Permission> {
        let connection = connection(method, path).map(|permission| vec![permission]);
        connection
            .unwrap_or_else(|| needed(path, target, body))
            .into_iter()
            .find(|permission| !self.statements.iter().any(|statement| statement.allows(permission)))
    }
}

impl HttpClient for Gate {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(GatedConnector { gate: self.clone(), inner })
    }
}

#[derive(Debug)]
struct GatedConnector {
    gate: Gate,
    inner: SharedHttpConnector,
}

impl HttpConnector for GatedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target");
        let path = connector::path(&request);
        let body = request.body().bytes().unwrap_or_default();
        let Some(permission) = self.gate.missing(request.method(), &path, target, body) else {
            return self.inner.call(request);
        };
        let denial = format!("{}: {} on {}", self.gate.function, permission.action, permission.resource);
        tracing::error!(
            function = self.gate.function,
            action = permission.action,
            resource = permission.resource,
            "the function's policy in infra/template.yaml does not allow this"
        );
        self.gate.denials.add(denial);
        let json = target.is_some() || path == SEND_EMAIL || path.contains(CONNECTIONS);
        HttpConnectorFuture::ready(refusal(json, &permission))
    }
}

/// One action on one resource.
#[derive(Debug, PartialEq, Eq)]
struct Permission {
    action: String,
    resource: String,
}

impl Permission {
    fn new(action: &str, service: &str, resource: &str) -> Self {
        let resource = if resource.starts_with("arn:") {
            resource.to_owned()
        } else {
            format!("arn:aws:{service}:{}:{}:{resource}", engines::REGION, engines::ACCOUNT)
        };
        Self { action: format!("{service}:{action}"), resource }
    }
}

impl Statement {
    fn allows(&self, permission: &Permission) -> bool {
        self.actions.contains(&permission.action)
            && self.resources.iter().any(|pattern| matches(pattern, &permission.resource))
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter_map(|at| rest.get(at..)).any(|tail| matches(after, tail))
}

/// What a request needs. A request that cannot be read needs nothing: the service refuses it by itself.
fn needed(path: &str, target: Option<&str>, body: &[u8]) -> Vec<Permission> {
    if path == SEND_EMAIL {
        return vec![mail(body)];
    }
    let Some((service, operation)) = target.and_then(|target| target.split_once('.')) else {
        return form(body).into_iter().collect();
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if service.starts_with("DynamoDB") {
        return table(operation, &body);
    }
    match service {
        "AmazonSQS" => {
            let queue = text("QueueUrl").rsplit('/').next().unwrap_or_default();
            vec![Permission::new(operation.trim_end_matches("Batch"), "sqs", queue)]
        }
        "secretsmanager" => {
            let secret = if operation == "CreateSecret" { text("Name") } else { text("SecretId") };
            let secret =
                if secret.starts_with("arn:") { secret.to_owned() } else { format!("secret:{secret}") };
            vec![Permission::new(operation, "secretsmanager", &secret)]
        }
        _ => vec![],
    }
}

/// API Gateway asks for the API, its stage, the method and the connection.
fn connection(method: &str, path: &str) -> Option<Permission> {
    let (stage, connection) = path.split_once(CONNECTIONS)?;
    let resource = format!("{LIVE_API}{stage}/{method}{CONNECTIONS}{connection}");
    Some(Permission::new("ManageConnections", "execute-api", &resource))
}

/// SES asks for the identity that a mail comes from: the address behind the name.
fn mail(body: &[u8]) -> Permission {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let from = body.get("FromEmailAddress").and_then(Value::as_str).unwrap_or_default();
    let address = from.rsplit_once('<').map_or(from, |(_, address)| address.trim_end_matches('>'));
    Permission::new("SendEmail", "ses", &format!("identity/{address}"))
}

/// SNS speaks the query protocol: a form.
fn form(body: &[u8]) -> Option<Permission> {
    let field = |name: &str| {
        form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let resource =
        ["TopicArn", "TargetArn", "EndpointArn", "PlatformApplicationArn"].into_iter().find_map(field);
    Some(Permission::new(&field("Action")?, "sns", &resource?))
}

fn table(operation: &str, body: &Value) -> Vec<Permission> {
    let one = |action: &str, request: &Value| {
        let name = request.get("TableName").and_then(Value::as_str).unwrap_or_default();
        let index = request.get("IndexName").and_then(Value::as_str);
        let resource =
            index.map_or_else(|| format!("table/{name}"), |index| format!("table/{name}/index/{index}"));
        Permission::new(action, "dynamodb", &resource)
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let items = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            items
                .flat_map(|item| item.as_object().into_iter().flatten())
                .map(|(kind, request)| match kind.as_str() {
                    "ConditionCheck" => one("ConditionCheckItem", request),
                    kind => one(&format!("{kind}Item"), request),
                })
                .collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            tables.map(|(name, _)| one(operation, &json!({"TableName": name}))).collect()
        }
        _ => vec![one(operation, body)],
    }
}

fn refusal(json: bool, permission: &Permission) -> Result<HttpResponse, ConnectorError> {
    let message =
        format!("not authorized to perform: {} on resource: {}", permission.action, permission.resource);
    let body = if json {
        json!({"__type": "AccessDeniedException", "message": message}).to_string()
    } else {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>{message}</Message>\
             </Error></ErrorResponse>"
        )
    };
    let status = StatusCode::try_from(if json { 400 } else { 403 });
    let status = status.map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response
        .headers_mut()
        .insert("content-type", if json { "application/x-amz-json-1.0" } else { "text/xml" });
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/Table";

    #[track_caller]
    fn check(target: Option<&str>, body: &str, expected: &[(&str, &str)]) {
        let path = if body.contains("FromEmailAddress") { SEND_EMAIL } else { "/" };
        let permissions = needed(path, target, body.as_bytes());
        let found: Vec<_> =
            permissions.iter().map(|needed| (needed.action.as_str(), needed.resource.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_query_on_an_index_needs_the_index() {
        let target = Some("DynamoDB_20120810.Query");
        check(target, r#"{"TableName":"Table"}"#, &[("dynamodb:Query", TABLE)]);
        let index = format!("{TABLE}/index/GSI1");
        check(target, r#"{"TableName":"Table","IndexName":"GSI1"}"#, &[("dynamodb:Query", &index)]);
    }

    #[test]
    fn a_transaction_needs_what_its_items_need() {
        let body =
            r#"{"TransactItems":[{"Put":{"TableName":"Table"}},{"ConditionCheck":{"TableName":"Table"}}]}"#;
        let expected = [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)];
        check(Some("DynamoDB_20120810.TransactWriteItems"), body, &expected);
    }

    #[test]
    fn queues_topics_and_secrets_are_known_by_their_arn() {
        let queue = "arn:aws:sqs:us-east-1:000000000000:S.fifo";
        let body = r#"{"QueueUrl":"http://sqs.local/000000000000/S.fifo"}"#;
        check(Some("AmazonSQS.SendMessageBatch"), body, &[("sqs:SendMessage", queue)]);
        let secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a/b";
        check(
            Some("secretsmanager.GetSecretValue"),
            r#"{"SecretId":"a/b"}"#,
            &[("secretsmanager:GetSecretValue", secret)],
        );
        let topic = "arn:aws:sns:us-east-1:000000000000:Push";
        let form = "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3APush";
        check(None, form, &[("sns:Publish", topic)]);
        let device = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/textdesk/1";
        let form = "Action=DeleteEndpoint&EndpointArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Aendpoint%2FGCM%2Ftextdesk%2F1";
        check(None, form, &[("sns:DeleteEndpoint", device)]);
    }

    #[test]
    fn a_mail_needs_the_identity_of_its_sender_whatever_the_name_before_it() {
        let identity = "arn:aws:ses:us-east-1:000000000000:identity/no-reply@example.com";
        for name in ["", r#"\"Bee <evil@example.org>\" "#] {
            let from = if name.is_empty() { "no-reply@example.com" } else { "<no-reply@example.com>" };
            let body = format!(r#"{{"FromEmailAddress":"{name}{from}"}}"#);
            check(None, &body, &[("ses:SendEmail", identity)]);
        }
    }

    #[test]
    fn a_statement_allows_its_actions_on_its_resources_only() {
        let statement = Statement {
            actions: vec!["dynamodb:Query".to_owned()],
            resources: vec![format!("{TABLE}/index/*")],
        };
        let permission = |action: &str, resource: &str| Permission::new(action, "dynamodb", resource);
        assert!(statement.allows(&permission("Query", "table/Table/index/GSI1")));
        assert!(!statement.allows(&permission("Query", "table/Table")));
        assert!(!statement.allows(&permission("Scan", "table/Table/index/GSI1")));
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "ac", true),
            ("a*", "a", true),
            ("a*c", "acb", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
