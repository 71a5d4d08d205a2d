//! The environment variables, read once.
//!
//! `infra/template.yaml` sets on each function the variables that it needs, and none else; Lambda adds those that begin
//! with `AWS_`. Secrets are not among them, only the names under which Secrets Manager has them. If something is
//! missing or wrong, the function refuses to start and says everything at once.

use crate::topics::PushApplications;
use secrecy::SecretString;
use std::fmt;
use url::Url;

/// A variable that a function cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `SENDS_QUEUE_URL`: the FIFO queue of messages on their way to a carrier.
    SendsQueue,
    /// `INGEST_QUEUE_URL`: the queue of webhooks that the table could not take.
    IngestQueue,
    /// `MAILS_QUEUE_URL`: the queue of mails on their way.
    MailsQueue,
    /// `JOBS_QUEUE_URL`: the queue of jobs that are to be worked on.
    JobsQueue,
    /// `PUSH_APNS_ARN`, and beside it `PUSH_APNS_SANDBOX_ARN` and `PUSH_FCM_ARN`: the platform applications of push
    /// notifications.
    PushApplications,
    /// `PUBLIC_URL`: the address under which carriers reach the installation.
    PublicUrl,
    /// `SECRET_PREFIX`: how the names of the gateways' secrets begin.
    SecretPrefix,
    /// `OPERATOR_KEY_SECRET`: the name of the secret with the operator's key.
    OperatorKey,
    /// `CURSOR_KEY_SECRET`: the name of the secret that authenticates the cursors of lists.
    CursorKey,
    /// `LINK_KEY_SECRET`: the name of the secret that signs the links in e-mails.
    LinkKey,
    /// `MAIL_SENDER`: the address that e-mails come from.
    MailSender,
    /// `LIVE_URL`: the address of live connections, as `http` or `https`.
    LiveUrl,
    /// `MEDIA_BUCKET`: the bucket with the files of messages.
    MediaBucket,
}

impl Need {
    /// The variable's name.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::SendsQueue => "SENDS_QUEUE_URL",
            Self::IngestQueue => "INGEST_QUEUE_URL",
            Self::MailsQueue => "MAILS_QUEUE_URL",
            Self::JobsQueue => "JOBS_QUEUE_URL",
            Self::PushApplications => "PUSH_APNS_ARN",
            Self::PublicUrl => "PUBLIC_URL",
            Self::SecretPrefix => "SECRET_PREFIX",
            Self::OperatorKey => "OPERATOR_KEY_SECRET",
            Self::CursorKey => "CURSOR_KEY_SECRET",
            Self::LinkKey => "LINK_KEY_SECRET",
            Self::MailSender => "MAIL_SENDER",
            Self::LiveUrl => "LIVE_URL",
            Self::MediaBucket => "MEDIA_BUCKET",
        }
    }
}

/// A use case wants something whose variable this function does not have: a mistake in `infra/template.yaml`.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not set on this function")]
pub struct NotConfigured(pub &'static str);

/// What the environment says.
#[derive(Debug)]
pub struct Environment {
    /// `TABLE_NAME`.
    pub table_name: String,
    /// `SENDS_QUEUE_URL`.
    pub sends_queue_url: Option<String>,
    /// `INGEST_QUEUE_URL`.
    pub ingest_queue_url: Option<String>,
    /// `MAILS_QUEUE_URL`.
    pub mails_queue_url: Option<String>,
    /// `JOBS_QUEUE_URL`.
    pub jobs_queue_url: Option<String>,
    /// `PUSH_APNS_ARN`, `PUSH_APNS_SANDBOX_ARN`, `PUSH_FCM_ARN`.
    pub push_applications: PushApplications,
    /// `PUBLIC_URL`.
    pub public_url: Option<Url>,
    /// `SECRET_PREFIX`.
    pub secret_prefix: Option<String>,
    /// `OPERATOR_KEY_SECRET`.
    pub operator_key_secret: Option<String>,
    /// `CURSOR_KEY_SECRET`.
    pub cursor_key_secret: Option<String>,
    /// `LINK_KEY_SECRET`.
    pub link_key_secret: Option<String>,
    /// `MAIL_SENDER`.
    pub mail_sender: Option<String>,
    /// `MEDIA_BUCKET`.
    pub media_bucket: Option<String>,
    /// `LIVE_URL`.
    pub live_url: Option<Url>,
    /// Whether `SIMULATED_CARRIER` is `enabled`.
    pub simulated_carrier: bool,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: SecretString,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<SecretString>,
    /// `AWS_ENDPOINT_URL`: where AWS is, if it is not AWS but an emulator.
    pub endpoint_url: Option<Url>,
}

impl Environment {
    /// Reads the process's environment.
    pub fn read(needs: &[Need]) -> Result<Self, Problems> {
        Self::from_variables(variable, needs)
    }

    /// Reads variables from wherever `variable` finds them. An empty variable counts as absent.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
        needs: &[Need],
    ) -> Result<Self, Problems> {
        let mut reader = Reader { variable, problems: Problems::default() };
        for need in needs {
            reader.required(need.variable());
        }
        let environment = Self {
            table_name: reader.required("TABLE_NAME"),
            sends_queue_url: reader.optional("SENDS_QUEUE_URL"),
            ingest_queue_url: reader.optional("INGEST_QUEUE_URL"),
            mails_queue_url: reader.optional("MAILS_QUEUE_URL"),
            jobs_queue_url: reader.optional("JOBS_QUEUE_URL"),
            push_applications: PushApplications {
                apns: reader.optional("PUSH_APNS_ARN"),
                apns_sandbox: reader.optional("PUSH_APNS_SANDBOX_ARN"),
                fcm: reader.optional("PUSH_FCM_ARN"),
            },
            public_url: reader.url("PUBLIC_URL"),
            secret_prefix: reader.optional("SECRET_PREFIX"),
            operator_key_secret: reader.optional("OPERATOR_KEY_SECRET"),
            cursor_key_secret: reader.optional("CURSOR_KEY_SECRET"),
            link_key_secret: reader.optional("LINK_KEY_SECRET"),
            mail_sender: reader.optional("MAIL_SENDER"),
            media_bucket: reader.optional("MEDIA_BUCKET"),
            live_url: reader.url("LIVE_URL"),
            simulated_carrier: reader.optional("SIMULATED_CARRIER").as_deref() == Some("enabled"),
            region: reader.required("AWS_REGION"),
            access_key_id: reader.required("AWS_ACCESS_KEY_ID"),
            secret_access_key: reader.required("AWS_SECRET_ACCESS_KEY").into(),
            session_token: reader.optional("AWS_SESSION_TOKEN").map(SecretString::from),
            endpoint_url: reader.url("AWS_ENDPOINT_URL"),
        };
        if reader.problems.is_empty() { Ok(environment) } else { Err(reader.problems) }
    }
}

