//! Topics and their subscriptions.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;

use super::form::{Form, SnsError, element, list_element, map_element};
use super::{Topics, arn, filter};
use crate::lock;
use crate::sqs::is_fifo;

/// The protocols that this engine delivers to.
const PROTOCOLS: [&str; 4] = ["application", "lambda", "sms", "sqs"];

/// A topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Topic {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    /// FIFO: deduplication ids of the last minutes, with the message id each got.
    pub(super) seen: HashMap<String, (Instant, String, String)>,
    pub(super) sequence: u128,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) arn: String,
    pub(super) topic: String,
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Topic {
    pub(super) fn is_true(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value == "true")
    }
}

impl Subscription {
    pub(super) fn is_raw(&self) -> bool {
        self.attributes.get("RawMessageDelivery").is_some_and(|value| value == "true")
    }

    pub(super) fn filters_body(&self) -> bool {
        filters_body(&self.attributes)
    }

    fn check(attributes: &BTreeMap<String, String>) -> Result<(), SnsError> {
        let Some(policy) = attributes.get("FilterPolicy") else { return Ok(()) };
        let nested = filters_body(attributes);
        filter::check(policy, nested)
            .map_err(|reason| SnsError::invalid(format_args!("FilterPolicy: {reason}")))
    }

    fn members(&self) -> [(&'static str, &str); 4] {
        [
            ("SubscriptionArn", &self.arn),
            ("TopicArn", &self.topic),
            ("Protocol", &self.protocol),
            ("Endpoint", &self.endpoint),
        ]
    }
}

fn filters_body(attributes: &BTreeMap<String, String>) -> bool {
    attributes.get("FilterPolicyScope").is_some_and(|scope| scope == "MessageBody")
}

impl Topics {
    /// Runs an operation on topics or subscriptions; `None` if it is not one.
    pub(super) fn run_topics(&self, operation: &str, form: &Form) -> Option<Result<String, SnsError>> {
        Some(match operation {
            "CreateTopic" => self
                .create_topic(form.text("Name"), form.map("Attributes"), form.tags())
                .map(|arn| element("TopicArn", &arn)),
            "DeleteTopic" => {
                let mut state = lock(&self.state);
                state.topics.remove(form.text("TopicArn"));
                state.subscriptions.retain(|subscription| subscription.topic != form.text("TopicArn"));
                Ok(String::new())
            }
            "ListTopics" => {
                let state = lock(&self.state);
                Ok(list_element("Topics", state.topics.keys().map(|arn| element("TopicArn", arn))))
            }
            "GetTopicAttributes" => self.topic_attributes(form),
            "SetTopicAttributes" => self.on_topic(form.text("TopicArn"), |topic| {
                let value = form.text("AttributeValue").to_owned();
                topic.attributes.insert(form.text("AttributeName").to_owned(), value);
                Ok(String::new())
            }),
            "TagResource" => self.on_topic(form.text("ResourceArn"), |topic| {
                topic.tags.extend(form.tags());
                Ok(String::new())
            }),
            "UntagResource" => self.on_topic(form.text("ResourceArn"), |topic| {
                topic.tags.retain(|key, _| !form.list("TagKeys").contains(key));
                Ok(String::new())
            }),
            "ListTagsForResource" => self.on_topic(form.text("ResourceArn"), |topic| {
                let tags = topic.tags.iter().map(|(k, v)| element("Key", k) + &element("Value", v));
                Ok(list_element("Tags", tags))
            }),
            _ => return self.run_subscriptions(operation, form),
        })
    }

    fn run_subscriptions(&self, operation: &str, form: &Form) -> Option<Result<String, SnsError>> {
        Some(match operation {
            "Subscribe" => self
                .subscribe(
                    form.text("TopicArn"),
                    form.text("Protocol"),
                    form.text("Endpoint"),
                    form.map("Attributes"),
                )
                .map(|arn| element("SubscriptionArn", &arn)),
            "Unsubscribe" => {
                let arn = form.text("SubscriptionArn");
                lock(&self.state).subscriptions.retain(|subscription| subscription.arn != arn);
                Ok(String::new())
            }
            "GetSubscriptionAttributes" => self.on_subscription(form, |subscription| {
                let mut all = subscription.attributes.clone();
                all.extend(subscription.members().map(|(name, value)| (name.to_owned(), value.to_owned())));
                all.insert("PendingConfirmation".to_owned(), "false".to_owned());
                all.insert("Owner".to_owned(), crate::ACCOUNT.to_owned());
                Ok(map_element("Attributes", &all))
            }),
            "SetSubscriptionAttributes" => self.on_subscription(form, |subscription| {
                let mut attributes = subscription.attributes.clone();
                attributes
                    .insert(form.text("AttributeName").to_owned(), form.text("AttributeValue").to_owned());
                Subscription::check(&attributes)?;
                subscription.attributes = attributes;
                Ok(String::new())
            }),
            "ListSubscriptions" => Ok(self.list_subscriptions(None)),
            "ListSubscriptionsByTopic" => {
                let topic = form.text("TopicArn");
                self.on_topic(topic, |_| Ok(())).map(|()| self.list_subscriptions(Some(topic)))
            }
            _ => return None,
        })
    }

