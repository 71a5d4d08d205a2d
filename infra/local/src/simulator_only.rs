//! The simulator alone, for a product that runs elsewhere: in AWS, or in an emulator of it.

use std::sync::Arc;

use app::Clock;
use runtime::SystemClock;
use tokio::task::JoinSet;
use url::Url;

use crate::simulator::{self, Lines, Simulator};
use crate::stack::{StartError, deliver_webhooks, listen, phones, serve};

/// Serves the page, its API and the carrier's interface on this port until the task is dropped. `address` is where the
/// product reaches the carrier's interface; without it, this machine.
pub async fn start(port: u16, address: Option<Url>) -> Result<(Url, JoinSet<()>), StartError> {
    let (listener, base_url) = listen(port).await?;
    let carrier = address.map_or_else(|| base_url.join("carrier/"), Ok)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let network = Arc::new(phones(&clock, carrier.as_str())?);
    let mut tasks = JoinSet::new();
    deliver_webhooks(&mut tasks, &network)?;
    let simulator = Simulator {
        network,
        lines: Arc::new(Lines::in_memory()),
        base_url: carrier,
        pushes: Arc::new(Vec::new),
    };
    // The server ends with its task.
    let _stop = serve(&mut tasks, listener, |_| simulator::router(simulator));
    Ok((base_url, tasks))
}
