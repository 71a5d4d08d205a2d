//! Secrets Manager: five operations, in memory or kept in a file.
//!
//! [`SecretsManager`] is a handle; clones share the secrets. The file (for the local run) is JSON in plain text,
//! readable by its owner alone: it protects nothing more than the laptop does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::ambient::Ambient;
use crate::calls::{Call, CallLog};
use crate::connector::{Connector, Engine, NoAnswer, Refusal, Request, Response};
use crate::faults::Faults;
use crate::{ACCOUNT, REGION, lock};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// A version's value: text, or bytes in base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(rename = "VersionId")]
    id: String,
    #[serde(rename = "SecretString", skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(rename = "SecretBinary", skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
    created_ms: u64,
}

/// A secret: its current version and the one before.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secret {
    description: Option<String>,
    current: Option<Version>,
    previous: Option<Version>,
    created_ms: u64,
    deleted_ms: Option<u64>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, Secret>,
    file: Option<PathBuf>,
}

/// A local Secrets Manager; clones share it.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    connector: Connector<Secrets>,
    faults: Faults,
    calls: CallLog,
}

#[derive(Clone)]
struct Secrets {
    state: Arc<Mutex<State>>,
    ambient: Ambient,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Default for SecretsManager {
    fn default() -> Self {
        Self::memory()
    }
}

impl SecretsManager {
    /// No secrets yet, kept nowhere.
    pub fn memory() -> Self {
        Self::with(State::default())
    }

    /// The secrets in this file, which is written with each change and created with the first.
    ///
    /// # Errors
    /// The file exists and cannot be read, or is not such a file.
    pub fn file(path: &Path) -> io::Result<Self> {
        let secrets = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self::with(State { secrets, file: Some(path.to_owned()) }))
    }

    fn with(state: State) -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        let secrets = Secrets { state: Arc::new(Mutex::new(state)), ambient: Ambient::system() };
        Self { connector: Connector::new(secrets, faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `SecretsManager` itself is accepted there, too.
    pub fn http_client(&self) -> SharedHttpClient {
        self.connector.http_client()
    }

    /// Answers one request, for serving the engine over a socket.
    ///
    /// # Errors
    /// An injected fault hid the answer.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        self.connector.respond(request).await
    }

    /// What goes wrong in front of these secrets.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the beginning, at most the last 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }
}

impl HttpClient for SecretsManager {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector.clone())
    }
}

/// An error's name and message.
struct Refused(&'static str, String);

impl Refused {
    fn not_found() -> Self {
        Self("ResourceNotFoundException", "Secrets Manager can't find the specified secret.".to_owned())
    }

    fn response(&self) -> Response {
        let body = json!({"__type": self.0, "Message": self.1});
        Response::new(400, CONTENT_TYPE, body.to_string()).with_error(self.0)
    }
}

impl Engine for Secrets {
    fn operation(&self, request: &Request) -> String {
        request.target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        match self.run(operation, &request.body) {
            Ok(answer) => Response::new(200, CONTENT_TYPE, answer.to_string()),
            Err(refused) => refused.response(),
        }
    }

    fn refuse(&self, refusal: Refusal, _: &str, _: &Request) -> Option<Response> {
        let throttled = Refused("ThrottlingException", "Rate exceeded".to_owned());
        (refusal == Refusal::Throttled).then(|| throttled.response())
    }
}

/// The members of all five requests.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    name: String,
    secret_id: String,
    description: Option<String>,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stage: Option<String>,
    version_id: Option<String>,
    force_delete_without_recovery: bool,
}

impl Secrets {
    fn run(&self, operation: &str, body: &[u8]) -> Result<Value, Refused> {
        let input: Input = serde_json::from_slice(body)
            .map_err(|error| Refused("SerializationException", error.to_string()))?;
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let answer = match operation {
            "CreateSecret" => self.create(state, &input)?,
            "PutSecretValue" => {
                let name = state.name_of(&input.secret_id)?;
                self.put(state, &name, &input)?
            }
            "GetSecretValue" => return state.get(&input),
            "DescribeSecret" => return state.describe(&input.secret_id),
            "DeleteSecret" => self.delete(state, &input)?,
            other => {
                let message = format!("{other:?} is not an operation of this engine");
                return Err(Refused("InvalidRequestException", message));
            }
        };
        state.save().map_err(|error| Refused("InternalServiceError", error.to_string()))?;
        Ok(answer)
    }

