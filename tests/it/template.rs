//! House rules over `infra/template.yaml`, as tests: what a reviewer would have to look for by eye.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engines::connector::Request;
use local::document;
use runtime::Need;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn template() -> Value {
    document::parse(document::TEMPLATE).unwrap()
}

/// The resources of a type: name and properties.
fn resources(template: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.clone(), resource["Properties"].clone()))
        .collect()
}

fn functions(template: &Value) -> BTreeMap<String, Value> {
    resources(template, "AWS::Serverless::Function")
}

/// The sources of a function that have this type.
fn sources<'a>(function: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    function["Events"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, source)| source)
        .filter(move |source| source["Type"] == kind)
        .map(|source| &source["Properties"])
}

fn referred(value: &Value) -> &str {
    value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str()).unwrap_or_default()
}

/// One text or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn statements(function: &Value) -> Vec<&Value> {
    let policies = function["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| policy["Statement"].as_array().unwrap()).collect()
}

#[test]
fn each_function_of_the_tree_is_in_the_template_and_the_other_way_round() {
    let template = template();
    let named: BTreeSet<_> = functions(&template)
        .values()
        .map(|function| {
            function["CodeUri"].as_str().unwrap().strip_prefix("../functions/").unwrap().to_owned()
        })
        .collect();
    let folders: BTreeSet<_> = std::fs::read_dir(Path::new(ROOT).join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, folders);
}

#[test]
fn each_function_has_a_route_or_an_event_source() {
    let template = template();
    let live = resources(&template, "AWS::ApiGatewayV2::Integration");
    let connected = |id: &str| {
        live.values().any(|it| it["IntegrationUri"]["Fn::Sub"][1]["Function"]["Ref"] == format!("{id}.Alias"))
    };
    for (id, function) in functions(&template) {
        let events = function["Events"].as_object().is_some_and(|events| !events.is_empty());
        assert!(events || connected(&id), "{id}");
    }
}

#[test]
fn no_route_is_given_twice() {
    let template = template();
    let mut seen = BTreeSet::new();
    for (id, function) in functions(&template) {
        for route in sources(&function, "HttpApi") {
            assert_eq!(route["ApiId"]["Ref"], "Api", "{id}");
            assert!(seen.insert((route["Method"].to_string(), route["Path"].to_string())), "{id}: {route}");
        }
    }
}

#[test]
fn each_function_writes_to_its_own_log_group_which_forgets() {
    let template = template();
    let groups = resources(&template, "AWS::Logs::LogGroup");
    let mut used = BTreeSet::new();
    for (id, function) in functions(&template) {
        let group = referred(&function["LoggingConfig"]["LogGroup"]);
        assert!(used.insert(group.to_owned()), "{id} shares its log group");
        assert_eq!(groups[group]["RetentionInDays"]["Ref"], "LogRetentionDays", "{id}");
    }
}

#[test]
fn each_function_has_an_alarm_on_errors_that_rolls_its_deployment_back() {
    let template = template();
    let alarms = resources(&template, "AWS::CloudWatch::Alarm");
    for (id, function) in functions(&template) {
        let alarm = referred(&function["DeploymentPreference"]["Alarms"][0]);
        let alarm = alarms.get(alarm).unwrap_or_else(|| panic!("{id} has no alarm"));
        assert_eq!(alarm["MetricName"], "Errors", "{id}");
        assert_eq!(alarm["Dimensions"][0]["Value"]["Ref"], *id, "{id}");
    }
}

