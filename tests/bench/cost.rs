//! What a million messages cost on AWS, in and out evenly.
//!
//! Units, calls and invocations are measured; prices are AWS's; how long a call to AWS takes cannot be measured here and
//! is assumed, generously. One message comes in and one assignee is told; one message goes out and arrives.

use engines::calls::Call;

use crate::{
    operations::{Lives, Work},
    report::{Limit, Report, Units},
    stage::Measured,
    times::Times,
};

/// Of each kind.
const MESSAGES: f64 = 500_000.0;
const MILLION: f64 = 1_000_000.0;

/// Prices in us-east-1, in US dollars, on demand, without free tiers, as AWS's pricing pages had them in November 2026.
mod price {
    /// DynamoDB, a million write request units, standard table class (halved in November 2024).
    pub(super) const WRITE_UNITS: f64 = 0.625;
    /// DynamoDB, a million read request units.
    pub(super) const READ_UNITS: f64 = 0.125;
    /// Lambda, a million requests.
    pub(super) const INVOCATIONS: f64 = 0.20;
    /// Lambda on arm64, a gigabyte for a second.
    pub(super) const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
    /// API Gateway, a million requests of an HTTP API.
    pub(super) const HTTP_REQUESTS: f64 = 1.00;
    /// SQS, a million requests to FIFO queues.
    pub(super) const QUEUE_REQUESTS: f64 = 0.50;
    /// SNS, a million published messages. What a device's platform costs comes on top for each subscribed device.
    pub(super) const PUBLISHED: f64 = 0.50;
    /// `CloudWatch`, a gigabyte of logs.
    pub(super) const LOG_GIGABYTE: f64 = 0.50;
}

/// `MemorySize` of `infra/template.yaml`, in gigabytes.
const MEMORY_GIGABYTES: f64 = 0.5;
/// At this much memory a function has a whole processor (Lambda's documentation: 1,769 MB).
const WHOLE_PROCESSOR_GIGABYTES: f64 = 1.769 / 1.024;
/// What Lambda itself and the handler log for an invocation, in bytes.
const LOG_BYTES_INVOCATION: f64 = 1000.0;
/// What the HTTP API logs for a request, in bytes.
const LOG_BYTES_REQUEST: f64 = 300.0;
/// A job's receiving and deleting by Lambda's poller, besides its sending.
const POLLER_REQUESTS: f64 = 2.0;

/// Assumed milliseconds of calls, from function to service and back.
mod assumed {
    pub(super) const TABLE_READ: f64 = 5.0;
    pub(super) const TABLE_WRITE: f64 = 8.0;
    pub(super) const TABLE_TRANSACTION: f64 = 15.0;
    pub(super) const QUEUE_OR_TOPIC: f64 = 10.0;
    pub(super) const CARRIER: f64 = 300.0;
}

/// What one million messages need.
#[derive(Default)]
struct Bill {
    write_units: f64,
    read_units: f64,
    invocations: f64,
    gigabyte_seconds: f64,
    http_requests: f64,
    queue_requests: f64,
    published: f64,
    log_bytes: f64,
}

impl Bill {
    fn add(&mut self, work: &Work, own_ms: f64, messages: f64) {
        let units = Units::of(&work.measured);
        let invocations = f64::from(work.invocations);
        self.write_units += units.write * messages;
        self.read_units += units.read * messages;
        self.invocations += invocations * messages;
        let processor = own_ms * invocations * (WHOLE_PROCESSOR_GIGABYTES / MEMORY_GIGABYTES).max(1.0);
        let seconds = (processor + waiting(work)) / 1000.0;
        self.gigabyte_seconds += seconds * MEMORY_GIGABYTES * messages;
        self.log_bytes += LOG_BYTES_INVOCATION * invocations * messages;
        if work.http {
            self.http_requests += invocations * messages;
            self.log_bytes += LOG_BYTES_REQUEST * invocations * messages;
        }
        self.queue_requests += count(work.measured.queue_calls) * (1.0 + POLLER_REQUESTS) * messages;
        self.published += count(work.measured.topic_calls) * messages;
    }

    fn lines(&self) -> [(&'static str, f64, f64); 8] {
        let of_millions = |amount: f64, price: f64| amount / MILLION * price;
        [
            ("table: write units", self.write_units, of_millions(self.write_units, price::WRITE_UNITS)),
            ("table: read units", self.read_units, of_millions(self.read_units, price::READ_UNITS)),
            ("Lambda: requests", self.invocations, of_millions(self.invocations, price::INVOCATIONS)),
            ("Lambda: GB-seconds", self.gigabyte_seconds, self.gigabyte_seconds * price::GIGABYTE_SECOND),
            ("HTTP API: requests", self.http_requests, of_millions(self.http_requests, price::HTTP_REQUESTS)),
            ("SQS: requests", self.queue_requests, of_millions(self.queue_requests, price::QUEUE_REQUESTS)),
            ("SNS: published", self.published, of_millions(self.published, price::PUBLISHED)),
            ("logs: gigabytes", self.log_bytes / 1e9, self.log_bytes / 1e9 * price::LOG_GIGABYTE),
        ]
    }

    fn total(&self) -> f64 {
        self.lines().iter().map(|(.., dollars)| dollars).sum()
    }
}

fn count(calls: usize) -> f64 {
    f64::from(u32::try_from(calls).unwrap())
}

/// Milliseconds for which all invocations of a work wait for others.
fn waiting(work: &Work) -> f64 {
    let call = |call: &Call| match call.operation.as_str() {
        "TransactWriteItems" => assumed::TABLE_TRANSACTION,
        "PutItem" | "UpdateItem" | "DeleteItem" => assumed::TABLE_WRITE,
        _ => assumed::TABLE_READ,
    };
    let Measured { calls, queue_calls, topic_calls, .. } = &work.measured;
    let table: f64 = calls.iter().map(call).sum();
    let carrier = if work.function == "deliver" { assumed::CARRIER } else { 0.0 };
    table + count(queue_calls + topic_calls) * assumed::QUEUE_OR_TOPIC + carrier
}

/// Estimates the bill.
pub(crate) fn run(report: &mut Report, lives: &Lives, times: Times) {
    let mut bill = Bill::default();
    for work in lives.inbound.iter().chain(&lives.outbound) {
        // Where a handler's time was not measured, it is at most as much as that of a send.
        let own = if work.function == "inbound" { times.inbound } else { times.send };
        bill.add(work, own, MESSAGES);
    }
    let session = Work { function: "send", invocations: 0, http: false, measured: lives.session.clone() };
    bill.add(&session, 0.0, MESSAGES);
    report.title("What 1,000,000 messages cost, half in, half out, in US dollars");
    for (what, amount, dollars) in bill.lines() {
        report.line(format!("  {what:<22} {amount:>14.0} {dollars:>8.2}"));
    }
    report.check("1,000,000 messages", "dollars", bill.total(), Limit::Exceeded(15.0, 24.0));
    let reading =
        Work { function: "conversations", invocations: 1, http: true, measured: lives.read.clone() };
    let mut with_reading = Bill::default();
    with_reading.add(&reading, times.send, MESSAGES);
    report.line(format!("  Beside them: marking each inbound message as read: {:.2}", with_reading.total()));
}