    fn create(&self, state: &mut State, input: &Input) -> Result<Value, Refused> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
        if input.name.is_empty() || input.name.len() > 512 || !input.name.chars().all(legal) {
            let message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
                           following: -/_+=.@!";
            return Err(Refused("ValidationException", message.to_owned()));
        }
        if state.secrets.contains_key(&input.name) {
            let message = format!("The operation failed because the secret {} already exists.", input.name);
            return Err(Refused("ResourceExistsException", message));
        }
        let (description, created_ms) = (input.description.clone(), self.ambient.unix_ms());
        state.secrets.insert(input.name.clone(), Secret { description, created_ms, ..Secret::default() });
        if input.secret_string.is_none() && input.secret_binary.is_none() {
            return Ok(json!({"ARN": arn(&input.name), "Name": input.name}));
        }
        self.put(state, &input.name, input)
    }

    fn put(&self, state: &mut State, name: &str, input: &Input) -> Result<Value, Refused> {
        let secret = state.secrets.get_mut(name).ok_or_else(Refused::not_found)?;
        if secret.deleted_ms.is_some() {
            return Err(marked_for_deletion());
        }
        if input.secret_string.is_some() == input.secret_binary.is_some() {
            let message = "You must provide either SecretString or SecretBinary.";
            return Err(Refused("InvalidParameterException", message.to_owned()));
        }
        let version_id = input.client_request_token.clone().unwrap_or_else(|| self.ambient.id().to_string());
        let answer =
            json!({"ARN": arn(name), "Name": name, "VersionId": version_id, "VersionStages": [CURRENT]});
        if let Some(same) = secret.current.as_ref().filter(|current| current.id == version_id) {
            let unchanged = same.text == input.secret_string && same.binary == input.secret_binary;
            let message = "You can't use ClientRequestToken for a different value of an existing version.";
            return if unchanged {
                Ok(answer)
            } else {
                Err(Refused("ResourceExistsException", message.to_owned()))
            };
        }
        let (text, binary) = (input.secret_string.clone(), input.secret_binary.clone());
        let version = Version { id: version_id, text, binary, created_ms: self.ambient.unix_ms() };
        secret.previous = secret.current.replace(version);
        Ok(answer)
    }

    fn delete(&self, state: &mut State, input: &Input) -> Result<Value, Refused> {
        let name = state.name_of(&input.secret_id)?;
        let now_ms = self.ambient.unix_ms();
        if input.force_delete_without_recovery {
            state.secrets.remove(&name);
        } else if let Some(secret) = state.secrets.get_mut(&name) {
            secret.deleted_ms = Some(now_ms);
        }
        Ok(json!({"ARN": arn(&name), "Name": name, "DeletionDate": seconds(now_ms)}))
    }
}

impl State {
    /// The name in a name or ARN of an existing secret.
    fn name_of(&self, id: &str) -> Result<String, Refused> {
        let found = self.secrets.keys().find(|name| *name == id || arn(name) == id);
        found.cloned().ok_or_else(Refused::not_found)
    }

    fn get(&self, input: &Input) -> Result<Value, Refused> {
        let name = self.name_of(&input.secret_id)?;
        let secret = self.secrets.get(&name).ok_or_else(Refused::not_found)?;
        if secret.deleted_ms.is_some() {
            return Err(marked_for_deletion());
        }
        let stage = input.version_stage.as_deref();
        let (versions, stages) = ([&secret.current, &secret.previous], [CURRENT, PREVIOUS]);
        let fits = |(version, own): &(&Version, &str)| match &input.version_id {
            Some(id) => version.id == *id && stage.is_none_or(|stage| stage == *own),
            None => stage.unwrap_or(CURRENT) == *own,
        };
        let mut known =
            versions.into_iter().zip(stages).filter_map(|(version, own)| Some((version.as_ref()?, own)));
        let Some((version, own)) = known.find(fits) else {
            let message = format!(
                "Secrets Manager can't find the specified secret value for staging label: {}",
                stage.unwrap_or(CURRENT)
            );
            return Err(Refused("ResourceNotFoundException", message));
        };
        let mut answer = json!(version);
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("CreatedMs");
            fields.insert("ARN".to_owned(), json!(arn(&name)));
            fields.insert("Name".to_owned(), json!(name));
            fields.insert("VersionStages".to_owned(), json!([own]));
            fields.insert("CreatedDate".to_owned(), json!(seconds(version.created_ms)));
        }
        Ok(answer)
    }

    fn describe(&self, id: &str) -> Result<Value, Refused> {
        let name = self.name_of(id)?;
        let secret = self.secrets.get(&name).ok_or_else(Refused::not_found)?;
        let labelled = [(&secret.current, CURRENT), (&secret.previous, PREVIOUS)];
        let labelled = labelled.into_iter().filter_map(|(version, stage)| Some((version.as_ref()?, stage)));
        let stages: BTreeMap<_, _> = labelled.map(|(version, stage)| (version.id.clone(), [stage])).collect();
        let mut answer = json!({
            "ARN": arn(&name),
            "Name": name,
            "CreatedDate": seconds(secret.created_ms),
            "VersionIdsToStages": stages,
        });
        if let Some(fields) = answer.as_object_mut() {
            fields.extend(secret.description.clone().map(|text| ("Description".to_owned(), json!(text))));
            fields.extend(secret.deleted_ms.map(|ms| ("DeletedDate".to_owned(), json!(seconds(ms)))));
        }
        Ok(answer)
    }

    /// Writes a new file and moves it over the old one: a crash leaves either, never half.
    fn save(&self) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let draft = path.with_extension("draft");
        fs::write(&draft, serde_json::to_vec_pretty(&self.secrets)?)?;
        #[cfg(unix)]
        fs::set_permissions(&draft, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        fs::rename(draft, path)
    }
}

fn marked_for_deletion() -> Refused {
    let message = "You can't perform this operation on the secret because it was marked for deletion.";
    Refused("InvalidRequestException", message.to_owned())
}

/// A secret's ARN: the service adds six characters, here taken from the name.
fn arn(name: &str) -> String {
    let digest = hex::encode(Sha256::digest(name));
    let suffix: String = digest.chars().take(6).collect();
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{suffix}")
}

/// Milliseconds as the protocol's seconds.
fn seconds(unix_ms: u64) -> f64 {
    std::time::Duration::from_millis(unix_ms).as_secs_f64()
}
