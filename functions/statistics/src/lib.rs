//! Statistics: volume, response times and times to complete (D21, B11).

mod figures;

use app::App;
use app::statistics::{Asked, CountedBy, SplitBy, StatisticsError};
use axum::Json;
use axum::extract::State;
use http_api::{Caller, Code, FieldError, PageLimit, Problem, Query};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::figures::StatisticsBody;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// How figures are split up.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatisticsBy {
    #[default]
    Day,
    User,
    Gateway,
    Tag,
}

/// Which statistics.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// The first day, of the account's time zone.
    #[param(value_type = String, format = Date, example = "2026-11-01")]
    from: Date,
    /// The last day; with the first at most 92.
    #[param(value_type = String, format = Date, example = "2026-11-30")]
    to: Date,
    /// A line for each day, user, gateway or tag.
    #[serde(default)]
    #[param(inline, required = false)]
    by: StatisticsBy,
    /// How many lines a page has at most, but for days, which are on one page. Users, gateways and tags of which nothing was
    /// counted on these days have no line, so a page may have fewer, even none, although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// See statistics
///
/// How much is written, how fast customers are answered and how long until conversations are completed. A response is a
/// person's first message to a customer who waits for one; its time runs from the oldest of the customer's messages that
/// nobody had answered. The time to complete runs from when a conversation last became open. Averages are exact, medians
/// come from a histogram. What happened a moment ago is counted a moment later. Needs `statistics:read`.
#[utoipa::path(
    get, path = "/v1/statistics", operation_id = "get_statistics", tag = "statistics", params(StatisticsQuery),
    extensions(("x-permission" = json!("statistics:read"))),
    responses(
        (status = 200, description = "The figures.", body = StatisticsBody),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<StatisticsQuery>,
) -> Result<Json<StatisticsBody>, Problem> {
    let by = match query.by {
        StatisticsBy::Day => SplitBy::Day,
        StatisticsBy::User => SplitBy::Thing(CountedBy::User),
        StatisticsBy::Gateway => SplitBy::Thing(CountedBy::Gateway),
        StatisticsBy::Tag => SplitBy::Thing(CountedBy::Tag),
    };
    let days = (query.from, query.to);
    let asked = Asked { days, by, limit: query.limit.get().into(), cursor: query.cursor.as_deref() };
    let found = app::statistics::read(&app, &caller, asked).await.map_err(problem)?;
    Ok(Json(StatisticsBody::new(days, found)))
}

fn problem(error: StatisticsError) -> Problem {
    let of_to = |detail: &str| Problem::invalid(FieldError::query("to", Code::OutOfRange, detail));
    match error {
        StatisticsError::Forbidden(forbidden) => forbidden.into(),
        StatisticsError::EndsBeforeItBegins => of_to("this is before `from`"),
        StatisticsError::TooLong => of_to("statistics are of at most 92 days"),
        StatisticsError::Cursor(invalid) => invalid.into(),
        StatisticsError::Failure(failure) => failure.into(),
    }
}
