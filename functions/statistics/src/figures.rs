//! Figures as the API shows them.

use app::statistics::{Line, Statistics};
use domain::statistics::{Counts, Times};
use jiff::civil::Date;
use serde::Serialize;

/// What was counted on some days.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StatisticsBody {
    /// The first day.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    to: Date,
    /// The account's time zone, in which the days are.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// Over all gateways.
    totals: Figures,
    /// Line by line, ordered by day or id.
    data: Vec<StatisticsLine>,
    /// Pass it as `cursor` to get the page after this one; null at the end.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// A line.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StatisticsLine {
    /// Of what: a day, or the id of a user, gateway or tag.
    #[schema(example = "2026-11-23")]
    of: String,
    #[serde(flatten)]
    figures: Figures,
}

/// What was counted.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Figures {
    /// Messages from customers; by user and tag always zero.
    #[schema(example = 120)]
    inbound: i64,
    /// Messages to customers; by user those that they wrote, by tag always zero.
    #[schema(example = 96)]
    outbound: i64,
    /// Messages to customers that failed or were not delivered, on the day on which they were accepted; by user and tag always
    /// zero.
    #[schema(example = 1)]
    failed: i64,
    /// Customers who waited and were answered by a person.
    #[schema(example = 80)]
    responses: i64,
    /// How long they waited.
    response_time: Took,
    /// Conversations that were marked as complete.
    #[schema(example = 40)]
    completed: i64,
    /// How long they had been open.
    time_to_complete: Took,
}

/// How long something took; null where there was nothing.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Took {
    /// On average.
    #[schema(required = true, example = 540)]
    average_seconds: Option<i64>,
    /// About half of them at most.
    #[schema(required = true, example = 300)]
    median_seconds: Option<i64>,
}

impl From<Times> for Took {
    fn from(times: Times) -> Self {
        Self { average_seconds: times.average(), median_seconds: times.median() }
    }
}

impl From<Counts> for Figures {
    fn from(it: Counts) -> Self {
        Self {
            inbound: it.inbound,
            outbound: it.outbound,
            failed: it.failed,
            responses: it.responses.count,
            response_time: it.responses.into(),
            completed: it.completed.count,
            time_to_complete: it.completed.into(),
        }
    }
}

impl StatisticsBody {
    pub(crate) fn new((from, to): (Date, Date), it: Statistics) -> Self {
        let line = |Line { of, counts }| StatisticsLine { of, figures: counts.into() };
        Self {
            from,
            to,
            time_zone: it.time_zone.into(),
            totals: it.totals.into(),
            data: it.lines.into_iter().map(line).collect(),
            next_cursor: it.next_cursor,
        }
    }
}
