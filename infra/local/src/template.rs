//! What a local run needs to know of `infra/template.yaml`: routes, queues, event sources, schedules, the table.
//!
//! The template is the only place that names them. What it says and this module does not understand is an error,
//! not a silent difference between a laptop and AWS.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document;
use crate::resolve::{Names, secret_name};

/// Lambda's own default, if a function names no time-out.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);
/// Most messages that one read of a queue returns (SQS).
const SQS_BATCH_MAX: u64 = 10;
/// Batch size of a stream's event source unless it names one (Lambda).
const STREAM_BATCH_DEFAULT: u64 = 100;

/// Why the template cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not YAML.
    #[error("the template is not YAML")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// Something in it is missing or unknown.
    #[error("template, {place}: {problem}")]
    Unsupported {
        /// The resource and property.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl TemplateError {
    pub(crate) fn at(place: &str, problem: impl Into<String>) -> Self {
        Self::Unsupported { place: place.to_owned(), problem: problem.into() }
    }
}

/// The stack.
#[derive(Debug, Clone)]
pub struct Template {
    /// In the order of their names.
    pub functions: Vec<Function>,
    /// In the order of their names.
    pub queues: Vec<Queue>,
    /// Names of the topics.
    pub topics: Vec<String>,
    /// The secrets that are generated: name of the resource, name in the secret store.
    pub secrets: Vec<(String, String)>,
    /// Routes of the WebSocket API, each with the name of its function's resource.
    pub sockets: BTreeMap<String, String>,
    /// The single table.
    pub table: Table,
}

/// A function: what calls it and what it may do.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name of the resource, for example `Send`.
    pub id: String,
    /// Folder under `functions/`, which is also the name of the crate, for example `send`.
    pub name: String,
    /// Longest an invocation may take.
    pub timeout: Duration,
    /// What calls it.
    pub sources: Vec<Source>,
    /// Its environment, resolved.
    pub environment: BTreeMap<String, String>,
    /// What it may do.
    pub statements: Vec<Statement>,
}

/// What a policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// For example `dynamodb:Query`.
    pub actions: Vec<String>,
    /// ARNs, in which `*` stands for anything.
    pub resources: Vec<String>,
}

/// What calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A route of the HTTP API.
    Http {
        /// In upper case, or `ANY`.
        method: String,
        /// With parameters in braces.
        path: String,
    },
    /// A queue.
    Queue {
        /// Name of the queue's resource.
        queue: String,
        /// Most messages of one invocation.
        batch_size: u64,
        /// Whether the function says which messages failed (`ReportBatchItemFailures`).
        partial: bool,
    },
    /// The table's stream.
    Stream(StreamSource),
    /// A clock.
    Schedule {
        /// Time between two invocations.
        every: Duration,
    },
}

/// An event source that reads the table's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSource {
    /// Most records of one invocation.
    pub batch_size: u64,
    /// Whether the function says which record failed first.
    pub partial: bool,
    /// Whether a failing batch is halved until the poisoned record is alone.
    pub bisect: bool,
    /// How often a batch is tried again before it goes to `on_failure`.
    pub retries_max: u64,
    /// Queue that takes the position of records given up; name of its resource.
    pub on_failure: Option<String>,
    /// Event filter patterns; a record that matches one is handed over. Empty: every record.
    pub filters: Vec<Value>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Name of the resource.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Attributes as `CreateQueue` takes them, without the redrive policy.
    pub attributes: BTreeMap<String, String>,
    /// Dead-letter queue (name of its resource) and after how many receives a message goes there.
    pub redrive: Option<(String, u64)>,
}

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name of the resource.
    pub id: String,
    /// Its properties as in the template.
    pub properties: Value,
}

impl Template {
    /// Reads a template; `names` says what references resolve to.
    pub fn parse(text: &str, names: &Names) -> Result<Self, TemplateError> {
        let document = document::parse(text)?;
        let names = &names.with_defaults(&document);
        let resources = object(&document, "Resources")?;
        let mut tables = of_type(resources, "AWS::DynamoDB::Table");
        let (table, properties) =
            tables.next().ok_or_else(|| TemplateError::at("Resources", "there is no table"))?;
        Ok(Self {
            functions: of_type(resources, "AWS::Serverless::Function")
                .map(|(id, properties)| function(id, properties, &document, names))
                .collect::<Result<_, _>>()?,
            queues: of_type(resources, "AWS::SQS::Queue")
                .map(|(id, properties)| queue(id, properties, names))
                .collect::<Result<_, _>>()?,
            topics: of_type(resources, "AWS::SNS::Topic").map(|(id, _)| id.to_owned()).collect(),
            secrets: of_type(resources, "AWS::SecretsManager::Secret")
                .map(|(id, properties)| (id.to_owned(), secret_name(properties)))
                .collect(),
            sockets: sockets(resources)?,
            table: Table { id: table.to_owned(), properties: properties.clone() },
        })
    }

