//! Push notifications to people's devices, on SNS.

use crate::environment::NotConfigured;
use app::Notifier;
use app::ports::{Push, PushError, Unreachable};
use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::MessageAttributeValue;
use domain::push::{PushPlatform, PushToken};
use serde_json::{Value, json};

const SERVICE: &str = "SNS";
/// The longest that a push service keeps a push for a device that cannot be reached, in seconds: by then it is no news.
const LIFETIME_SECONDS: u32 = 86_400;

/// The platform applications of the installation, by their ARNs.
#[derive(Debug, Clone, Default)]
pub struct PushApplications {
    /// For Apple's push service.
    pub apns: Option<String>,
    /// The same for apps in development.
    pub apns_sandbox: Option<String>,
    /// For Google's.
    pub fcm: Option<String>,
}

/// Registers devices as endpoints of the installation's platform applications, and pushes to them.
///
/// A push says which notification of which account it is, about what and why, in ids: the app asks the API for the rest.
#[derive(Debug, Clone)]
pub struct SnsNotifier {
    client: Client,
    applications: PushApplications,
}

impl SnsNotifier {
    /// A notifier that registers devices with these applications.
    pub fn new(client: Client, applications: PushApplications) -> Self {
        Self { client, applications }
    }

    fn application(&self, platform: PushPlatform) -> Option<&str> {
        let applications = &self.applications;
        let arn = match platform {
            PushPlatform::Apns => &applications.apns,
            PushPlatform::ApnsSandbox => &applications.apns_sandbox,
            PushPlatform::Fcm => &applications.fcm,
        };
        // The template puts the ARN together; without the application's name it ends early.
        arn.as_deref().filter(|arn| !arn.ends_with('/'))
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    async fn register(&self, platform: PushPlatform, token: &PushToken) -> Result<String, PushError> {
        let application = self.application(platform).ok_or(PushError::NoApplication)?;
        let created = self
            .client
            .create_platform_endpoint()
            .platform_application_arn(application)
            .token(token.as_str())
            .send()
            .await;
        let address = match created {
            Ok(created) => created.endpoint_arn.ok_or_else(|| unreachable(NotConfigured("EndpointArn")))?,
            // There is one that is disabled, or has another attribute: SNS says which in the message, and nowhere else.
            Err(error) => match error.message().and_then(known_endpoint) {
                Some(address) => address,
                None => return Err(why(error)),
            },
        };
        let set = self
            .client
            .set_endpoint_attributes()
            .endpoint_arn(&address)
            .attributes("Token", token.as_str())
            .attributes("Enabled", "true");
        set.send().await.map_err(why)?;
        Ok(address)
    }

    async fn forget(&self, address: &str) -> Result<(), PushError> {
        self.client.delete_endpoint().endpoint_arn(address).send().await.map_err(why)?;
        Ok(())
    }

    async fn push(&self, address: &str, push: &Push) -> Result<(), PushError> {
        let mut publish = self
            .client
            .publish()
            .target_arn(address)
            .message_structure("json")
            .message(payload(push).to_string());
        for (name, value) in [
            ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned()),
            ("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", push.notification.to_string()),
            ("AWS.SNS.MOBILE.APNS.TTL", LIFETIME_SECONDS.to_string()),
        ] {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            publish = publish.message_attributes(name, value.map_err(unreachable)?);
        }
        publish.send().await.map_err(why)?;
        Ok(())
    }
}

/// The endpoint in "Endpoint arn:... already exists with the same Token, but different attributes."
fn known_endpoint(message: &str) -> Option<String> {
    let from = message.find("arn:")?;
    let arn = message.get(from..)?.split_whitespace().next()?;
    message.contains("already exists with the same").then(|| arn.to_owned())
}

/// What each push service gets. The words that a person reads are the app's own, by the kind.
fn payload(push: &Push) -> Value {
    let ids = serde_json::to_value(push).unwrap_or_default();
    let thread = push.conversation.map(|id| id.to_string()).or(push.contact.map(|id| id.to_string()));
    let kind = ids.get("kind").cloned().unwrap_or_default();
    let mut aps = json!({
        "alert": {"loc-key": kind},
        "sound": "default",
        "mutable-content": 1,
    });
    if let (Some(fields), Some(thread)) = (aps.as_object_mut(), thread) {
        fields.insert("thread-id".to_owned(), thread.into());
    }
    let apple = json!({"aps": aps, "textdesk": ids}).to_string();
    let google = json!({"fcmV1Message": {"message": {
        "data": ids,
        "android": {
            "priority": "high",
            "collapse_key": push.notification,
            "ttl": format!("{LIFETIME_SECONDS}s"),
        },
    }}});
    json!({
        "default": ids.to_string(),
        "APNS": apple,
        "APNS_SANDBOX": apple,
        "GCM": google.to_string(),
    })
}

/// SNS answered with an error that may pass.
#[derive(Debug, thiserror::Error)]
#[error("the answer was {code}")]
struct Answered {
    code: String,
}

/// Why SNS did not do it. The message of the error is left out, because it may quote a token.
fn why<E>(error: SdkError<E>) -> PushError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or("unknown").to_owned();
    let message = error.message().unwrap_or_default();
    match code.as_str() {
        "PlatformApplicationDisabled" | "PlatformApplicationDisabledException" => PushError::NoApplication,
        "NotFound" | "NotFoundException" if message.contains("PlatformApplication") => {
            PushError::NoApplication
        }
        "EndpointDisabled" | "EndpointDisabledException" | "NotFound" | "NotFoundException" => {
            PushError::Disabled
        }
        // Deleted behind our back.
        "InvalidParameter" | "InvalidParameterException" if message.contains("No endpoint found") => {
            PushError::Disabled
        }
        "InvalidParameter" | "InvalidParameterException" => PushError::InvalidToken,
        _ => match error {
            SdkError::ServiceError(_) => unreachable(Answered { code }).into(),
            error => unreachable(error).into(),
        },
    }
}

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
