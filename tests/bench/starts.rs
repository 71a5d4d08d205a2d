//! How long a function takes from its process's start to its first request for work.
//!
//! The binaries are those that go to Lambda (profile `release`), started one after another against a small Runtime API
//! that notes when `/next` is asked. Functions with lists also read the cursor's key from Secrets Manager before that;
//! here it answers at once, in AWS it takes a connection and a round trip more.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use crate::{
    report::{Limit, Report},
    stage::now,
};

/// How often each is started; the first is not counted.
const STARTS: usize = 22;
/// A function that takes longer does not start at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// What does nothing, what has no lists, and what has.
const FUNCTIONS: [(&str, &str); 3] = [
    ("idle-function", "does nothing"),
    ("send", "no lists"),
    ("conversations", "lists, so a secret to read"),
];

/// A start.
struct Start {
    took: Duration,
    /// Resident memory then, in kilobytes.
    resident: u64,
}

/// Measures the functions that are built.
pub(crate) fn run(report: &mut Report) {
    report.title("From a process's start to its first request for work");
    let (port, asked) = serve();
    let mut idle = None;
    for (name, what) in FUNCTIONS {
        let binary = release().join(name);
        if !binary.exists() {
            report.line(format!("  {name}: not built; make bench builds it"));
            continue;
        }
        let mut starts: Vec<Start> = (0..STARTS).map(|_| start(&binary, port, &asked)).skip(1).collect();
        starts.sort_by_key(|start| start.took);
        let took = starts[starts.len() / 2].took.as_secs_f64() * 1000.0;
        let fastest = starts[0].took.as_secs_f64() * 1000.0;
        let resident = starts.iter().map(|start| start.resident).max().unwrap_or_default();
        report.line(format!("  {name} ({what}): median {took:.1} ms, fastest {fastest:.1} ms"));
        report.check(name, "ms", took, Limit::Shown(6.0));
        match idle {
            None => idle = Some(took),
            Some(idle) => {
                report.check(name, "times a function that does nothing", took / idle, Limit::Shown(2.0));
            }
        }
        let resident = f64::from(u32::try_from(resident).unwrap()) / 1024.0;
        report.check(name, "MB resident", resident, Limit::Shown(15.0));
        report.check(name, "MB zipped", zipped(&binary), Limit::Shown(4.0));
    }
}

fn release() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release")
}

/// A Runtime API and a Secrets Manager in one; tells when work is asked for.
fn serve() -> (u16, Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            std::thread::spawn(move || answer(stream, &tell));
        }
    });
    (port, asked)
}

/// Answers a connection until it asks for work; that is kept waiting.
fn answer(stream: TcpStream, tell: &Sender<Instant>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut line, mut length) = (String::new(), 0);
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        if line.starts_with("GET ") && line.contains("/invocation/next") {
            tell.send(now()).ok()?;
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if header.is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
        if line.starts_with("POST / ") {
            let body = r#"{"ARN":"arn","Name":"key","SecretString":"a key that nobody knows"}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length:";
            write!(stream, "{head} {}\r\n\r\n{body}", body.len()).ok()?;
        }
    }
}

fn start(binary: &Path, port: u16, asked: &Receiver<Instant>) -> Start {
    while asked.try_recv().is_ok() {}
    let name = binary.file_name().unwrap().to_str().unwrap();
    let mut command = Command::new(binary);
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::null()).envs([
        ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}")),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("TABLE_NAME", "table".to_owned()),
        ("PUBLIC_URL", "https://textdesk.example".to_owned()),
        ("SECRET_PREFIX", "textdesk".to_owned()),
        ("SENDS_QUEUE_URL", format!("http://127.0.0.1:{port}/sends.fifo")),
    ]);
    if name == "conversations" {
        command.env("CURSOR_KEY_SECRET", "cursor-key");
    }
    let begun = now();
    let mut child = command.spawn().unwrap();
    let at = asked.recv_timeout(PATIENCE);
    let resident = resident(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    let at = at.unwrap_or_else(|_| panic!("{name} did not ask for work"));
    Start { took: at.duration_since(begun), resident }
}

/// Resident memory in kilobytes; 0 where the system does not tell.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse().ok()).unwrap_or_default()
}

/// The size of the binary compressed as in the archive that goes to Lambda, in megabytes.
fn zipped(binary: &Path) -> f64 {
    let gzip = Command::new("gzip").args(["-9", "-c"]).arg(binary).output().unwrap();
    f64::from(u32::try_from(gzip.stdout.len()).unwrap()) / 1e6
}
