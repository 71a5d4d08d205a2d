//! What `!Ref`, `!GetAtt` and `!Sub` mean on a laptop.
//!
//! Every resource gets an address like the one it would have in AWS, in the engines' region and account, so that
//! policies can be compared with requests (see `permissions`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::{TemplateError, of_type};

/// Name of the stack on a laptop; also the prefix of its secrets.
pub const STACK: &str = "textdesk-local";

/// What names in the template stand for.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Parameters and pseudo parameters.
    parameters: BTreeMap<String, String>,
    /// What `!Ref` gives, and the ARN, by the resource's name.
    resources: BTreeMap<String, (String, String)>,
}

impl Names {
    /// Names for a run under this address; `parameters` override the template's defaults.
    pub fn new(parameters: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let pseudo = [
            ("AWS::StackName", STACK),
            ("AWS::Region", engines::REGION),
            ("AWS::AccountId", engines::ACCOUNT),
            ("AWS::Partition", "aws"),
            ("AWS::URLSuffix", "amazonaws.com"),
        ];
        let own = parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        let parameters =
            pseudo.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(own);
        Self { parameters: parameters.collect(), resources: BTreeMap::new() }
    }

    /// Adds what the template itself defines: defaults of parameters, and its resources.
    pub(crate) fn with_defaults(&self, document: &Value) -> Self {
        let mut names = self.clone();
        for (name, parameter) in document.get("Parameters").and_then(Value::as_object).into_iter().flatten() {
            let default = parameter.get("Default").map_or_else(String::new, plain);
            names.parameters.entry(name.clone()).or_insert(default);
        }
        let Some(resources) = document.get("Resources").and_then(Value::as_object) else { return names };
        let mut add = |kind, address: &dyn Fn(&str, &Value) -> (String, String)| {
            for (id, properties) in of_type(resources, kind) {
                names.resources.insert(id.to_owned(), address(id, properties));
            }
        };
        add("AWS::DynamoDB::Table", &|id, _| (id.to_owned(), arn("dynamodb", &format!("table/{id}"))));
        add("AWS::SQS::Queue", &|id, properties| {
            let name = queue_name(id, properties);
            (queue_url(&name), arn("sqs", &name))
        });
        add("AWS::S3::Bucket", &|id, _| (id.to_lowercase(), format!("arn:aws:s3:::{}", id.to_lowercase())));
        add("AWS::SNS::Topic", &|id, _| (arn("sns", id), arn("sns", id)));
        add("AWS::ApiGatewayV2::Api", &|id, _| (id.to_owned(), arn("apigateway", &format!("/apis/{id}"))));
        add("AWS::SecretsManager::Secret", &|_, properties| {
            let arn = arn("secretsmanager", &format!("secret:{}", secret_name(properties)));
            (arn.clone(), arn)
        });
        names
    }

    /// The text that a value of the template stands for. `place` is named in the error.
    pub fn resolve(&self, value: &Value, place: &str) -> Result<String, TemplateError> {
        if let Some(name) = value.get("Ref").and_then(Value::as_str) {
            return self
                .reference(name)
                .ok_or_else(|| TemplateError::at(place, format!("unknown name {name}")));
        }
        if let Some([id, attribute]) = value.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice) {
            let (id, attribute) = (id.as_str().unwrap_or_default(), attribute.as_str().unwrap_or_default());
            return self
                .attribute(id, attribute)
                .ok_or_else(|| TemplateError::at(place, format!("unknown attribute {id}.{attribute}")));
        }
        if let Some(pattern) = value.get("Fn::Sub").and_then(Value::as_str) {
            return self.substitute(pattern, place);
        }
        if value.is_object() || value.is_array() {
            return Err(TemplateError::at(place, "this function of CloudFormation is not run locally"));
        }
        Ok(plain(value))
    }

    fn reference(&self, name: &str) -> Option<String> {
        let resource = || self.resources.get(name).map(|(reference, _)| reference);
        self.parameters.get(name).or_else(resource).cloned()
    }

    fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let (_, arn) = self.resources.get(id)?;
        match attribute {
            "Arn" | "TopicArn" => Some(arn.clone()),
            "QueueName" => arn.rsplit(':').next().map(str::to_owned),
            "StreamArn" => Some(format!("{arn}/stream/local")),
            _ => None,
        }
    }

    /// Replaces `${Name}` and `${Name.Attribute}`.
    fn substitute(&self, pattern: &str, place: &str) -> Result<String, TemplateError> {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) =
                after.split_once('}').ok_or_else(|| TemplateError::at(place, "a ${ is not closed"))?;
            let value = name
                .split_once('.')
                .map_or_else(|| self.reference(name), |(id, attribute)| self.attribute(id, attribute));
            out.push_str(before);
            out.push_str(&value.ok_or_else(|| TemplateError::at(place, format!("unknown name {name}")))?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// A queue's name on a laptop: FIFO queues must end in `.fifo`.
pub fn queue_name(id: &str, properties: &Value) -> String {
    let fifo = properties.get("FifoQueue").map(plain).is_some_and(|flag| flag == "true");
    if fifo { format!("{id}.fifo") } else { id.to_owned() }
}

fn queue_url(name: &str) -> String {
    format!("http://sqs.local/{}/{name}", engines::ACCOUNT)
}

/// A secret's name in the secret store.
pub(crate) fn secret_name(properties: &Value) -> String {
    let name = properties
        .pointer("/Name/Fn::Sub")
        .or_else(|| properties.get("Name"))
        .map_or_else(String::new, plain);
    name.replace("${AWS::StackName}", STACK)
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{resource}", engines::REGION, engines::ACCOUNT)
}

/// Text as it is, anything else as JSON writes it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
