//! The product while it runs, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use app::Clock;
use engines::bucket::Bucket;
use engines::phones::PhoneNetwork;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::engines_client::Engines;
use crate::functions::{Functions, InvokeError};
use crate::gateway::Gateway;
use crate::mappings::{Activity, Position, schedule_event};
use crate::permissions::Denials;
use crate::simulator::Lines;
use crate::template::{Source, Template};

/// Time between two looks at whether everything is done.
const SETTLE_LOOK: Duration = Duration::from_millis(5);
/// Longest wait of [`Running::settle`].
const SETTLE_PATIENCE: Duration = Duration::from_secs(20);
/// Longest wait for running invocations when stopping.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The product, running. Dropping it stops it at once; [`Running::stop`] lets it finish what it does.
pub struct Running {
    /// Where it listens.
    pub base_url: Url,
    /// The embedded services.
    pub engines: Engines,
    /// The phones.
    pub phones: Arc<PhoneNetwork>,
    /// The files of messages.
    pub bucket: Bucket,
    /// The businesses' numbers at the simulated carrier.
    pub lines: Arc<Lines>,
    /// What functions tried to do without permission. Empty, or a policy in the template is too narrow.
    pub denials: Denials,
    /// Bearer key of the operator.
    pub operator_key: SecretString,
    pub(crate) gateway: Gateway,
    pub(crate) functions: Functions,
    pub(crate) template: Template,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) positions: Vec<Position>,
    pub(crate) activity: Activity,
    pub(crate) stop_listening: watch::Sender<bool>,
    pub(crate) tasks: JoinSet<()>,
}

/// There was still something to do after 20 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the product does not come to rest")]
pub struct Restless;

impl Running {
    /// The HTTP API without a socket.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The functions, to be called with events of one's own.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// What the template says.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Runs every schedule once, as if its minute had come.
    pub async fn run_schedules(&self) -> Result<(), InvokeError> {
        for (function, _) in self.template.schedules() {
            self.functions.invoke(&function.id, schedule_event(&function.id, self.clock.now())).await?;
        }
        Ok(())
    }

    /// Waits until nothing is left to do now: the stream is read, the queues hold nothing that can be received, no
    /// webhook is due. What waits for a later time stays.
    pub async fn settle(&self) -> Result<(), Restless> {
        let settled = async {
            // Twice idle in a row, because work that ends may have made more.
            let mut idle = 0;
            while idle < 2 {
                idle = if self.is_idle() { idle + 1 } else { 0 };
                tokio::time::sleep(SETTLE_LOOK).await;
            }
        };
        tokio::time::timeout(SETTLE_PATIENCE, settled).await.map_err(|_| Restless)
    }

    fn is_idle(&self) -> bool {
        let read = |position: &Position| {
            let unread = self.engines.dynamo.stream_records(position.get().as_deref(), 1);
            unread.is_ok_and(|records| records.is_empty())
        };
        let mut queues = self.template.sources().filter_map(|(_, source)| match source {
            Source::Queue { queue, .. } => Some(queue),
            _ => None,
        });
        let empty = queues.all(|queue| {
            let counts =
                self.template.queue(queue).ok().and_then(|queue| self.engines.sqs.counts(&queue.url).ok());
            counts.is_some_and(|counts| counts.visible == 0)
        });
        let due = self.phones.next_due().is_some_and(|due| due <= self.clock.now());
        self.positions.iter().all(read) && empty && !due && self.activity.is_idle()
    }

    /// Stops listening, lets running invocations end, and stops.
    pub async fn stop(mut self) {
        self.stop_listening.send_replace(true);
        let idle = async {
            while !self.activity.is_idle() {
                tokio::time::sleep(SETTLE_LOOK).await;
            }
        };
        // Whatever still runs after that is stopped like a function whose time is up: it is done again later.
        let _ = tokio::time::timeout(STOP_PATIENCE, idle).await;
        self.tasks.shutdown().await;
    }
}