#[test]
fn policies_name_actions_and_resources_without_wildcards() {
    for (id, function) in functions(&template()) {
        for statement in statements(&function) {
            assert_eq!(statement["Effect"], "Allow", "{id}");
            for action in list(&statement["Action"]) {
                assert!(!action.as_str().unwrap().contains('*'), "{id}: {action}");
            }
            for resource in list(&statement["Resource"]) {
                let within = resource["Fn::Sub"].as_str();
                let narrow = within.is_some_and(|arn| {
                    arn.starts_with("${Table.Arn}/index/") && !arn.contains('*')
                        || arn.ends_with("/gateway/*")
                        || arn == "${MediaBucket.Arn}/files/*"
                        || arn == "${MediaBucket.Arn}/uploads/*"
                        || arn.ends_with(":identity/${MailSender}")
                        || arn.contains(":app/") && arn.ends_with("Application}")
                        || arn.contains(":endpoint/") && arn.ends_with("Application}/*")
                        || arn.ends_with("${LiveApi}/live/POST/@connections/*")
                        || arn.ends_with("${LiveApi}/live/DELETE/@connections/*")
                });
                assert!(narrow || !referred(resource).is_empty(), "{id}: {resource}");
            }
        }
    }
}

#[test]
fn no_function_may_scan_the_table() {
    let template = template();
    for (id, function) in functions(&template) {
        for action in statements(&function).into_iter().flat_map(|statement| list(&statement["Action"])) {
            let action = action.as_str().unwrap();
            assert_ne!(action, "dynamodb:Scan", "{id}");
        }
    }
}

#[test]
fn no_function_has_the_policy_of_another() {
    let template = template();
    for (id, function) in functions(&template) {
        assert!(function.get("Role").is_none(), "{id}: one role for each function, made by SAM");
    }
}

#[test]
fn each_queue_has_a_dead_letter_queue_or_is_one_with_an_alarm() {
    let template = template();
    let queues = resources(&template, "AWS::SQS::Queue");
    let redrives =
        queues.values().map(|queue| referred(&queue["RedrivePolicy"]["deadLetterTargetArn"]).to_owned());
    let functions = functions(&template);
    let failures = functions.values().flat_map(|function| {
        sources(function, "DynamoDB")
            .map(|source| referred(&source["DestinationConfig"]["OnFailure"]["Destination"]).to_owned())
            .collect::<Vec<_>>()
    });
    let dead: BTreeSet<_> = redrives.chain(failures).filter(|id| !id.is_empty()).collect();
    let watched = watched_queues(&template, "ApproximateNumberOfMessagesVisible");
    for (id, queue) in &queues {
        if dead.contains(id) {
            assert!(watched.contains(id), "nobody is told of what ends in {id}");
            assert_eq!(
                queue["MessageRetentionPeriod"], 1_209_600,
                "{id} keeps its records as long as SQS can"
            );
        } else {
            assert!(queue.get("RedrivePolicy").is_some(), "{id} has no dead-letter queue");
            let aged = watched_queues(&template, "ApproximateAgeOfOldestMessage");
            assert!(aged.contains(id), "nobody is told when {id} is behind");
        }
    }
}

fn watched_queues(template: &Value, metric: &str) -> BTreeSet<String> {
    resources(template, "AWS::CloudWatch::Alarm")
        .values()
        .filter(|alarm| alarm["MetricName"] == metric)
        .map(|alarm| referred(&alarm["Dimensions"][0]["Value"]).to_owned())
        .collect()
}

#[test]
fn a_queue_waits_six_times_as_long_as_its_function_may_take() {
    let template = template();
    let queues = resources(&template, "AWS::SQS::Queue");
    for (id, function) in functions(&template) {
        let timeout = function.get("Timeout").unwrap_or(&template["Globals"]["Function"]["Timeout"]);
        for source in sources(&function, "SQS") {
            let queue = &queues[referred(&source["Queue"])];
            let visibility = queue["VisibilityTimeout"].as_u64().unwrap();
            assert!(visibility >= 6 * timeout.as_u64().unwrap(), "{id}");
            assert!(queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap() >= 5, "{id}");
        }
    }
}

