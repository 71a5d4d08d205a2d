//! Mobile push: platform applications and the endpoints of devices.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::form::{Form, SnsError, element, list_element, map_element};
use super::{Delivery, Topics, arn, keep};
use crate::lock;

/// A device's endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Endpoint {
    pub(super) attributes: BTreeMap<String, String>,
    /// The app was uninstalled; the push service will say so.
    pub(super) gone: bool,
}

impl Endpoint {
    fn is_enabled(&self) -> bool {
        self.attributes.get("Enabled").is_none_or(|value| value == "true")
    }
}

impl Topics {
    /// Runs an operation of mobile push; `None` if it is not one.
    pub(super) fn run_platform(&self, operation: &str, form: &Form) -> Option<Result<String, SnsError>> {
        Some(match operation {
            "CreatePlatformApplication" => {
                let arn =
                    self.create_application(form.text("Platform"), form.text("Name"), form.map("Attributes"));
                Ok(element("PlatformApplicationArn", &arn))
            }
            "DeletePlatformApplication" => {
                lock(&self.state).applications.remove(form.text("PlatformApplicationArn"));
                Ok(String::new())
            }
            "ListPlatformApplications" => {
                let state = lock(&self.state);
                let members = state.applications.iter().map(|(arn, attributes)| {
                    element("PlatformApplicationArn", arn) + &map_element("Attributes", attributes)
                });
                Ok(list_element("PlatformApplications", members))
            }
            "GetPlatformApplicationAttributes" => {
                self.on_application(form, |attributes| map_element("Attributes", &*attributes))
            }
            "SetPlatformApplicationAttributes" => self.on_application(form, |attributes| {
                attributes.extend(form.map("Attributes"));
                String::new()
            }),
            "CreatePlatformEndpoint" => self.create_endpoint(form).map(|arn| element("EndpointArn", &arn)),
            "DeleteEndpoint" => {
                lock(&self.state).endpoints.remove(form.text("EndpointArn"));
                Ok(String::new())
            }
            "GetEndpointAttributes" => {
                self.on_endpoint(form, |endpoint| map_element("Attributes", &endpoint.attributes))
            }
            "SetEndpointAttributes" => self.on_endpoint(form, |endpoint| {
                let changes = form.map("Attributes");
                // A new token is a new installation.
                endpoint.gone &= !changes.contains_key("Token");
                endpoint.attributes.extend(changes);
                String::new()
            }),
            "ListEndpointsByPlatformApplication" => {
                Ok(self.list_endpoints(form.text("PlatformApplicationArn")))
            }
            _ => return None,
        })
    }

    pub(super) fn create_application(
        &self,
        platform: &str,
        name: &str,
        attributes: BTreeMap<String, String>,
    ) -> String {
        let arn = arn(&format!("app/{platform}/{name}"));
        lock(&self.state).applications.entry(arn.clone()).or_default().extend(attributes);
        arn
    }

    /// The endpoint of a token: the existing one if all its attributes are the same, else an error that names
    /// it (which is how clients find it).
    fn create_endpoint(&self, form: &Form) -> Result<String, SnsError> {
        let application = form.required("PlatformApplicationArn")?;
        let token = form.required("Token")?;
        let mut state = lock(&self.state);
        if !state.applications.contains_key(application) {
            return Err(SnsError::not_found("PlatformApplication"));
        }
        let mut attributes = form.map("Attributes");
        attributes.insert("Token".to_owned(), token.to_owned());
        attributes.insert("CustomUserData".to_owned(), form.text("CustomUserData").to_owned());
        attributes.entry("Enabled".to_owned()).or_insert_with(|| "true".to_owned());
        let own = endpoints_of(application);
        let same_token = |(arn, endpoint): &(&String, &super::Endpoint)| {
            arn.starts_with(&own) && endpoint.attributes.get("Token").is_some_and(|known| known == token)
        };
        if let Some((arn, existing)) = state.endpoints.iter().find(same_token) {
            return if existing.attributes == attributes {
                Ok(arn.clone())
            } else {
                Err(SnsError::invalid(format_args!(
                    "Token Reason: Endpoint {arn} already exists with the same Token, but different attributes."
                )))
            };
        }
        // From the token, so that what a kept data file says stays right after a restart.
        let digest = Sha256::digest(format!("{application} {token}"));
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, hashed)| *byte = hashed);
        let arn = format!("{own}{}", uuid::Builder::from_random_bytes(bytes).into_uuid());
        state.endpoints.insert(arn.clone(), Endpoint { attributes, gone: false });
        Ok(arn)
    }

    /// Pushes to a device. A dead token is noticed only after the publish was accepted.
    pub(super) fn push(
        &self,
        arn: &str,
        message_id: &str,
        body: &dyn Fn(&str) -> String,
    ) -> Result<(), SnsError> {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let endpoint = state.endpoints.get_mut(arn).ok_or_else(|| {
            SnsError::invalid("TargetArn Reason: No endpoint found for the target arn specified")
        })?;
        if !endpoint.is_enabled() {
            return Err(SnsError::new("EndpointDisabled", "Endpoint is disabled"));
        }
        // arn:aws:sns:<region>:<account>:endpoint/<platform>/<application>/<id>
        let mut parts = arn.split('/').skip(1);
        let (platform, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let application = state.applications.get(&super::arn(&format!("app/{platform}/{name}")));
        if application.and_then(|attributes| attributes.get("Enabled")).is_some_and(|value| value == "false")
        {
            return Err(SnsError::new("PlatformApplicationDisabled", "Platform application is disabled"));
        }
        if endpoint.gone {
            endpoint.attributes.insert("Enabled".to_owned(), "false".to_owned());
            return Ok(());
        }
        let delivery = Delivery {
            message_id: message_id.to_owned(),
            protocol: "application".to_owned(),
            endpoint: arn.to_owned(),
            token: endpoint.attributes.get("Token").cloned().unwrap_or_default(),
            body: body(platform),
            at_unix_ms: self.sqs.queues().ambient.unix_ms(),
        };
        keep(&mut state.deliveries, delivery);
        Ok(())
    }

    fn list_endpoints(&self, application: &str) -> String {
        let own = endpoints_of(application);
        let state = lock(&self.state);
        let members =
            state.endpoints.iter().filter(|(arn, _)| arn.starts_with(&own)).map(|(arn, endpoint)| {
                element("EndpointArn", arn) + &map_element("Attributes", &endpoint.attributes)
            });
        list_element("Endpoints", members)
    }

    fn on_application(
        &self,
        form: &Form,
        run: impl FnOnce(&mut BTreeMap<String, String>) -> String,
    ) -> Result<String, SnsError> {
        let mut state = lock(&self.state);
        let found = state.applications.get_mut(form.text("PlatformApplicationArn"));
        found.map(run).ok_or_else(|| SnsError::not_found("PlatformApplication"))
    }

    fn on_endpoint(
        &self,
        form: &Form,
        run: impl FnOnce(&mut Endpoint) -> String,
    ) -> Result<String, SnsError> {
        let mut state = lock(&self.state);
        state
            .endpoints
            .get_mut(form.text("EndpointArn"))
            .map(run)
            .ok_or_else(|| SnsError::not_found("Endpoint"))
    }
}

/// What the ARNs of an application's endpoints begin with.
fn endpoints_of(application: &str) -> String {
    format!("{}/", application.replacen(":app/", ":endpoint/", 1))
}
