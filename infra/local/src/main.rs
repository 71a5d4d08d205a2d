//! `make run`: starts the product, says where to look, stops on Ctrl-C.

mod arguments;

use std::process::ExitCode;

use arguments::{Arguments, USAGE};
use local::{Options, demo, simulator_only};
use secrecy::ExposeSecret;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    start_log();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Textdesk does not start: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if arguments.only_simulator {
        let (address, _running) = simulator_only::start(arguments.port, arguments.carrier).await?;
        println!("The phone simulator runs at {address}simulator");
        return Ok(tokio::signal::ctrl_c().await?);
    }
    let options = Options {
        port: arguments.port,
        data: arguments.data.clone(),
        clock: None,
        downloads: None,
        schedules: true,
    };
    let running = local::start(options).await?;
    let demo = if arguments.demo { Some(demo::seed(&running).await?) } else { None };
    let base = running.base_url.as_str().trim_end_matches('/');
    let kept = arguments.data.map_or("in memory; gone when this stops".to_owned(), |folder| {
        format!("{} (delete it to begin anew)", folder.display())
    });
    println!("\nTextdesk runs at     {base}");
    println!("  phone simulator    {base}/simulator");
    println!("  mailbox            {base}/mailbox   (e-mails to people: invitations, new passwords)");
    println!("  the API described  {base}/openapi.json");
    println!("  operator's key     {}   (tops up credits)", running.operator_key.expose_secret());
    println!("  data               {kept}");
    if let Some(demo) = demo {
        println!("  demo business      {} or {}, password: {}", demo.email, demo.colleague, demo.password);
        println!("                     its number is {}", demo.number);
    }
    println!("Ctrl-C stops it.\n");
    tokio::signal::ctrl_c().await?;
    println!("Stopping: what is under way is finished first.");
    running.stop().await;
    Ok(())
}

/// One line per event: our own crates from INFO, others from WARN.
fn start_log() {
    let own = runtime::OWN_CRATES.iter().chain(&["local"]).map(|name| (*name, LevelFilter::INFO));
    let filter = Targets::new().with_default(LevelFilter::WARN).with_targets(own);
    let lines = tracing_subscriber::fmt::layer().compact().with_target(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
}