#[tokio::test]
async fn the_queues_of_the_other_tests_are_those_of_the_template() {
    let template = template();
    let queues = resources(&template, "AWS::SQS::Queue");
    let world = testkit::World::new(1).await;
    for (name, id) in [
        (testkit::SENDS, "SendsQueue"),
        (testkit::INGEST, "IngestQueue"),
        (testkit::MAILS, "MailsQueue"),
        (testkit::JOBS, "JobsQueue"),
    ] {
        let body =
            serde_json::json!({"QueueUrl": world.sqs.url(name), "AttributeNames": ["All"]}).to_string();
        let request = Request::new(Some("AmazonSQS.GetQueueAttributes".to_owned()), body);
        let answer: Value = serde_json::from_slice(&world.sqs.respond(request).await.unwrap().body).unwrap();
        let attributes = &answer["Attributes"];
        let policy: Value = serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
        assert_eq!(policy["maxReceiveCount"], queues[id]["RedrivePolicy"]["maxReceiveCount"], "{id}");
        assert_eq!(attributes["VisibilityTimeout"], queues[id]["VisibilityTimeout"].to_string(), "{id}");
    }
}

#[test]
fn batches_fail_one_record_at_a_time_and_what_fails_for_good_is_kept() {
    for (id, function) in functions(&template()) {
        for kind in ["SQS", "DynamoDB"] {
            for source in sources(&function, kind) {
                assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{id}");
            }
        }
        for source in sources(&function, "DynamoDB") {
            assert_eq!(source["BisectBatchOnFunctionError"], true, "{id}");
            assert!(source["MaximumRetryAttempts"].as_u64().is_some(), "{id} would try for ever");
            assert!(
                source["FilterCriteria"]["Filters"][0]["Pattern"].is_string(),
                "{id} would read every change"
            );
            assert_eq!(source["DestinationConfig"]["OnFailure"]["Type"], "SQS", "{id}");
        }
    }
}

#[test]
fn the_table_is_kept_backed_up_encrypted_and_forgets_by_itself() {
    let template = template();
    let tables = resources(&template, "AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 1, "the product has one table");
    let table = &tables["Table"];
    assert_eq!(template["Resources"]["Table"]["DeletionPolicy"], "Retain");
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert_eq!(table["TimeToLiveSpecification"]["Enabled"], true);
}

#[test]
fn the_table_is_the_one_that_storage_writes_to() {
    let template = template();
    let table = &resources(&template, "AWS::DynamoDB::Table")["Table"];
    let definition = storage::table::definition("Table");
    for property in ["BillingMode", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"] {
        assert_eq!(table[property], definition[property], "{property}");
    }
    let view = &definition["StreamSpecification"]["StreamViewType"];
    assert_eq!(&table["StreamSpecification"]["StreamViewType"], view);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], storage::table::TIME_TO_LIVE);
}

#[test]
fn the_outbox_is_woken_by_what_has_consequences_only() {
    let template = template();
    let functions = functions(&template);
    let patterns = |function: &str| -> Vec<Value> {
        let stream = sources(&functions[function], "DynamoDB").next().unwrap();
        let filters = stream["FilterCriteria"]["Filters"].as_array().unwrap().iter();
        filters.map(|it| serde_json::from_str(it["Pattern"].as_str().unwrap()).unwrap()).collect()
    };
    assert_eq!(patterns("Dispatch"), storage::table::stream_filters());
    assert_eq!(patterns("Project"), storage::table::projection_filters());
}

/// More than two readers of a shard are throttled by DynamoDB.
#[test]
fn the_table_s_stream_has_two_readers() {
    let template = template();
    let functions = functions(&template);
    let readers: Vec<_> = functions
        .iter()
        .filter(|(_, it)| sources(it, "DynamoDB").next().is_some())
        .map(|(id, _)| id)
        .collect();
    assert_eq!(readers, ["Dispatch", "Project"]);
}

/// Variables that a function may refuse to start without.
const NEEDS: [(&str, Need); 13] = [
    ("Need::SendsQueue", Need::SendsQueue),
    ("Need::IngestQueue", Need::IngestQueue),
    ("Need::MailsQueue", Need::MailsQueue),
    ("Need::JobsQueue", Need::JobsQueue),
    ("Need::PushApplications", Need::PushApplications),
    ("Need::PublicUrl", Need::PublicUrl),
    ("Need::SecretPrefix", Need::SecretPrefix),
    ("Need::OperatorKey", Need::OperatorKey),
    ("Need::CursorKey", Need::CursorKey),
    ("Need::LinkKey", Need::LinkKey),
    ("Need::MailSender", Need::MailSender),
    ("Need::LiveUrl", Need::LiveUrl),
    ("Need::MediaBucket", Need::MediaBucket),
];