    /// The queue of this name.
    pub fn queue(&self, id: &str) -> Result<&Queue, TemplateError> {
        let found = self.queues.iter().find(|queue| queue.id == id);
        found.ok_or_else(|| TemplateError::at(id, "there is no such queue"))
    }

    /// Every source with the function that it calls.
    pub fn sources(&self) -> impl Iterator<Item = (&Function, &Source)> {
        self.functions
            .iter()
            .flat_map(|function| function.sources.iter().map(move |source| (function, source)))
    }

    /// Every route with the function that answers it.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str, &Function)> {
        self.sources().filter_map(|(function, source)| match source {
            Source::Http { method, path } => Some((method.as_str(), path.as_str(), function)),
            _ => None,
        })
    }

    /// Every function that runs by a clock, with the time between two runs.
    pub fn schedules(&self) -> impl Iterator<Item = (&Function, Duration)> {
        self.sources().filter_map(|(function, source)| match source {
            Source::Schedule { every } => Some((function, *every)),
            _ => None,
        })
    }
}

/// The routes of the WebSocket API. SAM has no events for it, so each names an integration, which names its function.
fn sockets(resources: &Map<String, Value>) -> Result<BTreeMap<String, String>, TemplateError> {
    let integrations: BTreeMap<_, _> = of_type(resources, "AWS::ApiGatewayV2::Integration").collect();
    let function = |properties: &Value| {
        let target = properties.pointer("/Target/Fn::Sub").and_then(Value::as_str)?;
        let name = target.strip_prefix("integrations/${")?.strip_suffix('}')?;
        let alias = integrations.get(name)?.pointer("/IntegrationUri/Fn::Sub/1/Function/Ref")?;
        Some(alias.as_str()?.strip_suffix(".Alias")?.to_owned())
    };
    of_type(resources, "AWS::ApiGatewayV2::Route")
        .map(|(id, properties)| {
            let key = text(properties, "RouteKey", id)?.to_owned();
            let function = function(properties)
                .ok_or_else(|| TemplateError::at(id, "its target leads to the alias of no function"))?;
            Ok((key, function))
        })
        .collect()
}

/// The resources of one type, with their properties.
pub fn of_type<'a>(
    resources: &'a Map<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources
        .iter()
        .filter(move |(_, resource)| resource.get("Type").and_then(Value::as_str) == Some(kind))
        .map(|(id, resource)| (id.as_str(), resource.get("Properties").unwrap_or(&Value::Null)))
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>, TemplateError> {
    value.get(key).and_then(Value::as_object).ok_or_else(|| TemplateError::at(key, "missing or no mapping"))
}

fn text<'a>(value: &'a Value, key: &str, place: &str) -> Result<&'a str, TemplateError> {
    value
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| TemplateError::at(place, format!("{key} is missing or no text")))
}

/// Name of the resource that `{"Ref": x}` or `{"Fn::GetAtt": [x, …]}` points to.
pub fn referred(value: &Value) -> Option<&str> {
    value.get("Ref").or_else(|| value.pointer("/Fn::GetAtt/0")).and_then(Value::as_str)
}

fn function(
    id: &str,
    properties: &Value,
    document: &Value,
    names: &Names,
) -> Result<Function, TemplateError> {
    let code = text(properties, "CodeUri", id)?;
    let name = code
        .strip_prefix("../functions/")
        .ok_or_else(|| TemplateError::at(id, "CodeUri is not below ../functions/"))?;
    let timeout = properties
        .get("Timeout")
        .or_else(|| document.pointer("/Globals/Function/Timeout"))
        .and_then(Value::as_u64)
        .map_or(TIMEOUT_DEFAULT, Duration::from_secs);
    let events = properties.get("Events").and_then(Value::as_object).into_iter().flatten();
    let variables = properties.pointer("/Environment/Variables").and_then(Value::as_object);
    Ok(Function {
        id: id.to_owned(),
        name: name.to_owned(),
        timeout,
        sources: events
            .map(|(event, body)| source(&format!("{id}.{event}"), body))
            .collect::<Result<_, _>>()?,
        environment: variables
            .into_iter()
            .flatten()
            .map(|(key, value)| Ok((key.clone(), names.resolve(value, id)?)))
            .collect::<Result<_, TemplateError>>()?,
        statements: statements(id, properties, names)?,
    })
}