    pub(super) fn create_topic(
        &self,
        name: &str,
        attributes: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
    ) -> Result<String, SnsError> {
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fifo = attributes.get("FifoTopic").is_some_and(|value| value == "true");
        if stem.is_empty() || name.len() > 256 || !stem.chars().all(legal) || fifo != is_fifo(name) {
            return Err(SnsError::invalid("Topic Name"));
        }
        let arn = arn(name);
        let topic = || Topic { attributes, tags, ..Topic::default() };
        lock(&self.state).topics.entry(arn.clone()).or_insert_with(topic);
        Ok(arn)
    }

    pub(super) fn subscribe(
        &self,
        topic: &str,
        protocol: &str,
        endpoint: &str,
        attributes: BTreeMap<String, String>,
    ) -> Result<String, SnsError> {
        let mut state = lock(&self.state);
        if !state.topics.contains_key(topic) {
            return Err(SnsError::not_found("Topic"));
        }
        if !PROTOCOLS.contains(&protocol) {
            return Err(SnsError::invalid(format_args!(
                "Protocol: this engine delivers to {PROTOCOLS:?} only"
            )));
        }
        if endpoint.is_empty() || (protocol != "sms" && !endpoint.starts_with("arn:")) {
            return Err(SnsError::invalid(format_args!("{protocol} endpoint ARN")));
        }
        if protocol == "sqs" && is_fifo(endpoint) && !is_fifo(topic) {
            return Err(SnsError::invalid(
                "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
            ));
        }
        Subscription::check(&attributes)?;
        let same = |other: &&Subscription| {
            other.topic == topic && other.protocol == protocol && other.endpoint == endpoint
        };
        if let Some(existing) = state.subscriptions.iter().find(same) {
            if existing.attributes != attributes && !attributes.is_empty() {
                return Err(SnsError::invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            return Ok(existing.arn.clone());
        }
        let arn = format!("{topic}:{}", self.sqs.queues().ambient.id());
        state.subscriptions.push(Subscription {
            arn: arn.clone(),
            topic: topic.to_owned(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            attributes,
        });
        Ok(arn)
    }

    fn topic_attributes(&self, form: &Form) -> Result<String, SnsError> {
        let arn = form.text("TopicArn");
        let subscriptions = lock(&self.state).subscriptions.iter().filter(|one| one.topic == arn).count();
        self.on_topic(arn, |topic| {
            let mut all = topic.attributes.clone();
            all.insert("TopicArn".to_owned(), arn.to_owned());
            all.insert("Owner".to_owned(), crate::ACCOUNT.to_owned());
            all.insert("SubscriptionsConfirmed".to_owned(), subscriptions.to_string());
            all.insert("SubscriptionsPending".to_owned(), "0".to_owned());
            Ok(map_element("Attributes", &all))
        })
    }

    fn list_subscriptions(&self, topic: Option<&str>) -> String {
        let state = lock(&self.state);
        let wanted = state.subscriptions.iter().filter(|one| topic.is_none_or(|topic| one.topic == topic));
        let members = wanted.map(|one| {
            let members = one.members().map(|(name, value)| element(name, value)).concat();
            members + &element("Owner", crate::ACCOUNT)
        });
        list_element("Subscriptions", members)
    }

    fn on_topic<T>(
        &self,
        arn: &str,
        run: impl FnOnce(&mut Topic) -> Result<T, SnsError>,
    ) -> Result<T, SnsError> {
        run(lock(&self.state).topics.get_mut(arn).ok_or_else(|| SnsError::not_found("Topic"))?)
    }

    fn on_subscription<T>(
        &self,
        form: &Form,
        run: impl FnOnce(&mut Subscription) -> Result<T, SnsError>,
    ) -> Result<T, SnsError> {
        let arn = form.text("SubscriptionArn");
        let mut state = lock(&self.state);
        let found = state.subscriptions.iter_mut().find(|subscription| subscription.arn == arn);
        run(found.ok_or_else(|| SnsError::not_found("Subscription"))?)
    }
}