#[test]
fn a_function_has_exactly_the_variables_that_it_needs() {
    for (id, function) in functions(&template()) {
        let folder = function["CodeUri"].as_str().unwrap().trim_start_matches("../");
        let main = std::fs::read_to_string(Path::new(ROOT).join(folder).join("src/main.rs")).unwrap();
        let needs = NEEDS.iter().filter(|(name, _)| main.contains(name)).map(|(_, need)| need.variable());
        let switch = (id == "Gateways").then_some("SIMULATED_CARRIER");
        // Each push service has an application of its own.
        let push: &[&str] = if main.contains("Need::PushApplications") {
            &["PUSH_APNS_SANDBOX_ARN", "PUSH_FCM_ARN"]
        } else {
            &[]
        };
        let needs = needs.chain(["TABLE_NAME"]).chain(switch).chain(push.iter().copied());
        let needs: BTreeSet<&str> = needs.collect();
        let variables = function["Environment"]["Variables"].as_object().unwrap();
        let variables: BTreeSet<&str> = variables.keys().map(String::as_str).collect();
        assert_eq!(variables, needs, "{id}");
    }
}

/// Metrics that exist, with their one dimension. An alarm on anything else can never go off.
const METRICS: [(&str, &str, Option<&str>); 8] = [
    ("AWS/Lambda", "Errors", Some("FunctionName")),
    ("AWS/Lambda", "IteratorAge", Some("FunctionName")),
    // Without a dimension: all functions of the account.
    ("AWS/Lambda", "Throttles", None),
    ("AWS/ApiGateway", "5xx", Some("ApiId")),
    ("AWS/DynamoDB", "WriteThrottleEvents", Some("TableName")),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", Some("QueueName")),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", Some("QueueName")),
    ("AWS/Lambda", "Duration", Some("FunctionName")),
];

/// Our own metrics: lines of logs that are counted.
fn counted(template: &Value) -> BTreeSet<String> {
    let filters = resources(template, "AWS::Logs::MetricFilter");
    filters
        .values()
        .map(|filter| filter["MetricTransformations"][0]["MetricName"].as_str().unwrap().to_owned())
        .collect()
}

/// The lines of code that write a metric into the log, over all crates.
fn metrics_in_the_code() -> String {
    let mut folders = vec![Path::new(ROOT).join("shared"), Path::new(ROOT).join("functions")];
    let mut lines = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                lines.extend(text.lines().filter(|line| line.contains("metric = ")));
            }
        }
    }
    lines
}

#[test]
fn what_is_counted_in_the_logs_is_written_there() {
    let template = template();
    let code = metrics_in_the_code();
    for (id, filter) in resources(&template, "AWS::Logs::MetricFilter") {
        let metric = filter["MetricTransformations"][0]["MetricName"].as_str().unwrap();
        assert!(code.contains(&format!("metric = \"{metric}\"")), "{id}: no line of log has {metric}");
        assert_eq!(filter["FilterPattern"], format!("{{ $.metric = \"{metric}\" }}"), "{id}");
        assert!(
            resources(&template, "AWS::Logs::LogGroup").contains_key(referred(&filter["LogGroupName"])),
            "{id}"
        );
    }
}

#[test]
fn each_alarm_is_on_a_metric_that_exists_tells_somebody_and_names_its_runbook() {
    let template = template();
    let counted = counted(&template);
    for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        let metric = alarm["MetricName"].as_str().unwrap();
        let dimension = alarm["Dimensions"][0]["Name"].as_str();
        match alarm["Namespace"].as_str() {
            Some(theirs) => {
                assert!(
                    METRICS.contains(&(theirs, metric, dimension)),
                    "{id}: {theirs} {metric} {dimension:?}"
                );
            }
            None => assert!(counted.contains(metric), "{id}: nothing counts {metric}"),
        }
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "Alarms", "{id}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{id}");
        let (_, runbook) = alarm["AlarmDescription"].as_str().unwrap().rsplit_once("See ").unwrap();
        assert!(Path::new(ROOT).join(runbook).is_file(), "{id}: {runbook}");
    }
}

