//! `/v1/notifications/preferences`: what one wants to be told of the inbox, and how.

use std::collections::BTreeSet;

use app::App;
use app::news::NewsError;
use axum::Json;
use axum::extract::State;
use domain::account::ZoneName;
use domain::news::{Digest, Hour, News, NewsPreferences};
use domain::quiet::{Day, LocalTime, QuietTime, QuietTimes};
use http_api::{Caller, Code, FieldError, Problem, Valid, schema};
use serde::{Deserialize, Serialize};

/// How often the e-mail digest comes.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DigestFrequency {
    /// Never.
    Off,
    /// At each full hour.
    Hourly,
    /// Once a day.
    Daily,
}

/// The e-mail digest: how much you have not read, at the times that you choose; none if you have read everything.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewsDigest)]
pub(crate) struct DigestBody {
    /// How often it comes.
    frequency: DigestFrequency,
    /// `daily`: at which hour of your clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u8>, minimum = 0, maximum = 23, example = 8)]
    hour: Option<Hour>,
}

/// A time at which nothing is pushed.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietTime)]
pub(crate) struct QuietTimeBody {
    /// On which days it begins.
    #[schema(value_type = Vec<schema::Day>, min_items = 1)]
    days: BTreeSet<Day>,
    /// When it begins.
    #[schema(value_type = schema::LocalTime)]
    from: LocalTime,
    /// When it is over; at or before `from`, it is on the next day.
    #[schema(value_type = schema::LocalTime)]
    to: LocalTime,
}

/// What you want to be told of the inbox, and how. The alert centre has everything in any case.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewsPreferences)]
pub(crate) struct PreferencesBody {
    /// What is pushed to your devices.
    #[schema(value_type = Vec<schema::News>)]
    push: BTreeSet<News>,
    /// What the e-mail digest counts.
    #[schema(value_type = Vec<schema::News>)]
    email: BTreeSet<News>,
    /// The e-mail digest.
    digest: DigestBody,
    /// The zone of your clock; without one it is the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::TimeZone>)]
    time_zone: Option<ZoneName>,
    /// When nothing is pushed, at most ten times. It is not pushed later either: the alert centre has it, and the digest.
    #[schema(max_items = 10)]
    quiet_times: Vec<QuietTimeBody>,
}

impl From<NewsPreferences> for PreferencesBody {
    fn from(it: NewsPreferences) -> Self {
        let (frequency, hour) = match it.digest {
            Digest::Off => (DigestFrequency::Off, None),
            Digest::Hourly => (DigestFrequency::Hourly, None),
            Digest::Daily { hour } => (DigestFrequency::Daily, Some(hour)),
        };
        let quiet_times = Vec::from(it.quiet_times).into_iter();
        let quiet_time = |QuietTime { days, from, to }| QuietTimeBody { days, from, to };
        Self {
            push: it.push,
            email: it.email,
            digest: DigestBody { frequency, hour },
            time_zone: it.time_zone,
            quiet_times: quiet_times.map(quiet_time).collect(),
        }
    }
}

impl TryFrom<PreferencesBody> for NewsPreferences {
    type Error = Problem;

    fn try_from(it: PreferencesBody) -> Result<Self, Problem> {
        let DigestBody { frequency, hour } = it.digest;
        let wrong = |code, detail: &str| {
            Err(Problem::invalid(FieldError::body(["digest", "hour"], code, detail.to_owned())))
        };
        let digest = match (frequency, hour) {
            (DigestFrequency::Off, None) => Digest::Off,
            (DigestFrequency::Hourly, None) => Digest::Hourly,
            (DigestFrequency::Daily, Some(hour)) => Digest::Daily { hour },
            (DigestFrequency::Daily, None) => {
                return wrong(Code::MissingField, "a daily digest comes at an hour");
            }
            (_, Some(_)) => return wrong(Code::NotTogether, "only a daily digest comes at an hour"),
        };
        let quiet_times = it.quiet_times.into_iter();
        let quiet_times: Vec<QuietTime> =
            quiet_times.map(|QuietTimeBody { days, from, to }| QuietTime { days, from, to }).collect();
        let quiet_times = QuietTimes::try_from(quiet_times);
        let quiet_times = quiet_times.map_err(|error| {
            Problem::invalid(FieldError::body(["quiet_times"], Code::Invalid, error.to_string()))
        })?;
        Ok(Self { push: it.push, email: it.email, digest, time_zone: it.time_zone, quiet_times })
    }
}

/// See what you are told of
#[utoipa::path(
    get, path = "/v1/notifications/preferences", operation_id = "news_preferences", tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    responses(
        (status = 200, description = "What you want to be told of.", body = PreferencesBody),
        (status = 409, description = "`conflict`: a program is told of nothing"),
    ),
)]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<PreferencesBody>, Problem> {
    Ok(Json(app::news::preferences(&app, &caller).await.map_err(problem)?.into()))
}

/// Choose what you are told of
///
/// Replaces what you chose before.
#[utoipa::path(
    put, path = "/v1/notifications/preferences", operation_id = "change_news_preferences", tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    request_body = PreferencesBody,
    responses(
        (status = 200, description = "What you want to be told of now.", body = PreferencesBody),
        (status = 409, description = "`conflict`: a program is told of nothing"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<PreferencesBody>,
) -> Result<Json<PreferencesBody>, Problem> {
    let chosen = app::news::change_preferences(&app, &caller, body.try_into()?).await.map_err(problem)?;
    Ok(Json(chosen.into()))
}

fn problem(error: NewsError) -> Problem {
    match error {
        NewsError::Forbidden(forbidden) => forbidden.into(),
        NewsError::NotAPerson => Problem::Conflict(error.to_string().into()),
        NewsError::Failure(failure) => failure.into(),
    }
}
