//! Searching conversations and contacts (E09).

mod found;

use app::App;
use app::search::SearchError;
use axum::Json;
use axum::extract::State;
use domain::search::SearchText;
use http_api::{Caller, Page, PageLimit, Problem, Query};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::found::SearchResult;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What is looked for.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum SearchKind {
    #[default]
    Conversations,
    Contacts,
}

/// A search.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// What to look for, of 2 to 200 characters: words of a name (each from its beginning, in any order), any part of a number
    /// of at least three digits, an e-mail address or the beginning of one of its parts; for conversations also words of a
    /// tag's name, or words of a message (whole ones; the last of several may be unfinished). Accents and case do not matter.
    #[param(value_type = String, min_length = 2, max_length = 200, example = "ana garcia")]
    q: SearchText,
    /// `conversations` (needs `messages:manage`) or `contacts` (needs `contacts:read`).
    #[serde(default)]
    #[param(inline, required = false)]
    kind: SearchKind,
    /// How many results a page has at most. It may have fewer, even none, although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// Search
///
/// Conversations among those that you may see, or contacts; those of a page that were active last come first. What was written
/// a moment ago is found a moment later. A conversation in which several messages are found may come again on a later page, with
/// an older one. Needs `messages:manage`, or `contacts:read` for contacts.
#[utoipa::path(
    get, path = "/v1/search", operation_id = "search", tag = "search", params(SearchQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of results.", body = Page<SearchResult>),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Page<SearchResult>>, Problem> {
    let SearchQuery { q, kind, limit, cursor } = query;
    let page = limit.request(cursor.as_deref());
    Ok(Json(match kind {
        SearchKind::Conversations => {
            let found = app::search::conversations(&app, &caller, &q, page).await.map_err(problem)?;
            Page::of(found, SearchResult::conversation)
        }
        SearchKind::Contacts => {
            let found = app::search::contacts(&app, &caller, &q, page).await.map_err(problem)?;
            Page::of(found, SearchResult::contact)
        }
    }))
}

fn problem(error: SearchError) -> Problem {
    match error {
        SearchError::Forbidden(forbidden) => forbidden.into(),
        SearchError::Cursor(invalid) => invalid.into(),
        SearchError::Failure(failure) => failure.into(),
    }
}