#[test]
fn a_secret_is_generated_and_never_in_an_environment() {
    let template = template();
    for (id, secret) in resources(&template, "AWS::SecretsManager::Secret") {
        assert!(secret["GenerateSecretString"].is_object(), "{id}");
    }
    for (id, function) in functions(&template) {
        for (name, value) in function["Environment"]["Variables"].as_object().into_iter().flatten() {
            // A reference, or the name of a secret: never a value.
            let named = value["Fn::Sub"].as_str().is_some_and(|text| {
                text.starts_with("${AWS::StackName}/")
                    || text.starts_with("https://${LiveApi}.")
                    || text.contains(":app/") && text.ends_with("Application}")
            });
            assert!(named || value["Ref"].is_string(), "{id}: {name} is no reference");
        }
    }
}

#[test]
fn the_runner_understands_the_whole_template() {
    let names = local::resolve::Names::new([]);
    let parsed = local::template::Template::parse(document::TEMPLATE, &names).unwrap();
    assert_eq!(parsed.functions.len(), functions(&template()).len());
    assert_eq!(parsed.table.id, "Table");
    let deliver = parsed.functions.iter().find(|function| function.name == "deliver").unwrap();
    assert_eq!(deliver.environment["TABLE_NAME"], "Table");
    assert!(deliver.environment["SENDS_QUEUE_URL"].ends_with("/SendsQueue.fifo"));
}

#[test]
fn each_queue_and_topic_speaks_only_over_tls() {
    let template = template();
    let policies = resources(&template, "AWS::SQS::QueuePolicy");
    let covered: BTreeSet<_> = policies
        .values()
        .filter(|policy| {
            policy["PolicyDocument"]["Statement"][0]["Condition"]["Bool"]["aws:SecureTransport"] == "false"
        })
        .flat_map(|policy| list(&policy["Queues"]).into_iter().map(referred))
        .collect();
    for id in resources(&template, "AWS::SQS::Queue").keys() {
        assert!(covered.contains(id.as_str()), "{id}");
    }
}

#[test]
fn live_connections_open_say_something_and_end_over_routes_that_may_call_their_function() {
    let template = template();
    let names = local::resolve::Names::new([]);
    let parsed = local::template::Template::parse(document::TEMPLATE, &names).unwrap();
    let routes: Vec<_> = parsed.sockets.keys().map(String::as_str).collect();
    assert_eq!(routes, ["$connect", "$default", "$disconnect"]);
    assert!(parsed.sockets.values().all(|function| function == "Live"));
    let permissions = resources(&template, "AWS::Lambda::Permission");
    assert!(permissions.values().any(|it| it["FunctionName"]["Ref"] == "Live.Alias"));
    let stage = &resources(&template, "AWS::ApiGatewayV2::Stage")["LiveStage"];
    assert_eq!(format!("/{}", stage["StageName"].as_str().unwrap()), local::socket::PATH);
    assert!(stage["DefaultRouteSettings"]["ThrottlingRateLimit"].as_u64().is_some());
    // The query holds the ticket.
    let format = stage["AccessLogSettings"]["Format"].as_str().unwrap();
    assert!(!format.contains("path") && !format.contains("query") && !format.contains("connectionId"));
}

/// A line of the log of changes is there, or its writer has given up, before readers count on it.
#[test]
fn d06_the_overlap_of_readers_is_longer_than_writing_takes() {
    let written = app::changes::WRITE_WITHIN;
    let overlap: std::time::Duration = app::changes::OVERLAP.try_into().unwrap();
    assert!(overlap >= written * 2 + std::time::Duration::from_secs(5));
}
