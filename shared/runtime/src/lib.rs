//! The real world of a Lambda function: its environment, the clock, randomness, AWS clients, logs.
//!
//! This is the only crate that reads environment variables, asks the clock, makes random bytes and opens clients. A
//! function's `main` calls [`app()`] once and hands the result to its routes or its batch handler; tests and the local
//! server build the same `App` from other parts.
//!
//! Starting has to be quick, because a customer waits for each cold start: the AWS configuration is put together by
//! hand from the variables that Lambda sets, the certificates of AWS are compiled in, and what a function does not
//! use is never built.

mod aws;
mod clock;
mod environment;
mod http;
mod ids;
mod live;
mod logs;
mod mailer;
mod media;
mod queues;
mod secrets;
mod topics;

pub use aws::{Aws, http_client};
pub use clock::SystemClock;
pub use environment::{Environment, Need, NotConfigured, Problems};
pub use http::LazyExecutor;
pub use ids::SystemIds;
pub use live::ApiGatewayLive;
pub use logs::{OWN_CRATES, init_logs};
pub use mailer::SesMailer;
pub use media::{BucketAt, S3Media};
pub use queues::SqsQueues;
pub use secrets::{AwsSecrets, FRESH, STALE};
pub use topics::{PushApplications, SnsNotifier};

use app::gateways::Directory;
use app::ports::Unreachable;
use app::{App, Clock, Config, IdSource, Secrets};
use aws_sdk_dynamodb::config::SharedHttpClient;
use carriers::{Downloads, HttpExecutor, download::ReqwestDownloads};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use storage::Store;
use url::Url;

/// Why a function cannot start. Lambda logs it and tries again with a new environment.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Variables are missing or wrong; all of them are named.
    #[error(transparent)]
    Environment(#[from] Problems),
    /// A secret that is needed from the start could not be read.
    #[error("the secret of {0} could not be read")]
    Secret(&'static str, #[source] Unreachable),
    /// A secret that is needed from the start does not exist.
    #[error("the secret of {0} does not exist")]
    NoSecret(&'static str),
}

/// Everything that a function needs from outside, as its environment says. Also starts the log.
///
/// Variables beyond the table's name are read if they are set; a function that cannot do without some of them uses
/// [`app_needing`].
pub async fn app() -> Result<App, StartError> {
    app_needing(&[]).await
}

/// As [`app()`], but refuses to start unless the named variables are set.
pub async fn app_needing(needs: &[Need]) -> Result<App, StartError> {
    init_logs(environment::log_level().as_deref());
    let environment = Environment::read(needs)?;
    let surroundings = Surroundings::real(&environment);
    assemble(environment, surroundings).await
}

/// What a function is built from besides its environment. In Lambda it is the real world ([`Surroundings::real`]); the
/// local server gives embedded services, a clock of its own and the phone simulator.
pub struct Surroundings {
    /// What carries the calls of all AWS clients.
    pub aws: SharedHttpClient,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn IdSource>,
    /// The way to the carriers.
    pub carriers: Arc<dyn HttpExecutor>,
    /// The way to files that others name.
    pub downloads: Arc<dyn Downloads>,
    /// Where the bucket is that the environment names; `None`: at S3.
    pub bucket: Option<BucketAt>,
}

impl Surroundings {
    /// AWS over the network, the system's clock and randomness, the internet.
    pub fn real(environment: &Environment) -> Self {
        Self {
            aws: http_client(environment.endpoint_url.as_ref()),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            carriers: Arc::new(LazyExecutor::default()),
            downloads: Arc::new(ReqwestDownloads),
            bucket: None,
        }
    }
}

/// Puts a function's `App` together.
pub async fn assemble(environment: Environment, surroundings: Surroundings) -> Result<App, StartError> {
    let Surroundings { aws, clock, ids, carriers, downloads, bucket } = surroundings;
    let media = Arc::new(S3Media::new(&environment, clock.clone(), bucket));
    let aws = Aws::new(&environment, aws);
    let secrets = Arc::new(AwsSecrets::new(aws.secrets_manager(), clock.clone()));
    let live = environment.live_url.as_ref().map(|url| aws.connections(url));
    let cursor_key = cursor_key(&environment, secrets.as_ref(), ids.as_ref()).await?;
    let public_url = public_url(environment.public_url)?;
    Ok(App {
        store: Store::new(aws.dynamodb(), &environment.table_name, cursor_key),
        clock,
        ids,
        queues: Arc::new(SqsQueues::new(
            aws.sqs(),
            environment.sends_queue_url,
            environment.ingest_queue_url,
            environment.mails_queue_url,
            environment.jobs_queue_url,
        )),
        notifier: Arc::new(SnsNotifier::new(aws.sns(), environment.push_applications)),
        mailer: Arc::new(SesMailer::new(aws.ses(), environment.mail_sender)),
        live: Arc::new(ApiGatewayLive::new(live)),
        secrets,
        http: carriers,
        media,
        downloads,
        config: Arc::new(Config {
            public_url,
            secret_prefix: environment.secret_prefix.unwrap_or_default(),
            operator_key_secret: environment.operator_key_secret,
            link_key_secret: environment.link_key_secret,
            live_url: environment.live_url,
            simulated_carrier: environment.simulated_carrier,
        }),
        gateways: Arc::new(Directory::default()),
    })
}

/// The address that carriers use. A function that has none neither verifies webhooks nor sends; should it try to, then
/// with an address that cannot exist (RFC 2606).
fn public_url(configured: Option<Url>) -> Result<Url, Problems> {
    let missing = |_| Problems { missing: vec![Need::PublicUrl.variable()], ..Problems::default() };
    configured.map_or_else(|| Url::parse("https://public-url-is-not-set.invalid/"), Ok).map_err(missing)
}

/// The key that authenticates the cursors of lists.
///
/// Only functions with lists have one, and read it before their first request: it is the one call at a cold start, and
/// leaves the connection to AWS open. The others get a key that nobody knows, so that a cursor means nothing to them.
async fn cursor_key(
    environment: &Environment,
    secrets: &dyn Secrets,
    ids: &dyn IdSource,
) -> Result<[u8; 32], StartError> {
    let Some(name) = &environment.cursor_key_secret else {
        let mut key = [0; 32];
        ids.fill(&mut key);
        return Ok(key);
    };
    let variable = Need::CursorKey.variable();
    let secret = secrets.get(name).await.map_err(|error| StartError::Secret(variable, error))?;
    let secret = secret.ok_or(StartError::NoSecret(variable))?;
    Ok(Sha256::digest(secret.expose_secret()).into())
}
