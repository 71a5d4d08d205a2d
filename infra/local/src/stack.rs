//! Starts the whole product in this process: engines, functions, gateway, event sources, schedules, phones.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::Clock;
use axum::Router;
use carriers::download::ReqwestDownloads;
use carriers::{Downloads, HttpExecutor, ReqwestExecutor};
use engines::bucket::{self, Bucket};
use engines::connections::Connections;
use engines::phones::{PhoneNetwork, Settings, Switchboard};
use engines::ses::Ses;
use engines::sns::{Published, Sns};
use engines::sqs::Sqs;
use engines::web::Web;
use runtime::{BucketAt, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::document;
use crate::engines_client::Engines;
use crate::folder::{Folder, FolderError};
use crate::functions::Functions;
use crate::gateway::Gateway;
use crate::mailbox;
use crate::mappings::{Activity, QueueMapping, StreamMapping, schedule_event};
use crate::outside::{LOCAL_KEY, Outside};
use crate::permissions::Denials;
use crate::resolve::Names;
use crate::resources;
use crate::routes::Routes;
use crate::running::Running;
use crate::simulator::{self, OverHttp, Simulator};
use crate::socket::{self, Sockets};
use crate::template::{Function, Source, Template, TemplateError};

/// Where the simulated carrier lives in gateways' credentials: a name that nobody resolves, because the calls stay in
/// this process. Fixed, so that a data folder survives a change of port.
const CARRIER: &str = "http://simulated-carrier.invalid/";
/// The address that e-mails come from: none that could answer.
const MAIL_SENDER: &str = "no-reply@textdesk.invalid";
/// The name of the push applications. Their devices are those that somebody registers with any token.
const PUSH_APPLICATION: &str = "textdesk";
/// What the phones' references and secrets come from. Fixed, so that gateways in a data folder stay valid.
const PHONES_SEED: u64 = 7;
/// How long an in-process call waits for an answer that never comes: `carriers::execute`'s own time-out.
const SILENCE: Duration = Duration::from_secs(10);
/// Time between two sweeps of expired items. AWS promises "within a few days".
const TTL_SWEEP: Duration = Duration::from_mins(1);

/// How to start.
#[derive(Clone)]
pub struct Options {
    /// Port to listen on; 0 for any.
    pub port: u16,
    /// Folder for the data; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// The time; `None`: the system's.
    pub clock: Option<Arc<dyn Clock>>,
    /// The way to files that others name; `None`: the internet, but nothing private.
    pub downloads: Option<Arc<dyn Downloads>>,
    /// Whether schedules run by themselves. If not, [`Running::run_schedules`] runs them.
    pub schedules: bool,
}

impl Options {
    /// For a test: any port, nothing kept, this clock, schedules on demand.
    pub fn for_test(clock: Arc<dyn Clock>) -> Self {
        Self {
            port: 0,
            data: None,
            clock: Some(clock),
            downloads: Some(Arc::new(Web::default())),
            schedules: false,
        }
    }
}

/// Why the product does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on port {port}")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A resource of the template.
    #[error(transparent)]
    Resource(#[from] resources::ResourceError),
    /// A function's own start.
    #[error("the function {function} does not start")]
    Function {
        /// Its folder.
        function: String,
        /// Why.
        #[source]
        source: runtime::StartError,
    },
    /// A secret cannot be generated.
    #[error(transparent)]
    Secret(#[from] app::ports::Unreachable),
    /// The HTTP client for real carriers and for webhooks.
    #[error(transparent)]
    Client(#[from] carriers::execute::ClientUnavailable),
    /// An address of our own making is none.
    #[error("not a URL")]
    Url(#[from] url::ParseError),
}

/// Starts everything and returns once it answers.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let (listener, base_url) = listen(options.port).await?;
    let clock = options.clock.unwrap_or_else(|| Arc::new(SystemClock));
    let origin = base_url.origin().ascii_serialization();
    let parameters = [
        ("PublicUrl", origin),
        ("SimulatedCarrier", "enabled".to_owned()),
        ("MailSender", MAIL_SENDER.to_owned()),
        ("ApnsApplication", PUSH_APPLICATION.to_owned()),
        ("ApnsSandboxApplication", PUSH_APPLICATION.to_owned()),
        ("FcmApplication", PUSH_APPLICATION.to_owned()),
    ];
    let mut template = Template::parse(document::TEMPLATE, &Names::new(parameters))?;
    connect_here(&mut template, &base_url);
    let folder = Folder::open(options.data)?;
    let engines = engines(&folder)?;
    resources::create(&template, &engines)?;
    for platform in ["APNS", "APNS_SANDBOX", "GCM"] {
        engines.sns.create_platform_application(platform, PUSH_APPLICATION);
    }
    let phones = Arc::new(phones(&clock, CARRIER)?);
    let denials = Denials::default();
    let bucket = {
        let clock = clock.clone();
        Bucket::new(folder.media(), (LOCAL_KEY, LOCAL_KEY), move || clock.now())
    };
    let outside = Outside {
        engines: engines.clone(),
        clock: clock.clone(),
        carriers: switchboard(&phones)?,
        downloads: options.downloads.unwrap_or_else(|| Arc::new(ReqwestDownloads)),
        bucket: BucketAt { url: base_url.join(bucket::PATH)?, http: Arc::new(bucket.clone()) },
        denials: denials.clone(),
    };
    let operator_key = outside.generate_secrets(&template).await?;
    let functions = outside.link(&template).await?;
    let gateway = {
        let clock = clock.clone();
        Gateway::new(Routes::new(&template), functions.clone(), move || clock.now())
    };
    let activity = Activity::default();
    let mut tasks = JoinSet::new();
    for mapping in queue_mappings(&template, &engines, &functions, &activity)? {
        tasks.spawn(mapping.run());
    }
    let mut positions = Vec::new();
    for mapping in stream_mappings(&template, &engines, &functions, &activity, &folder)? {
        positions.push(mapping.position.clone());
        tasks.spawn(mapping.run());
    }
    if options.schedules {
        run_schedules(&mut tasks, &template, &functions, &clock);
    }
    spawn_housekeeping(&mut tasks, &engines, &phones)?;
    let lines = Arc::new(folder.lines(&phones, &base_url)?);
    let simulator = Simulator {
        lines: lines.clone(),
        network: phones.clone(),
        base_url: Url::parse(CARRIER)?,
        pushes: pushes(&engines.sns),
    };
    let stop_listening = serve(&mut tasks, listener, |stopped| {
        let files = crate::files::router(bucket.clone(), base_url.clone());
        let (routes, connections) = (template.sockets.clone(), engines.connections.clone());
        let sockets = Sockets::new(routes, functions.clone(), connections, stopped);
        router(&gateway, simulator, &engines.ses, sockets).merge(files)
    });
    Ok(Running {
        base_url,
        engines,
        phones,
        bucket,
        lines,
        denials,
        operator_key,
        gateway,
        functions,
        template,
        clock,
        positions,
        activity,
        stop_listening,
        tasks,
    })
}

/// Listens on this machine only: the data is not meant for others.
pub(crate) async fn listen(port: u16) -> Result<(TcpListener, Url), StartError> {
    let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listening.map_err(|source| StartError::Port { port, source })?;
    let address = listener.local_addr().map_err(|source| StartError::Port { port, source })?;
    let base_url = Url::parse(&format!("http://localhost:{}/", address.port()))?;
    Ok((listener, base_url))
}

/// Live connections are at this address, not at API Gateway's.
fn connect_here(template: &mut Template, base_url: &Url) {
    let address = format!("{}{}", base_url.origin().ascii_serialization(), socket::PATH);
    for function in &mut template.functions {
        if let Some(url) = function.environment.get_mut("LIVE_URL") {
            url.clone_from(&address);
        }
    }
}

/// The services, with what the folder has kept.
fn engines(folder: &Folder) -> Result<Engines, FolderError> {
    let sqs = Sqs::new();
    Ok(Engines {
        dynamo: folder.dynamo()?,
        sns: Sns::new(sqs.clone()),
        sqs,
        ses: Ses::new(),
        connections: Connections::new(),
        secrets: folder.secrets()?,
    })
}

/// The phones, with the carrier at this address.
pub(crate) fn phones(clock: &Arc<dyn Clock>, carrier: &str) -> Result<PhoneNetwork, StartError> {
    let settings = Settings { base_url: Url::parse(carrier)?, seed: PHONES_SEED, silence: SILENCE };
    let clock = clock.clone();
    Ok(PhoneNetwork::new(settings, move || clock.now()))
}

/// Calls of the simulated carrier stay in this process, those of others go out.
fn switchboard(phones: &Arc<PhoneNetwork>) -> Result<Arc<dyn HttpExecutor>, StartError> {
    Ok(Arc::new(Switchboard { network: phones.clone(), elsewhere: ReqwestExecutor::new()? }))
}

fn router(gateway: &Gateway, simulator: Simulator, ses: &Ses, sockets: Sockets) -> Router {
    let gateway = gateway.clone();
    let pages = simulator::router(simulator).merge(mailbox::router(ses.clone())).merge(sockets.router());
    pages.fallback(move |request: axum::extract::Request| {
        let gateway = gateway.clone();
        async move { gateway.answer(request).await }
    })
}

/// Answers HTTP until the sender says true; what lasts longer than a request is told, too.
pub(crate) fn serve(
    tasks: &mut JoinSet<()>,
    listener: TcpListener,
    router: impl FnOnce(watch::Receiver<bool>) -> Router,
) -> watch::Sender<bool> {
    let (stop, mut stopped) = watch::channel(false);
    let router = router(stopped.clone());
    tasks.spawn(async move {
        let until = async move {
            if stopped.wait_for(|stop| *stop).await.is_err() {
                // Nobody is left who could say so: the server ends with its task.
                std::future::pending::<()>().await;
            }
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until).await {
            tracing::error!(error = %error, "the server stopped");
        }
    });
    stop
}

fn queue_mappings(
    template: &Template,
    engines: &Engines,
    functions: &Functions,
    activity: &Activity,
) -> Result<Vec<QueueMapping>, TemplateError> {
    let mapping = |function: &Function, queue: &str, batch_size: u64, partial: bool| {
        Ok(QueueMapping {
            sqs: engines.sqs.clone(),
            queue: template.queue(queue)?.url.clone(),
            batch_size: usize::try_from(batch_size).unwrap_or(usize::MAX),
            partial,
            function: function.id.clone(),
            functions: functions.clone(),
            activity: activity.clone(),
        })
    };
    template
        .sources()
        .filter_map(|(function, source)| match source {
            Source::Queue { queue, batch_size, partial } => {
                Some(mapping(function, queue, *batch_size, *partial))
            }
            _ => None,
        })
        .collect()
}

fn stream_mappings(
    template: &Template,
    engines: &Engines,
    functions: &Functions,
    activity: &Activity,
    folder: &Folder,
) -> Result<Vec<StreamMapping>, StartError> {
    let streams = template.sources().filter_map(|(function, source)| match source {
        Source::Stream(stream) => Some((function, stream)),
        _ => None,
    });
    streams
        .map(|(function, source)| {
            let on_failure = source.on_failure.as_deref().map(|id| template.queue(id)).transpose()?;
            Ok(StreamMapping {
                dynamo: engines.dynamo.clone(),
                sqs: engines.sqs.clone(),
                source: source.clone(),
                on_failure: on_failure.map(|queue| queue.url.clone()),
                function: function.id.clone(),
                functions: functions.clone(),
                position: folder.position(&engines.dynamo, &function.name)?,
                moved: folder.keep_position(&function.name),
                activity: activity.clone(),
            })
        })
        .collect()
}

fn run_schedules(
    tasks: &mut JoinSet<()>,
    template: &Template,
    functions: &Functions,
    clock: &Arc<dyn Clock>,
) {
    for (function, every) in template.schedules() {
        let (id, functions, clock) = (function.id.clone(), functions.clone(), clock.clone());
        tasks.spawn(async move {
            let mut ticks = tokio::time::interval(every);
            loop {
                ticks.tick().await;
                if let Err(error) = functions.invoke(&id, schedule_event(&id, clock.now())).await {
                    tracing::error!(function = id, error = %error, "the scheduled function failed");
                }
            }
        });
    }
}

/// What AWS and the carrier do by themselves: removing expired items, delivering webhooks.
fn spawn_housekeeping(
    tasks: &mut JoinSet<()>,
    engines: &Engines,
    phones: &Arc<PhoneNetwork>,
) -> Result<(), StartError> {
    let dynamo = engines.dynamo.clone();
    tasks.spawn(async move {
        let mut ticks = tokio::time::interval(TTL_SWEEP);
        loop {
            ticks.tick().await;
            if let Err(error) = dynamo.sweep_ttl() {
                tracing::error!(error = %error, "expired items stay for now");
            }
        }
    });
    deliver_webhooks(tasks, phones)
}

/// Delivers the phones' webhooks over HTTP as they fall due.
pub(crate) fn deliver_webhooks(
    tasks: &mut JoinSet<()>,
    phones: &Arc<PhoneNetwork>,
) -> Result<(), StartError> {
    let (phones, sink) = (phones.clone(), OverHttp(ReqwestExecutor::new()?));
    tasks.spawn(async move { phones.run(&sink).await });
    Ok(())
}

fn pushes(sns: &Sns) -> simulator::Pushes {
    let sns = sns.clone();
    Arc::new(move || sns.published().iter().rev().take(simulator::PUSHES_MAX).map(push).collect())
}

/// A push as the page shows it: our own JSON, with the time.
fn push(published: &Published) -> Value {
    // A message for each push service, and one for all others: our own.
    let parts: Value = serde_json::from_str(&published.message).unwrap_or_default();
    let own = parts.get("default").and_then(Value::as_str).unwrap_or_default();
    let mut push = serde_json::from_str(own).unwrap_or_else(|_| json!({}));
    if let Some(fields) = push.as_object_mut() {
        fields.insert("at_unix_ms".to_owned(), published.at_unix_ms.into());
    }
    push
}
