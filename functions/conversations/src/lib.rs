//! The inbox: lists and counts by view, one conversation, its timeline, and what is done with it.
//!
//! Assigning is another function's, because it tells people.

mod acts;
mod changes;
mod counts;
mod get;
mod list;
mod names;
mod notes;
mod snooze;
mod timeline;

use app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(counts::counts))
        .routes(routes!(changes::changes))
        .routes(routes!(get::get))
        .routes(routes!(timeline::timeline))
        .routes(routes!(snooze::snooze))
        .routes(routes!(acts::unsnooze))
        .routes(routes!(acts::complete))
        .routes(routes!(acts::reopen))
        .routes(routes!(acts::archive))
        .routes(routes!(acts::unarchive))
        .routes(routes!(acts::read))
        .routes(routes!(acts::unread))
        .routes(routes!(acts::mute))
        .routes(routes!(acts::unmute))
        .routes(routes!(acts::pin))
        .routes(routes!(acts::unpin))
        .routes(routes!(notes::add))
}
