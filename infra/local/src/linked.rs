//! The one list of crates that are functions.
//!
//! Linking them into one binary keeps a newcomer's first build short: one link instead of one for each.

use std::sync::Arc;

use app::App;

use crate::functions::{Handler, batch, http};

/// The handler of the function in the folder `functions/{name}`; `None`: this list does not know it.
pub fn handler(name: &str, app: App) -> Option<Handler> {
    let shared = Arc::new(app.clone());
    Some(match name {
        "access" => http(http_api::service(access::routes(), app)),
        "accounts" => http(http_api::service(accounts::routes(), app)),
        "assign" => http(http_api::service(assign::routes(), app)),
        "audit" => http(http_api::service(audit::routes(), app)),
        "contacts" => http(http_api::service(contacts::routes(), app)),
        "conversations" => http(http_api::service(conversations::routes(), app)),
        "credits" => http(http_api::service(credits::routes(), app)),
        "gateways" => http(http_api::service(gateways::routes(), app)),
        "inbound" => http(http_api::service(inbound::routes(), app)),
        "jobs" => http(http_api::service(jobs::routes(), app)),
        "keywords" => http(http_api::service(keywords::routes(), app)),
        "media" => http(http_api::service(media::routes(), app)),
        "notifications" => http(http_api::service(notifications::routes(), app)),
        "openapi" => http(http_api::service(openapi::routes(), app)),
        "scheduled" => http(http_api::service(scheduled::routes(), app)),
        "search" => http(http_api::service(search::routes(), app)),
        "security" => http(http_api::service(security::routes(), app)),
        "send" => http(http_api::service(send::routes(), app)),
        "sessions" => http(http_api::service(sessions::routes(), app)),
        "statistics" => http(http_api::service(statistics::routes(), app)),
        "status" => http(http_api::service(status::routes(), app)),
        "tags" => http(http_api::service(tags::routes(), app)),
        "templates" => http(http_api::service(templates::routes(), app)),
        "users" => http(http_api::service(users::routes(), app)),
        "views" => http(http_api::service(views::routes(), app)),
        "deliver" => batch(move |event| {
            let app = shared.clone();
            async move { deliver::handle(&app, event).await }
        }),
        "dispatch" => batch(move |event| {
            let app = shared.clone();
            async move { dispatch::handle(&app, event).await }
        }),
        "ingest" => batch(move |event| {
            let app = shared.clone();
            async move { ingest::handle(&app, event).await }
        }),
        "mail" => batch(move |event| {
            let app = shared.clone();
            async move { mail::handle(&app, event).await }
        }),
        "project" => batch(move |event| {
            let app = shared.clone();
            async move { project::handle(&app, event).await }
        }),
        "live" => batch(move |event| {
            let app = shared.clone();
            async move { live::handle(&app, event).await }
        }),
        "sweep" => batch(move |event| {
            let app = shared.clone();
            async move { sweep::handle(&app, event).await }
        }),
        "unsnooze" => batch(move |event| {
            let app = shared.clone();
            async move { unsnooze::handle(&app, event).await }
        }),
        "work" => batch(move |event| {
            let app = shared.clone();
            async move { work::handle(&app, event).await }
        }),
        _ => return None,
    })
}
