//! The query protocol: a form in, XML out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::connector::Response;
use crate::sqs::{Attribute, Attributes};

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An error of SNS: the query protocol's code (for example `NotFound`), the HTTP status and a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SnsError {
    code: &'static str,
    status: u16,
    message: String,
}

impl SnsError {
    /// The error's code, for example `EndpointDisabled`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, status: 400, message: message.into() }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self { code: "NotFound", status: 404, message: format!("{what} does not exist") }
    }

    pub(super) fn invalid(reason: impl std::fmt::Display) -> Self {
        Self::new("InvalidParameter", format!("Invalid parameter: {reason}"))
    }

    pub(super) fn response(&self, request_id: &str) -> Response {
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message>\
             </Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            self.code,
            escape(&self.message)
        );
        Response::new(self.status, "text/xml", body).with_error(self.code)
    }
}

/// A request's parameters.
#[derive(Clone, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The operation asked for.
    pub(super) fn action(&self) -> &str {
        self.text("Action")
    }

    /// A parameter; empty if absent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, SnsError> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| SnsError::invalid(format_args!("{name} Reason: no value for required parameter")))
    }

    /// A map: `<name>.entry.1.key`, `<name>.entry.1.value` and so on.
    pub(super) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        for number in 1.. {
            let Some(key) = self.get(&format!("{name}.entry.{number}.key")) else { break };
            map.insert(key.to_owned(), self.text(&format!("{name}.entry.{number}.value")).to_owned());
        }
        map
    }

    /// A list: `<name>.member.1` and so on.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        (1..).map_while(|number| self.get(&format!("{name}.member.{number}")).map(str::to_owned)).collect()
    }

    /// The tags: a list of structures with `Key` and `Value`.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for number in 1.. {
            let Some(key) = self.get(&format!("Tags.member.{number}.Key")) else { break };
            tags.insert(key.to_owned(), self.text(&format!("Tags.member.{number}.Value")).to_owned());
        }
        tags
    }

    /// The parameters of one entry of a batch, as if they were a request of their own.
    pub(super) fn batch_entry(&self, number: usize) -> Option<Self> {
        let prefix = format!("PublishBatchRequestEntries.member.{number}.");
        let own = self.0.iter().filter_map(|(k, v)| Some((k.strip_prefix(&prefix)?.to_owned(), v.clone())));
        let entry = Self(own.collect());
        (!entry.0.is_empty()).then_some(entry)
    }

    /// The message attributes of a publish.
    pub(super) fn message_attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        for number in 1.. {
            let prefix = format!("MessageAttributes.entry.{number}");
            let Some(name) = self.get(&format!("{prefix}.Name")) else { break };
            let value = |part: &str| self.get(&format!("{prefix}.Value.{part}")).map(str::to_owned);
            let attribute = Attribute {
                data_type: value("DataType").unwrap_or_default(),
                string_value: value("StringValue"),
                binary_value: value("BinaryValue"),
            };
            attributes.insert(name.to_owned(), attribute);
        }
        attributes
    }
}

/// A successful answer.
pub(super) fn success(action: &str, inner: &str, request_id: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{inner}</{action}Result><ResponseMetadata>\
         <RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    );
    Response::new(200, "text/xml", body)
}

/// One element with text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// A map in the element of this name.
pub(super) fn map_element<'a>(name: &str, map: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let mut entries = String::new();
    for (key, value) in map {
        let _ = write!(entries, "<entry>{}{}</entry>", element("key", key), element("value", value));
    }
    format!("<{name}>{entries}</{name}>")
}

/// A list in the element of this name; each member is XML already.
pub(super) fn list_element(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let mut list = String::new();
    for member in members {
        let _ = write!(list, "<member>{member}</member>");
    }
    format!("<{name}>{list}</{name}>")
}

/// Text as XML. Line ends and tabs as references, because parsers normalise them otherwise.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}