fn statements(id: &str, properties: &Value, names: &Names) -> Result<Vec<Statement>, TemplateError> {
    let policies = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    policies
        .flat_map(|policy| policy.get("Statement").and_then(Value::as_array).into_iter().flatten())
        .map(|statement| {
            if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
                return Err(TemplateError::at(id, "only statements that allow are supported"));
            }
            Ok(Statement {
                actions: texts(statement.get("Action"), id, names)?,
                resources: texts(statement.get("Resource"), id, names)?,
            })
        })
        .collect()
}

/// One text or a list of them, resolved.
fn texts(value: Option<&Value>, place: &str, names: &Names) -> Result<Vec<String>, TemplateError> {
    match value {
        Some(Value::Array(items)) => items.iter().map(|item| names.resolve(item, place)).collect(),
        Some(one) => Ok(vec![names.resolve(one, place)?]),
        None => Ok(vec![]),
    }
}

fn source(place: &str, event: &Value) -> Result<Source, TemplateError> {
    let properties = event.get("Properties").unwrap_or(&Value::Null);
    let partial = properties
        .get("FunctionResponseTypes")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"));
    let batch_size = properties.get("BatchSize").and_then(Value::as_u64);
    match text(event, "Type", place)? {
        "HttpApi" => Ok(Source::Http {
            method: text(properties, "Method", place)?.to_uppercase(),
            path: text(properties, "Path", place)?.to_owned(),
        }),
        "SQS" => Ok(Source::Queue {
            queue: properties
                .get("Queue")
                .and_then(referred)
                .ok_or_else(|| TemplateError::at(place, "Queue refers to no queue"))?
                .to_owned(),
            batch_size: batch_size.unwrap_or(SQS_BATCH_MAX).min(SQS_BATCH_MAX),
            partial,
        }),
        "DynamoDB" => stream_source(place, properties, batch_size, partial).map(Source::Stream),
        "ScheduleV2" => {
            Ok(Source::Schedule { every: rate(text(properties, "ScheduleExpression", place)?, place)? })
        }
        other => Err(TemplateError::at(place, format!("events of type {other} are not run locally"))),
    }
}

fn stream_source(
    place: &str,
    properties: &Value,
    batch_size: Option<u64>,
    partial: bool,
) -> Result<StreamSource, TemplateError> {
    let patterns =
        properties.pointer("/FilterCriteria/Filters").and_then(Value::as_array).into_iter().flatten();
    let filters = patterns
        .map(|filter| {
            let pattern = text(filter, "Pattern", place)?;
            serde_json::from_str(pattern)
                .map_err(|_| TemplateError::at(place, "a filter pattern is not JSON"))
        })
        .collect::<Result<_, _>>()?;
    Ok(StreamSource {
        batch_size: batch_size.unwrap_or(STREAM_BATCH_DEFAULT),
        partial,
        bisect: properties.get("BisectBatchOnFunctionError").and_then(Value::as_bool).unwrap_or(false),
        retries_max: properties.get("MaximumRetryAttempts").and_then(Value::as_u64).unwrap_or(u64::MAX),
        on_failure: properties
            .pointer("/DestinationConfig/OnFailure/Destination")
            .and_then(referred)
            .map(str::to_owned),
        filters,
    })
}

/// Reads `rate(1 minute)`.
fn rate(expression: &str, place: &str) -> Result<Duration, TemplateError> {
    let unsupported = || TemplateError::at(place, format!("the schedule {expression} is not run locally"));
    let inner =
        expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(unsupported)?;
    let (count, unit) = inner.split_once(' ').ok_or_else(unsupported)?;
    let count: u64 = count.parse().map_err(|_| unsupported())?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return Err(unsupported()),
    };
    Ok(Duration::from_secs(count.saturating_mul(seconds)))
}

fn queue(id: &str, properties: &Value, names: &Names) -> Result<Queue, TemplateError> {
    let fields = properties.as_object().into_iter().flatten();
    let redrive = properties.get("RedrivePolicy").map(|policy| {
        let dead = policy.get("deadLetterTargetArn").and_then(referred);
        dead.zip(policy.get("maxReceiveCount").and_then(Value::as_u64))
            .map(|(dead, receives)| (dead.to_owned(), receives))
            .ok_or_else(|| TemplateError::at(id, "RedrivePolicy is incomplete"))
    });
    let attributes = fields
        .filter(|(key, _)| !matches!(key.as_str(), "RedrivePolicy" | "QueueName" | "Tags"))
        .map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key.clone(), value)
        })
        .collect();
    let url = names.resolve(&json!({"Ref": id}), id)?;
    Ok(Queue { id: id.to_owned(), url, attributes, redrive: redrive.transpose()? })
}