/// All that is wrong with the environment.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Problems {
    /// Variables that have to be set and are not.
    pub missing: Vec<&'static str>,
    /// Variables that have to be an `http` or `https` URL and are not.
    pub not_urls: Vec<&'static str>,
}

impl Problems {
    fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.not_urls.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is not complete")?;
        if !self.missing.is_empty() {
            write!(f, "; missing: {}", self.missing.join(", "))?;
        }
        if !self.not_urls.is_empty() {
            write!(f, "; not a URL: {}", self.not_urls.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Reads variables and remembers what is wrong with them.
struct Reader<V> {
    variable: V,
    problems: Problems,
}

impl<V: Fn(&str) -> Option<String>> Reader<V> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.trim().is_empty())
    }

    /// The value, or an empty text that is never used because the problem is remembered.
    fn required(&mut self, name: &'static str) -> String {
        self.optional(name).unwrap_or_else(|| {
            if !self.problems.missing.contains(&name) {
                self.problems.missing.push(name);
            }
            String::new()
        })
    }

    fn url(&mut self, name: &'static str) -> Option<Url> {
        let text = self.optional(name)?;
        let url =
            Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.problems.not_urls.push(name);
        }
        url
    }
}

/// The level of the log, which Lambda's logging configuration sets.
pub(crate) fn log_level() -> Option<String> {
    variable("AWS_LAMBDA_LOG_LEVEL")
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &[(&str, &str)] = &[
        ("TABLE_NAME", "table"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
        ("AWS_SESSION_TOKEN", "hidden too"),
    ];

    fn read(variables: &[(&str, &str)], needs: &[Need]) -> Result<Environment, Problems> {
        let find = |name: &str| {
            variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Environment::from_variables(find, needs)
    }

    #[test]
    fn a_function_starts_with_its_table_and_what_lambda_sets() {
        let environment = read(COMPLETE, &[]).unwrap();
        assert_eq!(environment.table_name, "table");
        assert_eq!(environment.region, "eu-central-1");
        assert_eq!(environment.sends_queue_url, None);
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let problems = read(&[("TABLE_NAME", " ")], &[Need::SendsQueue, Need::PublicUrl]).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "the environment is not complete; missing: SENDS_QUEUE_URL, PUBLIC_URL, TABLE_NAME, AWS_REGION, \
             AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
        );
    }

    #[test]
    fn a_need_is_met_by_its_variable() {
        let variables = [COMPLETE, &[("SENDS_QUEUE_URL", "https://queue")]].concat();
        assert_eq!(
            read(&variables, &[Need::SendsQueue]).unwrap().sends_queue_url.as_deref(),
            Some("https://queue")
        );
        assert_eq!(read(&variables, &[Need::IngestQueue]).unwrap_err().missing, ["INGEST_QUEUE_URL"]);
    }

    #[test]
    fn an_address_has_to_be_one() {
        for wrong in ["example.com", "ftp://example.com", "https://", "not a url"] {
            let variables = [COMPLETE, &[("PUBLIC_URL", wrong), ("AWS_ENDPOINT_URL", wrong)]].concat();
            let problems = read(&variables, &[]).unwrap_err();
            assert_eq!(problems.not_urls, ["PUBLIC_URL", "AWS_ENDPOINT_URL"], "{wrong}");
        }
        let variables = [COMPLETE, &[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")]].concat();
        assert_eq!(read(&variables, &[]).unwrap().endpoint_url.unwrap().as_str(), "http://127.0.0.1:4566/");
    }

    #[test]
    fn credentials_do_not_appear_in_debug_output() {
        let shown = format!("{:?}", read(COMPLETE, &[]).unwrap());
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
